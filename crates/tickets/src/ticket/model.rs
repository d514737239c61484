//! A ticket: what it is about, who asked, who works on it and where it stands. Pure rules; instants are passed in.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, CalendarId, EmergencyId, SiteId, SlaPolicyVersionId, TerritoryId, TicketId, UserId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use super::opening::NewTicket;
use super::status;
use crate::agent::model::RequiredSkill;
use crate::message::model::NewMessage;
use crate::policy::model::Traits;
use crate::rulebook::DeskSettings;
use crate::vocabulary::{Channel, Direction, ParticipantRole, Priority, RequesterKind, Status, TicketType};

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    pub kind: RequesterKind,
    /// The contact or the user, when known.
    pub contact_id: Option<Uuid>,
    #[schema(max_length = 200)]
    pub name: Option<String>,
    #[schema(max_length = 320)]
    pub email: Option<String>,
    #[schema(max_length = 40)]
    pub phone: Option<String>,
}

/// Someone else in the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    #[schema(min_length = 3, max_length = 320)]
    pub email: String,
    pub role: ParticipantRole,
}

/// Something in another service that the ticket is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityRef {
    #[serde(rename = "type")]
    #[schema(min_length = 1, max_length = 40, example = "invoice")]
    pub kind: String,
    #[schema(min_length = 1, max_length = 120)]
    pub id: String,
    /// What it was called when it was linked.
    #[schema(max_length = 200)]
    pub label: Option<String>,
}

/// Where the ticket came from, in another system's words; unique for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    #[schema(min_length = 1, max_length = 60)]
    pub system: String,
    #[schema(min_length = 1, max_length = 120)]
    pub external_id: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    #[schema(pattern = "^[a-z0-9_]{1,60}$", max_length = 60, example = "answered")]
    pub code: String,
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) stamp: Stamp,
    pub(crate) number: i64,
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
    pub(crate) territory_id: Option<TerritoryId>,
    /// The agent who is away and for whom the assignee stands in, since `cover_since`.
    pub(crate) cover_for_id: Option<UserId>,
    pub(crate) cover_since: Option<DateTime<Utc>>,
    /// Why the assignee is nobody of the group.
    pub(crate) override_reason: Option<String>,
    pub(crate) required_skills: Vec<RequiredSkill>,
    pub(crate) priority: Priority,
    pub(crate) severity: Option<i32>,
    pub(crate) status: Status,
    pub(crate) status_reason: Option<String>,
    pub(crate) wake_at: Option<DateTime<Utc>>,
    pub(crate) channel: Channel,
    pub(crate) direction: Direction,
    pub(crate) source: Option<Source>,
    pub(crate) tags: Vec<String>,
    pub(crate) custom: BTreeMap<String, String>,
    pub(crate) language: Option<String>,
    pub(crate) spam: bool,
    pub(crate) confidential: bool,
    /// Why its requester is not asked how we did; none when the requester is.
    pub(crate) survey_opt_out: Option<String>,
    pub(crate) merged_into_id: Option<TicketId>,
    pub(crate) follow_up_of_id: Option<TicketId>,
    /// The emergency that is open on it: neither closed with the customer nor called off.
    pub(crate) emergency_id: Option<EmergencyId>,
    pub(crate) clock_start_at: DateTime<Utc>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
    pub(crate) reopen_count: i32,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) last_customer_message_at: Option<DateTime<Utc>>,
    /// When a person of ours first answered or spoke to the customer.
    pub(crate) first_contact_at: Option<DateTime<Utc>>,
    pub(crate) last_public_reply_at: Option<DateTime<Utc>>,
    pub(crate) last_human_touch_at: Option<DateTime<Utc>>,
    pub(crate) calendar_id: Option<CalendarId>,
    pub(crate) sla_policy_version_id: Option<SlaPolicyVersionId>,
    pub(crate) message_count: i32,
    /// When it last changed its state or hands, as `ticket_move` notes it.
    pub(crate) moved_at: DateTime<Utc>,
    /// Somebody may be watching it, or a ticket that was merged into it.
    pub(crate) watched: bool,
    /// The earliest due instant of its promises, for lists; its daily touch's is the next.
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) touch_due_at: Option<DateTime<Utc>>,
    /// Every ticket that was merged into it, itself or by way of another; their conversations are part of this one.
    pub(crate) members: Vec<TicketId>,
}

/// A move to another status, with what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) to: Status,
    pub(crate) reason: Option<String>,
    pub(crate) wake_at: Option<DateTime<Utc>>,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) no_reply_needed_reason: Option<String>,
    /// The supplier who is waited for.
    pub(crate) vendor: Option<String>,
}

impl Move {
    pub(crate) fn to(to: Status) -> Self {
        Self { to, reason: None, wake_at: None, resolution: None, no_reply_needed_reason: None, vendor: None }
    }
}

impl Ticket {
    /// A ticket that has no number yet.
    pub(crate) fn open(new: NewTicket, touch: Touch) -> Self {
        Self {
            id: TicketId::generate(),
            stamp: Stamp::new(touch),
            number: 0,
            subject: new.subject,
            kind: new.kind,
            requester: new.requester,
            participants: new.participants,
            account_id: new.account_id,
            site_id: new.site_id,
            entity_refs: new.entity_refs,
            branch_id: new.branch_id,
            group_id: new.group_id,
            assignee_id: new.assignee_id,
            territory_id: None,
            cover_for_id: None,
            cover_since: None,
            override_reason: new.override_reason,
            required_skills: new.required_skills,
            priority: new.priority,
            severity: new.severity,
            status: Status::New,
            status_reason: None,
            wake_at: None,
            channel: new.channel,
            direction: new.direction,
            source: new.source,
            tags: new.tags,
            custom: new.custom,
            language: new.language,
            spam: false,
            confidential: new.confidential,
            survey_opt_out: None,
            merged_into_id: None,
            follow_up_of_id: new.follow_up_of_id,
            emergency_id: None,
            clock_start_at: new.clock_start_at,
            resolved_at: None,
            closed_at: None,
            deleted_at: None,
            reopen_count: 0,
            resolution: None,
            last_customer_message_at: None,
            first_contact_at: None,
            last_public_reply_at: None,
            last_human_touch_at: None,
            calendar_id: new.calendar_id,
            sla_policy_version_id: None,
            message_count: 0,
            moved_at: touch.at,
            watched: false,
            due_at: None,
            touch_due_at: None,
            members: Vec::new(),
        }
    }

    /// What decides which policy holds for it.
    pub(crate) fn traits(&self) -> Traits {
        Traits {
            kind: self.kind,
            requester_kind: self.requester.kind,
            priority: self.priority,
            channel: self.channel,
            account_id: self.account_id,
            branch_id: self.branch_id,
            calendar_id: self.calendar_id,
        }
    }

    /// `T-1042`.
    pub(crate) fn reference(&self) -> String {
        format!("T-{}", self.number)
    }

    /// True for what portal customers of its account may see.
    pub(crate) fn is_for_customers(&self) -> bool {
        self.requester.kind == RequesterKind::Customer && !self.confidential && !self.spam && self.deleted_at.is_none()
    }

    /// True while someone still has to do something about it.
    pub(crate) fn is_open(&self) -> bool {
        self.status.is_open() && !self.spam && self.deleted_at.is_none()
    }

    /// True when the customer's latest word has no answer.
    pub(crate) fn is_unanswered(&self) -> bool {
        match (self.last_customer_message_at, self.last_public_reply_at) {
            (Some(asked), Some(answered)) => asked > answered,
            (asked, None) => asked.is_some(),
            (None, Some(_)) => false,
        }
    }

    /// Notes that a person of ours answered or spoke to the customer.
    pub(crate) fn answered(&mut self, at: DateTime<Utc>) {
        self.first_contact_at = Some(self.first_contact_at.map_or(at, |first| first.min(at)));
        self.last_public_reply_at = self.last_public_reply_at.max(Some(at));
    }

    /// Notes what a message says about the conversation.
    pub(crate) fn note(&mut self, message: &NewMessage) {
        let at = Some(message.occurred_at);
        self.message_count += 1;
        if message.is_from_customer() && !message.courtesy {
            self.last_customer_message_at = self.last_customer_message_at.max(at);
        }
        if message.is_answer() {
            self.answered(message.occurred_at);
        }
        if message.is_touch() {
            self.last_human_touch_at = self.last_human_touch_at.max(at);
        }
    }

    /// Moves it to another status.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 409 or 422 naming what the new status needs.
    pub(crate) fn move_to(&mut self, step: &Move, settings: &DeskSettings, now: DateTime<Utc>) -> Result<(), Fault> {
        let from = self.status;
        let to = status::moved(from, step.to)?;
        self.guard(step, settings, now)?;
        self.status = to;
        self.status_reason = step.reason.clone().or_else(|| step.vendor.clone());
        self.wake_at = step.wake_at.filter(|_| to == Status::Scheduled);
        match to {
            Status::Resolved => {
                self.resolved_at = Some(now);
                self.resolution.clone_from(&step.resolution);
                self.status_reason = step.no_reply_needed_reason.clone().or_else(|| self.status_reason.take());
            }
            Status::Closed => self.closed_at = Some(now),
            Status::Open if matches!(from, Status::Resolved | Status::Closed) => {
                self.reopen_count += 1;
                self.closed_at = None;
            }
            _ => {}
        }
        Ok(())
    }

    fn guard(&self, step: &Move, settings: &DeskSettings, now: DateTime<Utc>) -> Result<(), Fault> {
        match step.to {
            Status::WaitingCustomer if self.last_public_reply_at.is_none() || self.is_unanswered() => {
                Err(Fault::conflict("reply_needed", "Write to the customer first: the latest message is not answered."))
            }
            Status::WaitingCustomer if step.reason.is_none() => Err(required("/reason", "Say what the customer is asked for.")),
            Status::WaitingVendor if step.vendor.is_none() => Err(required("/vendor", "Name the supplier who is waited for.")),
            Status::Scheduled => wake(step.wake_at, settings, now),
            Status::Resolved if self.emergency_id.is_some() => Err(self.loop_not_closed()),
            Status::Resolved if step.resolution.is_none() => Err(required("/resolution", "Say how it was resolved.")),
            Status::Resolved if self.is_unanswered() && step.no_reply_needed_reason.is_none() => Err(Fault::conflict(
                "reply_needed",
                "The customer's latest message is not answered: reply first, or state no_reply_needed_reason.",
            )),
            Status::Open if self.status != Status::New && step.reason.is_none() => Err(required("/reason", "Say why it is reopened.")),
            _ => Ok(()),
        }
    }

    fn loop_not_closed(&self) -> Fault {
        let detail =
            "An emergency is open on the ticket: tell the customer how it stands, close the loop after it is contained, or call it off.";
        Fault::conflict("loop_not_closed", detail).with_conflicts(self.emergency_id.map(EmergencyId::uuid))
    }

    /// # Errors
    /// 409 `ticket_merged`, with the ticket that it became part of.
    pub(crate) fn demand_unmerged(&self) -> Result<(), Fault> {
        let Some(target) = self.merged_into_id else { return Ok(()) };
        let fault = Fault::conflict("ticket_merged", "The ticket was merged into another: nothing new can happen on it.");
        Err(fault.with_conflicts([target.uuid()]))
    }

    /// The ticket and those that were merged into it.
    pub(crate) fn with_members(&self) -> impl Iterator<Item = uuid::Uuid> {
        std::iter::once(self.id).chain(self.members.iter().copied()).map(TicketId::uuid)
    }

    /// Demands that nothing would end an emergency silently.
    ///
    /// # Errors
    /// 409 `emergency_open`.
    pub(crate) fn demand_no_emergency(&self) -> Result<(), Fault> {
        match self.emergency_id {
            None => Ok(()),
            Some(id) => {
                let detail = "An emergency is open on the ticket: close the loop with the customer or call it off first.";
                Err(Fault::conflict("emergency_open", detail).with_conflicts([id.uuid()]))
            }
        }
    }

    /// What a customer's message does to the status.
    pub(crate) fn wake_up(&mut self, settings: &DeskSettings, now: DateTime<Utc>) -> bool {
        let reopens = match self.status {
            Status::WaitingCustomer | Status::WaitingVendor | Status::Scheduled | Status::Resolved => true,
            Status::Closed => self.closed_at.is_none_or(|closed| now <= closed + settings.reopen_window()),
            Status::New | Status::Open | Status::Merged => false,
        };
        if reopens {
            self.reopen_count += i32::from(matches!(self.status, Status::Resolved | Status::Closed));
            self.status = Status::Open;
            self.status_reason = None;
            self.wake_at = None;
            self.closed_at = None;
        }
        reopens
    }

    /// True when a customer's message must open a follow-up instead of going on here.
    pub(crate) fn is_past_reopening(&self, settings: &DeskSettings, now: DateTime<Utc>) -> bool {
        self.status == Status::Closed && self.closed_at.is_some_and(|closed| now > closed + settings.reopen_window())
    }
}

fn required(pointer: &'static str, message: &'static str) -> Fault {
    Fault::field(pointer, "required", message)
}

fn wake(wake_at: Option<DateTime<Utc>>, settings: &DeskSettings, now: DateTime<Utc>) -> Result<(), Fault> {
    match wake_at {
        None => Err(required("/wake_at", "Say when it shall come back.")),
        Some(at) if at <= now => Err(Fault::field("/wake_at", "in_the_past", "It must come back in the future.")),
        Some(at) if at > now + settings.longest_schedule() => Err(Fault::field("/wake_at", "too_far", "That is too far ahead.")),
        Some(_) => Ok(()),
    }
}
