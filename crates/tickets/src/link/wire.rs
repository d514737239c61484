//! What callers send and receive about links.

use chrono::{DateTime, Utc};
use kernel::id::{LinkId, TicketId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Link, LinkKind};
use crate::ticket::model::{Resolution, Ticket};
use crate::vocabulary::{MessageKind, Priority, Status};

/// Names one link of a ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LinkPath {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The link.
    pub link_id: LinkId,
}

/// A link to another ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateLink {
    /// What the other ticket is to this one.
    pub kind: LinkKind,
    /// The other ticket.
    pub ticket_id: TicketId,
}

/// A link, as one of its ends sees it, and where the other end stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkView {
    pub id: LinkId,
    /// What the other ticket is to this one.
    pub kind: LinkKind,
    /// The other ticket.
    pub ticket_id: TicketId,
    #[schema(max_length = 24, example = "T-1042")]
    pub reference: String,
    #[schema(max_length = 300)]
    pub subject: String,
    pub status: Status,
    pub priority: Priority,
    pub assignee_id: Option<UserId>,
    pub due_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
}

impl LinkView {
    pub(crate) fn of(link: &Link, kind: LinkKind, other: &Ticket) -> Self {
        Self {
            id: link.id,
            kind,
            ticket_id: other.id,
            reference: other.reference(),
            subject: other.subject.clone(),
            status: other.status,
            priority: other.priority,
            assignee_id: other.assignee_id,
            due_at: other.due_at,
            created_at: link.created_at,
            created_by: link.created_by,
        }
    }
}

/// How many children of a tracker stand where.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusCount {
    pub status: Status,
    #[schema(minimum = 1)]
    pub count: u32,
}

/// Where a tracker's children stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Children {
    #[schema(minimum = 0)]
    pub total: u32,
    #[schema(minimum = 0)]
    pub open: u32,
    #[schema(max_items = 8)]
    pub by_status: Vec<StatusCount>,
}

/// The links of a ticket to what the caller may see, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinksView {
    #[schema(max_items = 500)]
    pub data: Vec<LinkView>,
    pub children: Children,
}

/// What every open child of a tracker is told, and how it ends.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FanOut {
    /// `public_reply` when absent, or `internal_note`.
    pub kind: Option<MessageKind>,
    #[schema(min_length = 1, max_length = 100_000)]
    pub body: String,
    /// Resolves the children, and the tracker after them.
    pub resolution: Option<Resolution>,
}

/// What became of one child.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChildOutcome {
    pub ticket_id: TicketId,
    #[schema(max_length = 24)]
    pub reference: String,
    pub status: Status,
}

/// What became of a tracker and its children.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FannedOut {
    pub tracker: ChildOutcome,
    #[schema(max_items = 500)]
    pub children: Vec<ChildOutcome>,
}

impl From<&Ticket> for ChildOutcome {
    fn from(ticket: &Ticket) -> Self {
        Self { ticket_id: ticket.id, reference: ticket.reference(), status: ticket.status }
    }
}
