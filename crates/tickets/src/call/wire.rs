//! What telephone providers deliver.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, MessageId, SiteId};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::ticket::wire::TicketView;
use crate::vocabulary::{Direction, Priority, TicketType};

/// Who called and about what.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    pub contact_id: Option<Uuid>,
    #[schema(max_length = 200)]
    pub name: Option<String>,
    #[schema(max_length = 40, example = "+13125550100")]
    pub phone: Option<String>,
    #[schema(max_length = 320)]
    pub email: Option<String>,
}

/// A phone call.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverCall {
    #[schema(min_length = 1, max_length = 60)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub call_id: String,
    /// When the call came in: at most 72 hours ago.
    pub occurred_at: DateTime<Utc>,
    /// `inbound` when absent.
    pub direction: Option<Direction>,
    /// Someone of ours took the call.
    #[serde(default)]
    pub answered: bool,
    /// The customer was reached.
    #[serde(default)]
    pub contact_made: bool,
    #[schema(minimum = 0, maximum = 86400)]
    pub duration_s: Option<u32>,
    /// The person of ours on the call; a call answered by a person is a first response.
    pub agent_id: Option<Uuid>,
    pub caller: Caller,
    #[schema(min_length = 1, max_length = 300)]
    pub subject: Option<String>,
    #[schema(min_length = 1, max_length = 100_000)]
    pub notes: String,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    pub priority: Option<Priority>,
}

/// A message taken by an answering service.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverAnsweringServiceMessage {
    #[schema(min_length = 1, max_length = 60)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub message_id: String,
    /// When the customer called: at most 72 hours ago.
    pub occurred_at: DateTime<Utc>,
    pub caller: Caller,
    #[schema(min_length = 1, max_length = 300)]
    pub subject: Option<String>,
    #[schema(min_length = 1, max_length = 100_000)]
    pub message: String,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    pub priority: Option<Priority>,
}

words! {
    /// Something that happens to a call.
    pub enum CallEvent { Ringing = "ringing", Answered = "answered", Ended = "ended", Recording = "recording" }

    /// What became of a delivery.
    pub enum DeliveryOutcome {
        /// It opened a ticket.
        Created = "created",
        /// It was added to a ticket.
        Appended = "appended",
        /// It completed what was known.
        Enriched = "enriched",
        /// It had come before.
        Duplicate = "duplicate",
    }
}

/// An event of a phone call.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverCallEvent {
    #[schema(min_length = 1, max_length = 60)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub call_id: String,
    pub event: CallEvent,
    /// When it happened: at most 72 hours ago.
    pub occurred_at: DateTime<Utc>,
    /// `inbound` when absent.
    pub direction: Option<Direction>,
    /// The customer was reached.
    #[serde(default)]
    pub contact_made: bool,
    #[schema(minimum = 0, maximum = 86400)]
    pub duration_s: Option<u32>,
    /// The person of ours on the call; a call answered by a person is a first response.
    pub agent_id: Option<Uuid>,
    /// Where the recording can be heard.
    #[schema(max_length = 2000)]
    pub recording_url: Option<String>,
    pub caller: Caller,
    #[schema(min_length = 1, max_length = 300)]
    pub subject: Option<String>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    pub priority: Option<Priority>,
}

/// What became of a delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// True when this delivery had come before and told nothing new.
    pub duplicate: bool,
    pub outcome: DeliveryOutcome,
    /// The message it became, or had become before.
    pub message_id: Option<MessageId>,
    pub ticket: TicketView,
}
