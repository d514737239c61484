//! A case: one ticket with its promises under the rules in force, while a command works on it.
//!
//! Each method decides purely and notes what happened; [`super::commands`] reads a case before and writes what differs
//! after. A message and a status of one request are applied message first.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{EmergencyId, MessageId, OnCallScheduleId, TicketId};
use platform::stamp::Touch;

use super::model::{Move, Ticket};
use super::status;
use crate::emergency::model::{Alarm, Emergency};
use crate::message::model::{Message, NewMessage};
use crate::obligation::engine::promises::{Happening, Promises};
use crate::obligation::engine::{Obligation, Subject, Target};
use crate::policy::model::Traits;
use crate::rulebook::Rulebook;
use crate::vocabulary::{AuthorKind, Cause, Direction, MessageKind, ObligationKind, Status, TicketType};

/// One ticket and its promises, as read and as they are to be written.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) rules: Arc<Rulebook>,
    /// None for a ticket that is being opened.
    pub(crate) before: Option<(Ticket, Promises)>,
    pub(crate) ticket: Ticket,
    pub(crate) promises: Promises,
    /// Messages to be written.
    pub(crate) messages: Vec<Message>,
    pub(crate) touch: Touch,
    /// The command is one of many alike, given at once: what a person does by it touches nothing.
    pub(crate) bulk: bool,
    /// How many runs of automations led to the command.
    pub(crate) chained: i32,
    /// The emergency that the command raises; written with the rest.
    pub(crate) alarm: Option<Alarm>,
    /// When people touched the ticket by the command.
    pub(super) touches: Vec<DateTime<Utc>>,
    /// What decided the rules by which a touch has been owed until now, if it has.
    pub(super) touch_owed: Option<Traits>,
}

impl Case {
    /// A case of a stored ticket; its version rises by one.
    pub(crate) fn resume(rules: Arc<Rulebook>, ticket: Ticket, promises: Promises, touch: Touch) -> Self {
        let before = Some((ticket.clone(), promises.clone()));
        let ticket = Ticket { stamp: ticket.stamp.touched(touch), ..ticket };
        Self { before, promises, touch_owed: ticket.touch_owed(), ..Self::begin(rules, ticket, touch) }
    }

    /// Adds a promise that ended so long ago that it was not read with the others.
    pub(crate) fn recall(&mut self, promise: Obligation) {
        if self.promises.list.iter().all(|known| known.id != promise.id) {
            let before = self.before.iter_mut().map(|(_, promises)| promises);
            before.chain([&mut self.promises]).for_each(|promises| promises.list.push(promise.clone()));
        }
    }

    /// A new ticket with its first message.
    pub(crate) fn open(rules: Arc<Rulebook>, ticket: Ticket, first: NewMessage, touch: Touch) -> Self {
        let mut case = Self::begin(rules, ticket, touch);
        let (start, automatic) = (case.ticket.clock_start_at, first.automatic);
        let inbound = case.ticket.direction == Direction::Inbound && !automatic;
        case.happens(Happening::Opened { inbound }, start);
        case.append(first);
        if case.ticket.kind == TicketType::ServiceEmergency {
            case.raise(None, None);
        }
        case.ticket.sla_policy_version_id = {
            let rules = case.rules.for_ticket(case.ticket.traits(), start);
            rules.version.map(|version| version.id)
        };
        case
    }

    fn begin(rules: Arc<Rulebook>, ticket: Ticket, touch: Touch) -> Self {
        Self {
            rules,
            before: None,
            ticket,
            promises: Promises::default(),
            messages: Vec::new(),
            touch,
            bulk: false,
            chained: 0,
            alarm: None,
            touches: Vec::new(),
            touch_owed: None,
        }
    }

    fn happens(&mut self, happening: Happening, at: DateTime<Utc>) {
        let rules = self.rules.for_ticket(self.ticket.traits(), at.max(self.ticket.clock_start_at));
        self.promises.apply(happening, at, &rules);
    }

    /// Adds a message and does what it means for status and promises.
    pub(crate) fn append(&mut self, message: NewMessage) {
        let message = NewMessage { bulk: message.bulk || self.bulk, ..message };
        let first = self.ticket.message_count == 0;
        self.ticket.note(&message);
        let at = message.occurred_at;
        self.touches.extend(message.is_touch().then_some(at));
        if message.is_from_customer() && !message.courtesy && !first {
            if self.ticket.status == Status::Closed || self.ticket.status == Status::Resolved {
                self.wake_up(Happening::Reopened);
            } else {
                self.wake_up(Happening::Moved { to: Status::Open });
            }
            self.happens(Happening::CustomerWrote, at);
        }
        if message.is_answer() {
            self.happens(Happening::Answered { by: message.id }, at);
        }
        let acted = message.author.kind == AuthorKind::Agent && !message.automatic;
        if self.ticket.status == Status::New && acted && (!first || message.is_answer()) {
            self.set_status(Status::Open);
        }
        self.push(message);
    }

    /// As [`Case::append`], for a message that came to this ticket by a split: what was said before the ticket began answers nothing.
    pub(crate) fn adopt(&mut self, message: NewMessage) {
        if message.occurred_at >= self.ticket.clock_start_at {
            return self.append(message);
        }
        self.ticket.message_count += 1;
        self.push(message);
    }

    fn push(&mut self, message: NewMessage) {
        let (id, ticket_id) = (message.id, self.ticket.id);
        let (seq, recorded_at) = (self.ticket.message_count, self.touch.at);
        self.messages.push(Message { id, ticket_id, seq, recorded_at, split_from: None, redaction: None, content: message });
    }

    fn wake_up(&mut self, happening: Happening) {
        let settings = &self.rules.settings;
        if self.ticket.wake_up(settings, self.touch.at) {
            self.happens(happening, self.touch.at);
        }
    }

    pub(super) fn set_status(&mut self, to: Status) {
        self.ticket.status = to;
        self.happens(Happening::Moved { to }, self.touch.at);
    }

    /// Moves the ticket to another status.
    ///
    /// # Errors
    /// Those of [`Ticket::move_to`]; 409 `human_reply_needed` when a machine would stop the clock.
    pub(crate) fn move_to(&mut self, step: &Move, human: bool) -> Result<(), Fault> {
        let from = self.ticket.status;
        self.ticket.move_to(step, &self.rules.settings, self.touch.at)?;
        self.touched(human);
        let happening = match self.ticket.status {
            Status::Resolved => Happening::Resolved { no_reply_needed: step.no_reply_needed_reason.is_some() },
            Status::Open if matches!(from, Status::Resolved | Status::Closed) => Happening::Reopened,
            Status::Closed => return Ok(()),
            to => Happening::Moved { to },
        };
        self.happens(happening, self.touch.at);
        Ok(())
    }

    /// Ends it in favour of another ticket: nothing is promised on it any more.
    ///
    /// # Errors
    /// 409 `illegal_transition` when it was merged before; 409 `emergency_open`.
    pub(crate) fn merge_into(&mut self, target: TicketId) -> Result<(), Fault> {
        self.ticket.demand_no_emergency()?;
        let from = self.ticket.status;
        let merged = status::after(from, status::Step::Merge);
        self.ticket.status = merged.ok_or_else(|| Fault::illegal_transition("merge", from.as_str(), status::allowed(from)))?;
        self.ticket.merged_into_id = Some(target);
        self.happens(Happening::Cancelled(Cause::Merged), self.touch.at);
        Ok(())
    }

    /// Takes a merge back: it stands where it stood, and its promises run on.
    pub(crate) fn unmerge(&mut self, to: Status) {
        self.ticket.status = to;
        self.ticket.merged_into_id = None;
        self.reinstate(Cause::Merged);
    }

    /// Takes it up again whatever time has passed, because an open ticket was merged into it.
    pub(crate) fn take_up(&mut self) {
        self.ticket.status = Status::Open;
        self.ticket.status_reason = None;
        self.ticket.closed_at = None;
        self.ticket.reopen_count += 1;
        self.happens(Happening::Reopened, self.touch.at);
    }

    /// Gives the ticket to someone. A person's first act opens it.
    pub(crate) fn assign(&mut self, assignee: Option<kernel::id::UserId>, group: Option<Option<uuid::Uuid>>, human: bool) {
        self.ticket.assignee_id = assignee;
        (self.ticket.cover_for_id, self.ticket.cover_since, self.ticket.override_reason) = (None, None, None);
        if let Some(group) = group {
            self.ticket.group_id = group;
        }
        self.touched(human);
        if human && self.ticket.status == Status::New && assignee.is_some() {
            self.set_status(Status::Open);
        }
    }

    /// The customer wants something other than by writing: what waits is taken up.
    pub(crate) fn comes_back(&mut self) {
        self.wake_up(Happening::Moved { to: Status::Open });
    }

    /// Recalculates the promises when something that decides them differs.
    pub(crate) fn retrait(&mut self) {
        let Some((before, _)) = &self.before else { return };
        if before.traits() == self.ticket.traits() {
            return;
        }
        let becomes = before.kind != self.ticket.kind && self.ticket.kind == TicketType::ServiceEmergency;
        self.terms_changed(Cause::TicketChanged, self.touch.at, self.touch.at);
        if becomes && self.ticket.is_open() && self.ticket.emergency_id.is_none() {
            self.raise(None, None);
        }
    }

    /// Raises an emergency on it: somebody is to acknowledge it, and until its end the ticket cannot be put away.
    pub(crate) fn raise(&mut self, hazard_code: Option<String>, schedule_id: Option<OnCallScheduleId>) -> EmergencyId {
        let id = EmergencyId::generate();
        self.ticket.emergency_id = Some(id);
        self.promise(Emergency::subject_of(id), ObligationKind::EmergencyAck, self.touch.at);
        self.alarm = Some(Alarm { id, hazard_code, schedule_id });
        id
    }

    /// Recalculates the promises from `at` on under the rules in force at `under`.
    pub(crate) fn terms_changed(&mut self, cause: Cause, at: DateTime<Utc>, under: DateTime<Utc>) {
        let rules = self.rules.for_ticket(self.ticket.traits(), under.max(self.ticket.clock_start_at));
        self.promises.apply(Happening::TermsChanged(cause), at, &rules);
        self.ticket.sla_policy_version_id = rules.version.map(|version| version.id);
    }

    /// Marks or unmarks spam: nothing is promised to it.
    ///
    /// # Errors
    /// 409 `emergency_open`.
    pub(crate) fn mark_spam(&mut self, spam: bool) -> Result<(), Fault> {
        if self.ticket.spam != spam {
            self.ticket.spam = spam;
            if spam {
                self.ticket.demand_no_emergency()?;
                self.happens(Happening::Cancelled(Cause::Spam), self.touch.at);
            } else {
                self.reinstate(Cause::Spam);
            }
        }
        Ok(())
    }

    /// # Errors
    /// 409 `emergency_open`.
    pub(crate) fn delete(&mut self) -> Result<(), Fault> {
        self.ticket.demand_no_emergency()?;
        self.ticket.deleted_at = Some(self.touch.at);
        self.happens(Happening::Cancelled(Cause::Deleted), self.touch.at);
        Ok(())
    }

    pub(crate) fn restore(&mut self) {
        self.ticket.deleted_at = None;
        self.reinstate(Cause::Deleted);
    }

    /// Promises run on as the status has them.
    fn reinstate(&mut self, cause: Cause) {
        self.happens(Happening::Reinstated(cause), self.touch.at);
        self.happens(Happening::Moved { to: self.ticket.status }, self.touch.at);
    }

    /// True when the command changed the ticket or its promises.
    pub(crate) fn has_changed(&self) -> bool {
        self.before.as_ref().is_none_or(|(ticket, promises)| *ticket != self.ticket || *promises != self.promises)
    }

    /// True when the command resolves the ticket.
    pub(crate) fn is_resolved_now(&self) -> bool {
        let resolved = |ticket: &Ticket| ticket.status == Status::Resolved;
        resolved(&self.ticket) && self.before.as_ref().is_some_and(|(before, _)| !resolved(before))
    }

    /// True when the command ends what is promised on the ticket without its being done.
    pub(crate) fn is_given_up_now(&self) -> bool {
        let gone = |ticket: &Ticket| ticket.status == Status::Merged || ticket.spam || ticket.deleted_at.is_some();
        gone(&self.ticket) && self.before.as_ref().is_some_and(|(before, _)| !gone(before))
    }

    /// A message turns out not to be a mere courtesy: what it should have done holds from its own time.
    pub(crate) fn is_no_courtesy(&mut self, message: &Message) {
        let mut content = message.content.clone();
        content.courtesy = false;
        let at = content.occurred_at;
        self.ticket.last_customer_message_at = self.ticket.last_customer_message_at.max(Some(at));
        self.wake_up(if self.ticket.resolved_at.is_some() { Happening::Reopened } else { Happening::Moved { to: Status::Open } });
        if self.ticket.is_unanswered() {
            self.happens(Happening::CustomerWrote, at);
        }
    }

    /// A message of ours reached nobody: what it satisfied is owed again, from the due instant it had.
    pub(crate) fn undelivered(&mut self, message: MessageId, answered_before: Option<DateTime<Utc>>) {
        self.promises.withdraw(message, self.touch.at);
        self.ticket.last_public_reply_at = answered_before;
        self.ticket.first_contact_at = self.ticket.first_contact_at.filter(|_| answered_before.is_some());
    }

    /// A message of ours that had reached nobody has gone out now.
    pub(crate) fn arrived(&mut self, message: MessageId) {
        let at = self.touch.at;
        self.ticket.answered(at);
        self.happens(Happening::Answered { by: message }, at);
    }

    /// More is known of a call: when a person of ours is found to have taken it, it was answered when it came in.
    pub(crate) fn call_completed(&mut self, before: &NewMessage, message: &Message) {
        let now = &message.content;
        let at = now.occurred_at;
        if now.is_touch() {
            self.touched_at(at);
        }
        if now.is_answer() && !before.is_answer() {
            self.ticket.answered(at);
            self.happens(Happening::Answered { by: message.id }, at);
            if self.ticket.status == Status::New {
                self.set_status(Status::Open);
            }
        }
    }

    /// Promises something about `subject` from `at` on by the policies' terms; false when they promise nothing of the kind.
    pub(crate) fn promise(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>) -> bool {
        self.promises.promise(subject, kind, at, &self.rules.for_ticket(self.ticket.traits(), at))
    }

    /// Promises something about `subject` until an instant that somebody else set.
    pub(crate) fn promise_until(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, due_at: DateTime<Utc>) {
        let terms = self.rules.for_ticket(self.ticket.traits(), at).fixed(Target::Until { at: due_at });
        self.promises.promise_by(subject, kind, at, &terms, self.rules.as_ref());
    }

    /// What was promised about `subject` was done at `at`.
    pub(crate) fn keep(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, by: Option<MessageId>) {
        self.promises.keep(subject, kind, at, by, self.rules.as_ref());
    }

    /// Nothing promised about `subject` need be done any more.
    pub(crate) fn release(&mut self, subject: Subject, cause: Cause) {
        self.promises.release(subject, self.touch.at, cause);
    }

    /// The message that this command added last.
    pub(crate) fn latest_message(&self) -> Option<&Message> {
        self.messages.last()
    }

    /// The kinds of message that a member of staff may write.
    pub(crate) const STAFF_KINDS: [MessageKind; 5] =
        [MessageKind::PublicReply, MessageKind::InternalNote, MessageKind::Call, MessageKind::Sms, MessageKind::Inbound];
}
