//! What is promised: a clock, a target, and the states in which the clock stands still.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::calendar::Calendar;
use kernel::id::{CalendarVersionId, SlaPolicyVersionId};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

use crate::vocabulary::{Cause, ClockKind, Status};

static ALWAYS: LazyLock<Calendar> = LazyLock::new(Calendar::always);

/// How much time is promised. Days are not a unit: nobody agrees how long one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// So many seconds on the clock.
    Seconds(i64),
    /// The close of the business day, or of the next one when it starts later than the cutoff before that close.
    EndOfBusinessDay { cutoff_before_close_s: i64 },
    /// An instant that somebody else set: a regulator, a contract, a date. No change of calendar moves it.
    Until { at: DateTime<Utc> },
}

/// The terms of one promise at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub clock: ClockKind,
    pub target: Target,
    pub pause_states: Vec<Status>,
    pub policy_version: SlaPolicyVersionId,
    pub calendar_version: CalendarVersionId,
}

/// Where the engine finds the calendar of a version.
pub trait Calendars {
    /// The calendar as that version defines it.
    fn calendar(&self, version: CalendarVersionId) -> &Calendar;
}

/// A stretch of a promise's life under one set of terms. What was consumed in a closed segment is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
    pub policy_version: SlaPolicyVersionId,
    pub calendar_version: CalendarVersionId,
    pub clock: ClockKind,
    pub target: Target,
    /// Microseconds of clock time used in this segment; zero while it is open.
    pub consumed_us: i64,
    /// Why this segment began; none for the first.
    pub cause: Option<Cause>,
    /// A due instant set by hand.
    pub fixed: Option<FixedDue>,
}

/// A due instant set by hand, by whom and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedDue {
    pub due_at: DateTime<Utc>,
    /// Later recalculations keep the later of this and what they compute.
    pub sticky: bool,
    pub reason: String,
    pub by: uuid::Uuid,
}

impl Segment {
    pub(super) fn begin(from: DateTime<Utc>, terms: &Terms, cause: Option<Cause>) -> Self {
        Self {
            from,
            until: None,
            policy_version: terms.policy_version,
            calendar_version: terms.calendar_version,
            clock: terms.clock,
            target: terms.target,
            consumed_us: 0,
            cause,
            fixed: None,
        }
    }

    /// True when the terms would change nothing. Where all time counts, the calendar does not.
    pub(super) fn same_as(&self, terms: &Terms) -> bool {
        self.policy_version == terms.policy_version
            && (self.calendar_version == terms.calendar_version || terms.clock == ClockKind::Elapsed)
            && self.clock == terms.clock
            && self.target == terms.target
    }

    /// The time that counts in this segment.
    pub fn calendar<'a>(&self, calendars: &'a impl Calendars) -> &'a Calendar {
        match self.clock {
            ClockKind::Elapsed => &ALWAYS,
            ClockKind::Business => calendars.calendar(self.calendar_version),
        }
    }

    pub(super) fn consumed(&self) -> TimeDelta {
        TimeDelta::microseconds(self.consumed_us)
    }
}
