//! What a ticket is opened with: everything but what follows from it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, CalendarId, SiteId, TicketId, UserId};
use uuid::Uuid;

use super::model::{EntityRef, Participant, Requester, Source};
use crate::agent::model::RequiredSkill;
use crate::routing::engine::Facts;
use crate::vocabulary::{Channel, Direction, Priority, TicketType};

/// A ticket about to be opened by its first message.
#[derive(Clone, Debug)]
pub(crate) struct NewTicket {
    pub(crate) subject: String,
    pub(crate) kind: TicketType,
    pub(crate) requester: Requester,
    pub(crate) participants: Vec<Participant>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) site_id: Option<SiteId>,
    pub(crate) entity_refs: Vec<EntityRef>,
    pub(crate) branch_id: Option<BranchId>,
    pub(crate) group_id: Option<Uuid>,
    pub(crate) assignee_id: Option<UserId>,
    /// Why the assignee is nobody of the group.
    pub(crate) override_reason: Option<String>,
    pub(crate) required_skills: Vec<RequiredSkill>,
    pub(crate) priority: Priority,
    pub(crate) severity: Option<i32>,
    pub(crate) channel: Channel,
    pub(crate) direction: Direction,
    pub(crate) source: Option<Source>,
    pub(crate) tags: Vec<String>,
    pub(crate) custom: BTreeMap<String, String>,
    pub(crate) language: Option<String>,
    pub(crate) confidential: bool,
    pub(crate) follow_up_of_id: Option<TicketId>,
    pub(crate) calendar_id: Option<CalendarId>,
    /// When the clocks start: when the call came in, when our edge received the mail.
    pub(crate) clock_start_at: DateTime<Utc>,
    /// What others know of its customer, for whoever routes it.
    pub(crate) facts: Facts,
}

impl NewTicket {
    /// A customer's ticket with nothing but a subject; the rest is filled in with `..`.
    pub(crate) fn inbound(subject: String, requester: Requester, channel: Channel, clock_start_at: DateTime<Utc>) -> Self {
        Self {
            subject,
            kind: TicketType::General,
            requester,
            participants: Vec::new(),
            account_id: None,
            site_id: None,
            entity_refs: Vec::new(),
            branch_id: None,
            group_id: None,
            assignee_id: None,
            override_reason: None,
            required_skills: Vec::new(),
            priority: Priority::Normal,
            severity: None,
            channel,
            direction: Direction::Inbound,
            source: None,
            tags: Vec::new(),
            custom: BTreeMap::new(),
            language: None,
            confidential: false,
            follow_up_of_id: None,
            calendar_id: None,
            clock_start_at,
            facts: Facts::default(),
        }
    }
}
