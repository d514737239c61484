//! A scheduling request and what each step of it demands. Pure rules; instants are passed in.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{MessageId, SchedulingRequestId, TicketId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::state::{SchedulingState, Step, moved};
use crate::message::model::NewMessage;
use crate::obligation::engine::Subject;
use crate::ticket::model::EntityRef;
use crate::vocabulary::{Direction, MessageKind, SubjectKind};

words! {
    /// What is asked about a service stop.
    pub enum SchedulingKind {
        Reschedule = "reschedule",
        Skip = "skip",
        Extra = "extra",
        Frequency = "frequency",
        Container = "container",
        Hold = "hold",
        CancelStop = "cancel_stop",
    }
}

/// A span of time for a service, `[start_at, end_at)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceWindow {
    pub(crate) start_at: DateTime<Utc>,
    pub(crate) end_at: DateTime<Utc>,
}

impl ServiceWindow {
    /// # Errors
    /// A field fault at `pointer`.
    fn checked(self, pointer: &str) -> Result<Self, Fault> {
        if self.start_at < self.end_at { Ok(self) } else { Err(Fault::field(pointer, "empty_window", "It must end after it starts.")) }
    }

    /// # Errors
    /// A field fault at `pointer`.
    fn to_come(self, pointer: &str, now: DateTime<Utc>) -> Result<Self, Fault> {
        if self.start_at > now { Ok(self) } else { Err(Fault::field(pointer, "in_the_past", "It must start in the future.")) }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) kind: SchedulingKind,
    pub(crate) service_stop_ref: EntityRef,
    pub(crate) original_window: Option<ServiceWindow>,
    pub(crate) requested_window: Option<ServiceWindow>,
    /// The new frequency or container.
    pub(crate) details: Option<String>,
    /// Until when the schedule can be changed.
    pub(crate) cutoff_at: Option<DateTime<Utc>>,
    pub(crate) reason: String,
    /// Why it is asked, or granted, after the cutoff.
    pub(crate) late_reason: Option<String>,
}

impl Wish {
    /// # Errors
    /// Every field fault; what each kind needs is in [`Wish::needs`].
    pub(crate) fn checked(self, now: DateTime<Utc>) -> Result<Self, Fault> {
        let (original, requested, details) = self.needs();
        let missing = |needed: bool, there: bool, pointer: &'static str| {
            (needed && !there).then(|| Fault::field(pointer, "required", format!("A request of the kind {} needs it.", self.kind)))
        };
        let mut faults: Vec<Fault> = [
            missing(original, self.original_window.is_some(), "/original_window"),
            missing(requested, self.requested_window.is_some(), "/requested_window"),
            missing(details, self.details.is_some(), "/details"),
        ]
        .into_iter()
        .flatten()
        .collect();
        faults.extend(self.original_window.and_then(|window| window.checked("/original_window").err()));
        let sound = |window: ServiceWindow| window.checked("/requested_window").and_then(|window| window.to_come("/requested_window", now));
        faults.extend(self.requested_window.and_then(|window| sound(window).err()));
        faults.extend(late(self.cutoff_at, self.late_reason.as_deref(), now).err());
        Fault::all(faults)?;
        Ok(self)
    }

    /// Whether its kind needs the original window, the requested one, and details.
    const fn needs(&self) -> (bool, bool, bool) {
        match self.kind {
            SchedulingKind::Reschedule => (true, true, false),
            SchedulingKind::Skip => (true, false, false),
            SchedulingKind::Extra | SchedulingKind::Hold => (false, true, false),
            SchedulingKind::Frequency | SchedulingKind::Container => (false, false, true),
            SchedulingKind::CancelStop => (false, false, false),
        }
    }
}

/// After the cutoff nothing is asked or granted without a reason.
fn late(cutoff_at: Option<DateTime<Utc>>, reason: Option<&str>, now: DateTime<Utc>) -> Result<(), Fault> {
    match (cutoff_at, reason) {
        (Some(cutoff), None) if now > cutoff => {
            Err(Fault::field("/late_reason", "past_cutoff", "The cutoff has passed: say why the schedule shall still be changed."))
        }
        _ => Ok(()),
    }
}

/// What the desk proposes instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) window: ServiceWindow,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Who decided, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub(crate) by: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) reason: Option<String>,
    /// The customer's own answer: there is nobody left to be told.
    pub(crate) by_customer: bool,
}

/// A scheduling request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchedulingRequest {
    pub(crate) id: SchedulingRequestId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    pub(crate) wish: Wish,
    pub(crate) counter: Option<Counter>,
    pub(crate) state: SchedulingState,
    pub(crate) decision: Option<Decision>,
    /// Why a confirmed request was not carried out.
    pub(crate) outcome_reason: Option<String>,
    pub(crate) customer_informed_message_id: Option<MessageId>,
}

impl SchedulingRequest {
    pub(crate) fn new(ticket_id: TicketId, wish: Wish, touch: Touch) -> Self {
        Self {
            id: SchedulingRequestId::generate(),
            stamp: Stamp::new(touch),
            ticket_id,
            wish,
            counter: None,
            state: SchedulingState::Requested,
            decision: None,
            outcome_reason: None,
            customer_informed_message_id: None,
        }
    }

    /// What its promises are about.
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: SubjectKind::SchedulingRequest, id: self.id.uuid() }
    }

    /// The instant by which it is to be decided, when that is not left to the policies.
    pub(crate) fn decided_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.wish.cutoff_at.filter(|cutoff| *cutoff > now)
    }

    /// The request as a reader at `now` must see it: a counter-proposal lapses whether or not a worker ran.
    pub(crate) fn seen_at(mut self, now: DateTime<Utc>) -> Self {
        if self.is_lapsed(now) {
            self.state = SchedulingState::Expired;
        }
        self
    }

    pub(crate) fn is_lapsed(&self, now: DateTime<Utc>) -> bool {
        self.state == SchedulingState::Countered && self.counter.is_some_and(|counter| counter.expires_at <= now)
    }

    /// True when the customer still has to be told what was decided.
    pub(crate) fn is_untold(&self) -> bool {
        let decided = self.decision.as_ref().is_some_and(|decision| !decision.by_customer);
        decided && !self.state.is_undecided() && self.customer_informed_message_id.is_none()
    }

    fn step(self, step: Step, touch: Touch) -> Result<Self, Fault> {
        let seen = self.seen_at(touch.at);
        Ok(Self { state: moved(seen.state, step)?, stamp: seen.stamp.touched(touch), ..seen })
    }

    fn decided(self, reason: Option<String>, by_customer: bool, touch: Touch) -> Self {
        Self { decision: Some(Decision { by: touch.by, at: touch.at, reason, by_customer }), ..self }
    }

    /// The desk grants it.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 `past_cutoff` without a reason after the cutoff.
    pub(crate) fn confirm(mut self, late_reason: Option<String>, touch: Touch) -> Result<Self, Fault> {
        self.wish.late_reason = late_reason.or_else(|| self.wish.late_reason.take());
        let next = self.step(Step::Confirm, touch)?;
        late(next.wish.cutoff_at, next.wish.late_reason.as_deref(), touch.at)?;
        Ok(next.decided(None, false, touch))
    }

    /// The desk does not grant it.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn decline(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        Ok(self.step(Step::Decline, touch)?.decided(Some(reason), false, touch))
    }

    /// The desk proposes another window. It lapses at `expires_at`, or after `lasting`, and in any case when it starts.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 for a window or an end that is no time to come.
    pub(crate) fn propose(
        self,
        window: ServiceWindow,
        expires_at: Option<DateTime<Utc>>,
        lasting: TimeDelta,
        touch: Touch,
    ) -> Result<Self, Fault> {
        let window = window.checked("/window").and_then(|window| window.to_come("/window", touch.at))?;
        let expires_at = expires_at.unwrap_or_else(|| (touch.at + lasting).min(window.start_at));
        if expires_at <= touch.at || expires_at > window.start_at {
            return Err(Fault::field("/expires_at", "out_of_range", "It must lapse in the future and not after the window starts."));
        }
        let next = self.step(Step::Counter, touch)?;
        Ok(Self { counter: Some(Counter { window, expires_at }), ..next })
    }

    /// The customer agrees to the counter-proposal.
    ///
    /// # Errors
    /// 409 `illegal_transition`, also when it has lapsed.
    pub(crate) fn accept(self, touch: Touch) -> Result<Self, Fault> {
        Ok(self.step(Step::Accept, touch)?.decided(None, true, touch))
    }

    /// The customer does not agree to it.
    ///
    /// # Errors
    /// 409 `illegal_transition`, also when it has lapsed.
    pub(crate) fn reject(self, reason: Option<String>, touch: Touch) -> Result<Self, Fault> {
        Ok(self.step(Step::Reject, touch)?.decided(reason, true, touch))
    }

    /// Nobody answered the counter-proposal in time; none when there is time left.
    pub(crate) fn expire(self, touch: Touch) -> Option<Self> {
        let stamp = self.stamp.touched(touch);
        self.is_lapsed(touch.at).then_some(Self { state: SchedulingState::Expired, stamp, ..self })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn complete(self, touch: Touch) -> Result<Self, Fault> {
        self.step(Step::Complete, touch)
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn fail(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { outcome_reason: Some(reason), ..self.step(Step::Fail, touch)? })
    }

    /// The customer was told by a message.
    ///
    /// # Errors
    /// 409 `undecided` when there is nothing to tell yet; 422 when the message tells the customer nothing, or came before the request.
    pub(crate) fn informed(self, message: &NewMessage, touch: Touch) -> Result<Self, Fault> {
        if self.decision.is_none() {
            return Err(Fault::conflict("undecided", "Nothing was decided yet that the customer could be told."));
        }
        if !informs(message) || message.occurred_at < self.stamp.created_at {
            return Err(Fault::field(
                "/message_id",
                "not_informing",
                "Name a public message of ours to the customer, later than the request.",
            ));
        }
        let stamp = self.stamp.touched(touch);
        Ok(Self { customer_informed_message_id: Some(message.id), stamp, ..self })
    }
}

/// True for a word of ours that reached the customer.
fn informs(message: &NewMessage) -> bool {
    match message.kind {
        MessageKind::PublicReply => true,
        MessageKind::Sms => !message.is_from_customer(),
        MessageKind::Call => message.call.as_ref().is_some_and(|call| match call.direction {
            Direction::Outbound => call.contact_made,
            Direction::Inbound => call.answered,
        }),
        _ => false,
    }
}
