//! What callers send and receive about tickets.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, CalendarId, EmergencyId, SiteId, SlaPolicyVersionId, TerritoryId, TicketId, UserId};
use platform::patch::present;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::model::{EntityRef, Move, Participant, Requester, Resolution, Source, Ticket};
use crate::agent::model::RequiredSkill;
use crate::message::wire::MessageView;
use crate::obligation::wire::ObligationView;
use crate::serving::Customer;
use crate::time_entry::store::TimeSpent;
use crate::vocabulary::{Channel, Direction, Priority, Status, TicketType};

/// Names one ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TicketPath {
    /// The ticket.
    pub ticket_id: TicketId,
}

/// Names a ticket by its identity in another system.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExternalPath {
    /// The other system.
    pub system: String,
    /// The ticket's identity there.
    pub external_id: String,
}

/// What to add to a ticket.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FetchQuery {
    /// Any of `messages`, `obligations` and `time`, separated by commas.
    pub include: Option<String>,
}

/// A new ticket with its first message. Portal customers may only set subject, description, type, account, site, references
/// and language.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateTicket {
    #[schema(min_length = 1, max_length = 300, example = "Missed pickup on Monday")]
    pub subject: String,
    /// The text of the first message.
    #[schema(min_length = 1, max_length = 100_000)]
    pub description: String,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    /// Who asks; a portal customer is the requester.
    pub requester: Option<Requester>,
    #[schema(max_items = 100)]
    pub participants: Option<Vec<Participant>>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    #[schema(max_items = 50)]
    pub entity_refs: Option<Vec<EntityRef>>,
    pub branch_id: Option<BranchId>,
    pub group_id: Option<Uuid>,
    /// Who works on it; absent, it is routed.
    pub assignee_id: Option<UserId>,
    /// Why the assignee need not be of the group.
    #[schema(min_length = 1, max_length = 500)]
    pub override_reason: Option<String>,
    /// What it takes to work on it, beside what a routing rule demands.
    #[schema(max_items = 20)]
    pub required_skills: Option<Vec<RequiredSkill>>,
    pub priority: Option<Priority>,
    #[schema(minimum = 1, maximum = 4)]
    pub severity: Option<i32>,
    pub channel: Option<Channel>,
    /// `inbound` when absent; `outbound` when we write first.
    pub direction: Option<Direction>,
    pub source: Option<Source>,
    #[schema(max_items = 50)]
    #[validate(custom(function = "sound_tags"))]
    pub tags: Option<Vec<String>>,
    /// The organisation's own fields: names of small letters, digits and underscores.
    #[validate(custom(function = "sound_fields"))]
    pub custom: Option<BTreeMap<String, String>>,
    #[schema(min_length = 2, max_length = 10, example = "en")]
    pub language: Option<String>,
    #[serde(default)]
    pub confidential: bool,
    pub follow_up_of_id: Option<TicketId>,
    /// Counts instead of the branch's calendar.
    pub calendar_id: Option<CalendarId>,
    /// Files of the first message that the caller has sent here before, in their order.
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Uuid>>,
}

/// Changes of a ticket (RFC 7396): absent keeps, null clears. Status and assignee have operations of their own.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchTicket {
    #[schema(min_length = 1, max_length = 300)]
    pub subject: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    pub requester: Option<Requester>,
    #[schema(max_items = 100)]
    pub participants: Option<Vec<Participant>>,
    #[serde(default, deserialize_with = "present")]
    pub account_id: Option<Option<AccountId>>,
    #[serde(default, deserialize_with = "present")]
    pub site_id: Option<Option<SiteId>>,
    #[schema(max_items = 50)]
    pub entity_refs: Option<Vec<EntityRef>>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    pub priority: Option<Priority>,
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 4)]
    pub severity: Option<Option<i32>>,
    #[schema(max_items = 50)]
    #[validate(custom(function = "sound_tags"))]
    pub tags: Option<Vec<String>>,
    #[validate(custom(function = "sound_fields"))]
    pub custom: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 2, max_length = 10)]
    pub language: Option<Option<String>>,
    pub confidential: Option<bool>,
    /// Why the requester is not to be asked how we did; null when the requester is.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 500)]
    pub survey_opt_out: Option<Option<String>>,
    /// Nothing is promised to spam.
    pub spam: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub calendar_id: Option<Option<CalendarId>>,
}

fn sound_fields(fields: &BTreeMap<String, String>) -> Result<(), ValidationError> {
    let named = |name: &str| !name.is_empty() && name.len() <= 60 && name.chars().all(|one| matches!(one, 'a'..='z' | '0'..='9' | '_'));
    if fields.len() > 100 || fields.iter().any(|(name, value)| !named(name) || value.chars().count() > 2_000) {
        let text = "Up to 100 fields; names of 1 to 60 small letters, digits and underscores; values of up to 2000 characters.";
        return Err(ValidationError::new("invalid_fields").with_message(text.into()));
    }
    Ok(())
}

pub(super) fn sound_tags(tags: &[String]) -> Result<(), ValidationError> {
    if tags.iter().any(|tag| tag.is_empty() || tag.chars().count() > 60) {
        return Err(ValidationError::new("invalid_tag").with_message("A tag has 1 to 60 characters.".into()));
    }
    Ok(())
}

impl PatchTicket {
    /// Whom the ticket is for from now on; nobody when that stays as it is.
    pub(crate) fn customer(&self) -> Customer {
        Customer { account: self.account_id.flatten(), site: self.site_id.flatten() }
    }

    pub(crate) fn apply(self, ticket: &mut Ticket) {
        /// Takes a value over when there is one.
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut ticket.subject, self.subject);
        set(&mut ticket.kind, self.kind);
        set(&mut ticket.requester, self.requester);
        set(&mut ticket.participants, self.participants);
        set(&mut ticket.account_id, self.account_id);
        set(&mut ticket.site_id, self.site_id);
        set(&mut ticket.entity_refs, self.entity_refs);
        set(&mut ticket.branch_id, self.branch_id);
        set(&mut ticket.priority, self.priority);
        set(&mut ticket.severity, self.severity);
        set(&mut ticket.tags, self.tags);
        set(&mut ticket.custom, self.custom);
        set(&mut ticket.language, self.language);
        set(&mut ticket.confidential, self.confidential);
        set(&mut ticket.survey_opt_out, self.survey_opt_out);
        set(&mut ticket.calendar_id, self.calendar_id);
    }
}

/// A move to another status, with what that status needs.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MoveTicket {
    pub to: Status,
    /// Why; needed for waiting and for reopening.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
    /// When a ticket put aside comes back.
    pub wake_at: Option<DateTime<Utc>>,
    /// How it ended; needed for `resolved`.
    pub resolution: Option<Resolution>,
    /// Why the customer's latest message needs no answer.
    #[schema(min_length = 1, max_length = 500)]
    pub no_reply_needed_reason: Option<String>,
    /// The supplier who is waited for; needed for `waiting_vendor`.
    #[schema(min_length = 1, max_length = 200)]
    pub vendor: Option<String>,
}

impl From<&MoveTicket> for Move {
    fn from(command: &MoveTicket) -> Self {
        let MoveTicket { to, reason, wake_at, resolution, no_reply_needed_reason, vendor } = command.clone();
        Self { to, reason, wake_at, resolution, no_reply_needed_reason, vendor }
    }
}

/// How a ticket ends.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ResolveTicket {
    #[schema(pattern = "^[a-z0-9_]{1,60}$", max_length = 60, example = "answered")]
    pub code: String,
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
    /// Why the customer's latest message needs no answer.
    #[schema(min_length = 1, max_length = 500)]
    pub no_reply_needed_reason: Option<String>,
}

/// Why a ticket is taken up again.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReopenTicket {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Who works on a ticket from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssignTicket {
    /// Null takes the ticket from everyone.
    pub assignee_id: Option<UserId>,
    #[serde(default, deserialize_with = "present")]
    pub group_id: Option<Option<Uuid>>,
    /// Why somebody who is not of the group gets it.
    #[schema(min_length = 1, max_length = 500)]
    pub override_reason: Option<String>,
}

/// A ticket. What is internal to the desk is null for portal customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketView {
    pub id: TicketId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(minimum = 1)]
    pub number: i64,
    /// The number as people say it.
    #[schema(max_length = 24, example = "T-1042")]
    pub reference: String,
    #[schema(max_length = 300)]
    pub subject: String,
    #[serde(rename = "type")]
    pub kind: TicketType,
    pub requester: Requester,
    #[schema(max_items = 100)]
    pub participants: Vec<Participant>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    #[schema(max_items = 50)]
    pub entity_refs: Vec<EntityRef>,
    pub branch_id: Option<BranchId>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<UserId>,
    pub territory_id: Option<TerritoryId>,
    /// The agent who is away and for whom the assignee stands in.
    pub cover_for_id: Option<UserId>,
    /// Why the assignee is nobody of the group.
    #[schema(max_length = 500)]
    pub override_reason: Option<String>,
    /// What it takes to work on it.
    #[schema(max_items = 40)]
    pub required_skills: Vec<RequiredSkill>,
    pub priority: Priority,
    #[schema(minimum = 1, maximum = 4)]
    pub severity: Option<i32>,
    pub status: Status,
    #[schema(max_length = 500)]
    pub status_reason: Option<String>,
    pub wake_at: Option<DateTime<Utc>>,
    pub channel: Channel,
    pub direction: Direction,
    pub source: Option<Source>,
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    pub custom: BTreeMap<String, String>,
    #[schema(max_length = 10)]
    pub language: Option<String>,
    pub spam: bool,
    pub confidential: bool,
    /// Why its requester is not asked how we did; null when the requester is, and for portal customers.
    #[schema(max_length = 500)]
    pub survey_opt_out: Option<String>,
    pub merged_into_id: Option<TicketId>,
    pub follow_up_of_id: Option<TicketId>,
    /// The emergency that is open on it.
    pub emergency_id: Option<EmergencyId>,
    pub clock_start_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub reopen_count: i32,
    pub resolution: Option<Resolution>,
    pub last_customer_message_at: Option<DateTime<Utc>>,
    /// When a person of ours first answered or spoke to the customer.
    pub first_contact_at: Option<DateTime<Utc>>,
    pub last_public_reply_at: Option<DateTime<Utc>>,
    pub last_human_touch_at: Option<DateTime<Utc>>,
    pub calendar_id: Option<CalendarId>,
    pub sla_policy_version_id: Option<SlaPolicyVersionId>,
    /// Messages of every kind; null for portal customers, who do not see all.
    pub message_count: Option<i32>,
    /// The earliest due instant of its running promises, but for the daily touch.
    pub due_at: Option<DateTime<Utc>>,
    /// Until when a person is to touch it: the last close of the business day; null for portal customers.
    pub touch_due_at: Option<DateTime<Utc>>,
    /// Only with `include=messages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 10_000)]
    pub messages: Option<Vec<MessageView>>,
    /// Only with `include=obligations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub obligations: Option<Vec<ObligationView>>,
    /// Only with `include=time`: the sums of its time entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeSpent>,
}
