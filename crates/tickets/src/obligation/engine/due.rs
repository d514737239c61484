//! When a promise is due: the arithmetic over its segments and pauses.

use chrono::{DateTime, TimeDelta, Utc};

use super::terms::{Calendars, Segment, Target, Terms};
use super::{Cause, Obligation};

/// A moment on the way to the due instant at which someone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// So many percent of the target are used up, in clock time.
    Percent(u8),
    /// The due instant has passed.
    Breach,
}

impl Obligation {
    /// True for a promise by an instant that somebody else set.
    #[must_use]
    pub fn is_fixed_by_others(&self) -> bool {
        self.segments.last().is_some_and(|segment| matches!(segment.target, Target::Until { .. }))
    }

    pub(super) fn terms_of(&self, segment: &Segment) -> Terms {
        Terms {
            clock: segment.clock,
            target: segment.target,
            pause_states: self.pause_states.clone(),
            policy_version: segment.policy_version,
            calendar_version: segment.calendar_version,
        }
    }

    /// Closes the open segment at `at`, freezing what it consumed, and begins the next.
    pub(super) fn split(&mut self, at: DateTime<Utc>, terms: &Terms, cause: Cause, calendars: &impl Calendars) {
        let pauses = self.stopped();
        let at = at.max(self.segments.last().map_or(self.start_at, |segment| segment.from));
        if let Some(open) = self.segments.last_mut() {
            let consumed = open.calendar(calendars).worked(open.from, at, &pauses);
            open.consumed_us = consumed.num_microseconds().unwrap_or(i64::MAX);
            open.until = Some(at);
        }
        self.segments.push(Segment::begin(at, terms, Some(cause)));
    }

    /// Clock time used in closed segments.
    fn frozen(&self) -> TimeDelta {
        self.segments.iter().filter(|segment| segment.until.is_some()).map(Segment::consumed).sum()
    }

    /// Clock time used until `now`, or until it ended.
    #[must_use]
    pub fn consumed_at(&self, now: DateTime<Utc>, calendars: &impl Calendars) -> TimeDelta {
        let Some(open) = self.segments.last() else { return TimeDelta::zero() };
        let until = self.satisfied_at.unwrap_or(now).max(open.from);
        self.frozen() + open.calendar(calendars).worked(open.from, until, &self.stopped())
    }

    /// Clock time left at `now`; negative when it is used up. None for a promise by the end of a day.
    #[must_use]
    pub fn remaining_at(&self, now: DateTime<Utc>, calendars: &impl Calendars) -> Option<TimeDelta> {
        match self.segments.last()?.target {
            Target::Seconds(target_s) => Some(TimeDelta::seconds(target_s) - self.consumed_at(now, calendars)),
            Target::Until { at } => Some(at - now),
            Target::EndOfBusinessDay { .. } => None,
        }
    }

    /// The due instant by segments and pauses; a due instant set by hand holds until the clock was stopped after it.
    pub(super) fn computed_due(&self, calendars: &impl Calendars) -> Option<DateTime<Utc>> {
        let open = self.segments.last()?;
        if let Some(fixed) = &open.fixed
            && !self.pauses.iter().any(|pause| pause.from >= open.from)
        {
            return Some(fixed.due_at);
        }
        let computed = match open.target {
            Target::Seconds(target_s) => {
                let left = TimeDelta::seconds(target_s) - self.frozen();
                if left > TimeDelta::zero() {
                    open.calendar(calendars).due(open.from, left, &self.stopped())
                } else {
                    Some(self.going_since(open.from))
                }
            }
            Target::EndOfBusinessDay { cutoff_before_close_s } => self.end_of_day(open, cutoff_before_close_s, calendars),
            Target::Until { at } => Some(at),
        };
        let sticky = self.segments.iter().rev().find_map(|segment| segment.fixed.as_ref()).filter(|fixed| fixed.sticky);
        computed.map(|due| sticky.map_or(due, |fixed| due.max(fixed.due_at)))
    }

    /// True when the closed segments have used the whole target, and nobody set another due instant.
    pub(super) fn is_used_up(&self) -> bool {
        self.segments.last().is_some_and(|open| match open.target {
            Target::Seconds(target_s) => open.fixed.is_none() && self.frozen() >= TimeDelta::seconds(target_s),
            Target::EndOfBusinessDay { .. } | Target::Until { .. } => false,
        })
    }

    /// `at`, or the end of the pause that covers it: a promise that ran out while paused is due when the clock goes on.
    fn going_since(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let covering = self.pauses.iter().find(|pause| pause.from <= at && pause.to.is_some_and(|to| to > at));
        covering.and_then(|pause| pause.to).unwrap_or(at)
    }

    /// The end of the day it began on; when the clock was stopped beyond that, of the day on which it went on.
    fn end_of_day(&self, open: &Segment, cutoff_s: i64, calendars: &impl Calendars) -> Option<DateTime<Utc>> {
        let calendar = open.calendar(calendars);
        let cutoff = TimeDelta::seconds(cutoff_s);
        let due = calendar.end_of_business_day(self.start_at, cutoff)?;
        match self.pauses.iter().filter_map(|pause| pause.to).max() {
            Some(resumed) if resumed > due => calendar.end_of_business_day(resumed, cutoff),
            _ => Some(due),
        }
    }

    /// The due instant after a change at `at`, never earlier than the change; true when the target was used up by then.
    pub(super) fn recomputed_due(&self, at: DateTime<Utc>, calendars: &impl Calendars) -> (Option<DateTime<Utc>>, bool) {
        match self.computed_due(calendars) {
            Some(due) if due <= at => (Some(at), true),
            due => (due, false),
        }
    }

    /// When each step falls: the percentages that still lie ahead of the present segment, and the breach.
    #[must_use]
    pub fn steps(&self, percents: &[u8], calendars: &impl Calendars) -> Vec<(Step, DateTime<Utc>)> {
        let (Some(open), Some(due)) = (self.segments.last(), self.due_at) else { return Vec::new() };
        if self.state != super::ObligationState::Running {
            return Vec::new();
        }
        let (calendar, pauses) = (open.calendar(calendars), self.stopped());
        let target = match open.target {
            Target::Seconds(target_s) => TimeDelta::seconds(target_s),
            Target::EndOfBusinessDay { .. } | Target::Until { .. } => calendar.worked(self.start_at, due, &pauses),
        };
        let mut steps: Vec<(Step, DateTime<Utc>)> = percents
            .iter()
            .filter_map(|percent| {
                let left = target * i32::from(*percent) / 100 - self.frozen();
                let at = calendar.due(open.from, left, &pauses).filter(|at| left > TimeDelta::zero() && *at < due)?;
                Some((Step::Percent(*percent), at))
            })
            .collect();
        steps.push((Step::Breach, due + TimeDelta::microseconds(1)));
        steps
    }
}
