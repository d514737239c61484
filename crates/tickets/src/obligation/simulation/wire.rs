//! What callers send and receive about simulations.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, CalendarId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::calendar::model::Hours;
use crate::obligation::wire::ObligationView;
use crate::vocabulary::{Channel, Direction, Priority, RequesterKind, Status, TicketType};

/// What decides what is promised to a ticket. What is absent is as the happening before left it; at first a customer's general ticket
/// of normal priority by e-mail.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupposedTraits {
    #[serde(rename = "type")]
    pub(crate) kind: Option<TicketType>,
    pub(crate) requester_kind: Option<RequesterKind>,
    pub(crate) priority: Option<Priority>,
    pub(crate) channel: Option<Channel>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) branch_id: Option<BranchId>,
    pub(crate) calendar_id: Option<CalendarId>,
}

/// Something that might happen to a ticket.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SupposedHappening {
    /// The customer writes.
    CustomerWrote { at: Option<DateTime<Utc>> },
    /// A person of ours answers publicly.
    Answered { at: Option<DateTime<Utc>> },
    /// The ticket is moved, with whatever the move needs.
    StatusChanged { at: Option<DateTime<Utc>>, to: Status },
    /// Priority, type or whatever else decides the promises changes.
    TicketChanged { at: Option<DateTime<Utc>>, to: SupposedTraits },
    /// A version of a calendar takes effect.
    CalendarPublished { at: Option<DateTime<Utc>>, calendar_id: CalendarId, hours: Hours },
}

impl SupposedHappening {
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::CustomerWrote { at }
            | Self::Answered { at }
            | Self::StatusChanged { at, .. }
            | Self::TicketChanged { at, .. }
            | Self::CalendarPublished { at, .. } => *at,
        }
    }
}

/// A ticket that is only supposed, and what happens to it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulateObligations {
    #[serde(default)]
    pub(crate) ticket: SupposedTraits,
    /// An outbound ticket begins with a message of ours; inbound when absent.
    pub(crate) direction: Option<Direction>,
    /// When the clocks start; now when absent.
    pub(crate) start_at: Option<DateTime<Utc>>,
    /// In order, within 366 days; one without an instant happens when the one before does.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) happenings: Vec<SupposedHappening>,
    /// When it is looked at; at the last happening when absent.
    pub(crate) seen_at: Option<DateTime<Utc>>,
}

/// What might happen to a ticket from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulateTicketObligations {
    /// In order, from now on and within 366 days; one without an instant happens when the one before does, the first now.
    #[schema(max_items = 50)]
    pub(crate) happenings: Vec<SupposedHappening>,
    /// When it is looked at; at the last happening when absent.
    pub(crate) seen_at: Option<DateTime<Utc>>,
}

/// What would be promised.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ObligationSimulation {
    pub(crate) seen_at: DateTime<Utc>,
    pub(crate) status: Status,
    /// Explained. Promises that are only supposed have ids that name nothing.
    #[schema(max_items = 1000)]
    pub(crate) data: Vec<ObligationView>,
}
