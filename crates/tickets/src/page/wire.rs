//! What callers send and receive about pages.

use chrono::{DateTime, Utc};
use kernel::id::{EmergencyId, PageId, TicketId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Page, PageState};
use crate::emergency::model::Emergency;
use crate::notification::model::NoticeChannel;
use crate::ticket::model::Ticket;

/// Names one page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PagePath {
    /// The page.
    pub(super) page_id: PageId,
}

/// The link of a page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PageTokenPath {
    /// What only the link has.
    #[param(max_length = 100)]
    pub(super) token: String,
}

/// Says why a page did not go out.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct FailPage {
    #[schema(min_length = 1, max_length = 500)]
    pub(super) reason: String,
}

/// A call for somebody on call to take charge of an emergency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PageView {
    id: PageId,
    version: i64,
    emergency_id: EmergencyId,
    ticket_id: TicketId,
    /// The level of the page chain; 0 for the duty manager.
    level: i16,
    /// Which page to this level: the duty manager gets several.
    round: i16,
    /// Null for the duty manager.
    user_id: Option<UserId>,
    channel: NoticeChannel,
    state: PageState,
    sent_at: DateTime<Utc>,
    /// When others are paged unless somebody takes charge.
    times_out_at: Option<DateTime<Utc>>,
    /// How long after it was due it was sent.
    #[schema(minimum = 0)]
    late_by_s: i64,
    ack_at: Option<DateTime<Utc>>,
    /// Who took charge, by whatever way; null when a duty manager's link was followed.
    ack_by: Option<UserId>,
    #[schema(max_length = 500)]
    fail_reason: Option<String>,
}

impl From<&Page> for PageView {
    fn from(page: &Page) -> Self {
        Self {
            id: page.id,
            version: page.stamp.version,
            emergency_id: page.emergency_id,
            ticket_id: page.ticket_id,
            level: page.call.level,
            round: page.call.round,
            user_id: page.call.user,
            channel: page.call.channel,
            state: page.state,
            sent_at: page.sent_at,
            times_out_at: page.times_out_at,
            late_by_s: page.late_by_s,
            ack_at: page.ack_at,
            ack_by: page.ack_by,
            fail_reason: page.fail_reason.clone(),
        }
    }
}

/// What whoever holds a page's link is told of the emergency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PageNotice {
    #[schema(max_length = 24, example = "T-1042")]
    pub(super) reference: String,
    #[schema(max_length = 300)]
    pub(super) subject: String,
    #[schema(max_length = 60)]
    pub(super) hazard_code: Option<String>,
    raised_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    /// True while somebody is wanted to take charge.
    pub(super) open: bool,
}

impl PageNotice {
    pub(super) fn of(emergency: &Emergency, ticket: &Ticket) -> Self {
        Self {
            reference: ticket.reference(),
            subject: ticket.subject.clone(),
            hazard_code: emergency.hazard_code.clone(),
            raised_at: emergency.raised_at,
            acknowledged_at: emergency.acknowledged.map(|one| one.at),
            open: emergency.state.is_unacknowledged(),
        }
    }

    pub(super) fn is_acknowledged(&self) -> bool {
        self.acknowledged_at.is_some()
    }
}
