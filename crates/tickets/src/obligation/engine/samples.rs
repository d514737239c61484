//! Calendars and policies for the engine's tests.

use std::collections::BTreeMap;

use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
use chrono::{DateTime, Utc};
use chrono_tz::America::Chicago;
use kernel::calendar::{Calendar, Window};
use kernel::id::{CalendarVersionId, SlaPolicyVersionId};

use super::promises::Policy;
use super::{Calendars, Target, Terms};
use crate::vocabulary::{ClockKind, ObligationKind, Status};

pub(super) const HOUR: i64 = 3_600;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A policy over one calendar, with terms by kind.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) calendars: BTreeMap<CalendarVersionId, Calendar>,
    pub(super) terms: BTreeMap<ObligationKind, Terms>,
    pub(super) version: CalendarVersionId,
}

impl Calendars for Rules {
    fn calendar(&self, version: CalendarVersionId) -> &Calendar {
        &self.calendars[&version]
    }
}

impl Policy for Rules {
    fn terms(&self, kind: ObligationKind) -> Option<Terms> {
        self.terms.get(&kind).cloned()
    }
}

impl Rules {
    pub(super) fn new(calendar: Calendar) -> Self {
        let version = CalendarVersionId::generate();
        Self { calendars: BTreeMap::from([(version, calendar)]), terms: BTreeMap::new(), version }
    }

    pub(super) fn promising(mut self, kind: ObligationKind, clock: ClockKind, target: Target) -> Self {
        let pause_states = match kind {
            ObligationKind::FirstResponse | ObligationKind::NextResponse => vec![],
            _ => vec![Status::WaitingCustomer],
        };
        let policy_version = SlaPolicyVersionId::generate();
        self.terms.insert(kind, Terms { clock, target, pause_states, policy_version, calendar_version: self.version });
        self
    }

    pub(super) fn hours(self, kind: ObligationKind, hours: i64) -> Self {
        self.promising(kind, ClockKind::Business, Target::Seconds(hours * HOUR))
    }
}

/// Monday to Friday, 8 to 17 in Chicago.
pub(super) fn chicago() -> Rules {
    Rules::new(Calendar::new(Chicago).open_on([Mon, Tue, Wed, Thu, Fri], Window::new(480, 1_020).unwrap()))
}

/// Every night from 22 to 6 in Chicago, as two windows.
pub(super) fn night() -> Rules {
    let days = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];
    let evening = Window::new(1_320, 1_440).unwrap();
    Rules::new(Calendar::new(Chicago).open_on(days, Window::new(0, 360).unwrap()).open_on(days, evening))
}
