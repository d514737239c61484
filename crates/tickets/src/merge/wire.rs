//! What callers send and receive about merges.

use chrono::{DateTime, Utc};
use kernel::id::{MergeId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Merge;
use crate::ticket::wire::TicketView;
use crate::vocabulary::Status;

/// The ticket that another becomes part of.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MergeTicket {
    /// When it was merged itself, the ticket at the end of its merges.
    pub into_ticket_id: TicketId,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// A merge, past or present.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MergeView {
    pub id: MergeId,
    pub version: i64,
    /// The ticket that became part of the other.
    pub source_id: TicketId,
    /// The ticket that goes on.
    pub target_id: TicketId,
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// Where the merged ticket stood, and stands again when the merge is undone.
    pub status_before: Status,
    pub merged_at: DateTime<Utc>,
    pub merged_by: Option<Uuid>,
    pub undone_at: Option<DateTime<Utc>>,
    pub undone_by: Option<Uuid>,
}

impl From<&Merge> for MergeView {
    fn from(merge: &Merge) -> Self {
        Self {
            id: merge.id,
            version: merge.stamp.version,
            source_id: merge.source_id,
            target_id: merge.target_id,
            reason: merge.reason.clone(),
            status_before: merge.status_before,
            merged_at: merge.stamp.created_at,
            merged_by: merge.stamp.created_by,
            undone_at: merge.undone_at,
            undone_by: merge.undone_at.and(merge.stamp.updated_by),
        }
    }
}

/// A merge, and the ticket that goes on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MergedView {
    pub merge: MergeView,
    pub ticket: TicketView,
}
