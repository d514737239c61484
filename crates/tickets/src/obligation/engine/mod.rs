//! The obligation engine: one promise as a value that is started, paused, recalculated, kept or broken.
//!
//! It knows clocks, targets and instants, and nothing of tickets, databases or the present: every instant is passed in.
//! A breach is a fact of the clock, so whoever reads a promise later than its due instant sees it missed whether or not
//! anything ran in between; once recorded it is never taken back. What a ticket's happenings mean for its promises is in
//! [`promises`].

mod attribution;
mod due;
mod merge;
pub mod promises;
mod subject;
mod terms;
mod touch;

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod touch_days;
#[cfg(test)]
mod touch_properties;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::calendar::Pause;
use kernel::id::{MessageId, ObligationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::vocabulary::{Cause, ObligationKind, ObligationState, Outcome, Status};
use crate::whose::Whose;

pub use due::Step;
pub use merge::Effect;
pub use subject::Subject;
pub use terms::{Calendars, FixedDue, Segment, Target, Terms};
pub use touch::Course;
pub(crate) use touch::first_day_after;

/// Time in which a promise's clock stood still, and the state that stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub cause: Status,
}

/// Who excused a breach, and why. It leaves the default figures and stays countable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excuse {
    pub by: Uuid,
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    pub id: ObligationId,
    /// The row's version, raised by whoever stores a change.
    pub version: i64,
    /// What it is about; none for a ticket's own conversation.
    pub subject: Option<Subject>,
    pub kind: ObligationKind,
    pub cycle: i32,
    pub start_at: DateTime<Utc>,
    /// In order, at least one; only the last is open.
    pub segments: Vec<Segment>,
    pub pauses: Vec<Stop>,
    /// The states that stop the clock, as the present terms say.
    pub pause_states: Vec<Status>,
    /// None while paused, ended without being due, or never due.
    pub due_at: Option<DateTime<Utc>>,
    pub state: ObligationState,
    pub satisfied_at: Option<DateTime<Utc>>,
    pub satisfied_by: Option<MessageId>,
    /// The due instant in force when it was first broken.
    pub breached_at: Option<DateTime<Utc>>,
    /// Why it was last recalculated, or ended.
    pub cause: Option<Cause>,
    /// A later correction of the calendar would have kept it.
    pub would_not_breach: bool,
    pub excused: Option<Excuse>,
    /// Rises whenever its timers must be planned anew.
    pub generation: i32,
    /// Who has it, or had it when it was decided; kept by whoever stores a change.
    pub whose: Whose,
}

impl Obligation {
    /// Starts a promise.
    #[must_use]
    pub fn start(kind: ObligationKind, cycle: i32, start_at: DateTime<Utc>, terms: &Terms, calendars: &impl Calendars) -> Self {
        let mut obligation = Self {
            id: ObligationId::generate(),
            version: 1,
            subject: None,
            kind,
            cycle,
            start_at,
            segments: vec![Segment::begin(start_at, terms, None)],
            pauses: Vec::new(),
            pause_states: terms.pause_states.clone(),
            due_at: None,
            state: ObligationState::Running,
            satisfied_at: None,
            satisfied_by: None,
            breached_at: None,
            cause: None,
            would_not_breach: false,
            excused: None,
            generation: 1,
            whose: Whose::default(),
        };
        obligation.due_at = obligation.computed_due(calendars);
        obligation
    }

    /// True while it can still be kept or must still be made good.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state.is_active()
    }

    /// Notes what the clock has decided by `now`: past its due instant a running promise is broken.
    pub fn settle(&mut self, now: DateTime<Utc>) {
        if let (ObligationState::Running, Some(due)) = (self.state, self.due_at)
            && now > due
        {
            self.state = ObligationState::MissedOpen;
            self.breached_at.get_or_insert(due);
            // By the corrected calendar it is broken as well.
            self.would_not_breach = false;
        }
    }

    /// What became of it so far. Doing it late, or being given more time after the breach, does not undo a breach; that it was done
    /// in time and only said later does.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let late = |breached: DateTime<Utc>| self.satisfied_at.is_none_or(|done| done > breached);
        match self.state {
            ObligationState::MissedOpen | ObligationState::MissedClosed => self.broken(),
            _ if self.breached_at.is_some_and(late) => self.broken(),
            ObligationState::Met => Outcome::Met,
            ObligationState::Running | ObligationState::Paused => Outcome::Open,
            ObligationState::Waived | ObligationState::Cancelled => Outcome::Dropped,
        }
    }

    fn broken(&self) -> Outcome {
        if self.excused.is_some() { Outcome::Excused } else { Outcome::Missed }
    }

    /// The promise as a reader at `now` must see it.
    #[must_use]
    pub fn seen_at(&self, now: DateTime<Utc>) -> Self {
        let mut seen = self.clone();
        seen.settle(now);
        seen
    }

    /// It was done at `at`: in time when not later than due.
    pub fn satisfy(&mut self, at: DateTime<Utc>, by: Option<MessageId>, calendars: &impl Calendars) {
        if self.state == ObligationState::Paused {
            self.resume(at, calendars);
        }
        self.settle(at);
        self.state = match self.state {
            ObligationState::Running => ObligationState::Met,
            // Reported late, done in time: a logged call may come after the breach was recorded.
            ObligationState::MissedOpen if self.due_at.is_some_and(|due| at <= due) => ObligationState::Met,
            ObligationState::MissedOpen => ObligationState::MissedClosed,
            _ => return,
        };
        self.satisfied_at = Some(at);
        self.satisfied_by = by;
        self.generation += 1;
    }

    /// What satisfied it has come to nothing (the reply bounced): the due instant in force returns, and with it a breach
    /// dated at that instant when it has passed.
    pub fn withdraw(&mut self, now: DateTime<Utc>) {
        self.state = match self.state {
            ObligationState::Met => ObligationState::Running,
            ObligationState::MissedClosed => ObligationState::MissedOpen,
            _ => return,
        };
        self.satisfied_at = None;
        self.satisfied_by = None;
        self.generation += 1;
        self.settle(now);
    }

    /// The clock stops at `at`.
    pub fn pause(&mut self, at: DateTime<Utc>, cause: Status) {
        self.settle(at);
        if self.state != ObligationState::Running {
            return;
        }
        self.pauses.push(Stop { from: at, to: None, cause });
        self.state = ObligationState::Paused;
        self.due_at = None;
        self.generation += 1;
    }

    /// The clock goes on at `at`. A pause without length leaves no trace.
    pub fn resume(&mut self, at: DateTime<Utc>, calendars: &impl Calendars) {
        if self.state != ObligationState::Paused {
            return;
        }
        if let Some(open) = self.pauses.last_mut() {
            open.to = Some(at);
        }
        self.pauses.retain(|pause| pause.to != Some(pause.from));
        self.state = ObligationState::Running;
        self.due_at = self.computed_due(calendars);
        if self.is_used_up() {
            // The target was lowered below what was consumed while the clock stood still; this is when it shows.
            self.cause = Some(Cause::TargetReduced);
        }
        self.generation += 1;
    }

    /// What was done is undone at `at` (a resolved ticket is reopened): the time in between does not count.
    pub fn reopen(&mut self, at: DateTime<Utc>, calendars: &impl Calendars) {
        let Some(done) = self.satisfied_at.take() else { return };
        self.satisfied_by = None;
        self.generation += 1;
        match self.state {
            ObligationState::Met => {
                self.pauses.push(Stop { from: done, to: Some(at), cause: Status::Resolved });
                self.pauses.retain(|pause| pause.to != Some(pause.from));
                self.state = ObligationState::Running;
                self.due_at = self.computed_due(calendars);
                self.settle(at);
            }
            ObligationState::MissedClosed => self.state = ObligationState::MissedOpen,
            _ => {}
        }
    }

    /// Applies other terms from `at` on: what was consumed so far is frozen and counts against the new target.
    pub fn recalculate(&mut self, at: DateTime<Utc>, terms: &Terms, cause: Cause, calendars: &impl Calendars) {
        self.settle(at);
        self.pause_states.clone_from(&terms.pause_states);
        if !self.is_active() || self.segments.last().is_some_and(|segment| segment.same_as(terms)) {
            return;
        }
        self.split(at, terms, cause, calendars);
        self.generation += 1;
        if self.state == ObligationState::Paused {
            self.cause = Some(cause);
            return;
        }
        let (due, reduced) = self.recomputed_due(at, calendars);
        if self.state == ObligationState::MissedOpen && due.is_some_and(|due| due <= at) {
            return;
        }
        self.cause = Some(if reduced { Cause::TargetReduced } else { cause });
        self.due_at = due;
        self.state = ObligationState::Running;
    }

    /// True when it was done late and would have been in time by these terms, had they held from `at` on.
    pub(super) fn would_have_been_met(&self, at: DateTime<Utc>, terms: &Terms, calendars: &impl Calendars) -> bool {
        let mut again = Self { state: ObligationState::MissedOpen, satisfied_at: None, ..self.clone() };
        if !again.is_fixed_by_others() {
            again.recalculate(at, terms, Cause::CalendarChanged, calendars);
        }
        self.satisfied_at.is_some_and(|done| again.due_at.is_some_and(|due| done <= due))
    }

    /// Sets the due instant by hand.
    ///
    /// # Errors
    /// 409 `not_active` when it has ended.
    pub fn set_due(&mut self, at: DateTime<Utc>, fixed: FixedDue, calendars: &impl Calendars) -> Result<(), Fault> {
        self.settle(at);
        let terms = self.segments.last().filter(|_| self.is_active()).map(|segment| self.terms_of(segment));
        let terms = terms.ok_or_else(|| Fault::conflict("not_active", "This promise has ended."))?;
        self.split(at, &terms, Cause::Override, calendars);
        let due = fixed.due_at;
        if let Some(segment) = self.segments.last_mut() {
            segment.fixed = Some(fixed);
        }
        self.cause = Some(Cause::Override);
        self.generation += 1;
        if self.state != ObligationState::Paused {
            self.due_at = Some(due);
            self.state = ObligationState::Running;
            self.settle(at);
        }
        Ok(())
    }

    /// Ends it without its being done. A breach on record stays.
    pub fn cancel(&mut self, at: DateTime<Utc>, cause: Cause) {
        self.end(at, ObligationState::Cancelled, cause);
    }

    /// Ends it because nothing needed to be done.
    pub fn waive(&mut self, at: DateTime<Utc>, cause: Cause) {
        self.end(at, ObligationState::Waived, cause);
    }

    fn end(&mut self, at: DateTime<Utc>, state: ObligationState, cause: Cause) {
        self.settle(at);
        if !self.is_active() {
            return;
        }
        if let Some(open) = self.pauses.last_mut().filter(|pause| pause.to.is_none()) {
            open.to = Some(at);
        }
        self.pauses.retain(|pause| pause.to != Some(pause.from));
        self.state = state;
        self.due_at = None;
        self.cause = Some(cause);
        self.generation += 1;
    }

    /// Takes back a cancellation for `cause`, such as a ticket's deletion; the clock has run on meanwhile.
    pub fn reinstate(&mut self, at: DateTime<Utc>, cause: Cause, calendars: &impl Calendars) {
        if self.state != ObligationState::Cancelled || self.cause != Some(cause) {
            return;
        }
        self.state = ObligationState::Running;
        self.cause = None;
        self.due_at = self.computed_due(calendars);
        self.generation += 1;
        self.settle(at);
    }

    /// The pauses as the calendar understands them.
    #[must_use]
    pub fn stopped(&self) -> Vec<Pause> {
        self.pauses.iter().map(|pause| Pause { from: pause.from, to: pause.to }).collect()
    }
}
