//! What a change of the rules does to one promise: pure.

use chrono::{DateTime, Utc};
use kernel::words;

use crate::obligation::engine::Obligation;
use crate::vocabulary::ObligationState;

words! {
    /// What a change of the rules does to a running promise.
    pub enum RuleChangeEffect {
        DueEarlier = "due_earlier",
        DueLater = "due_later",
        /// It is broken by the change: what it consumed before uses up its new target.
        NewlyBreached = "newly_breached",
        /// It was broken, which stays on record, and the new rules would have kept it.
        WouldNotBreach = "would_not_breach",
        /// The policies do not make it any more.
        Cancelled = "cancelled",
        /// Its clock stands still; how much time it has left changes.
        PausedChanged = "paused_changed",
        Unchanged = "unchanged",
    }
}

impl RuleChangeEffect {
    /// How `after` differs from `before`, both as they are at `moment`, when the change is carried out.
    pub(crate) fn of(before: &Obligation, after: &Obligation, moment: DateTime<Utc>) -> Self {
        let used_up = after.state == ObligationState::Running && after.due_at.is_some_and(|due| due <= moment);
        if after.state == ObligationState::Cancelled {
            Self::Cancelled
        } else if after.would_not_breach && !before.would_not_breach {
            Self::WouldNotBreach
        } else if before.breached_at.is_none() && (after.breached_at.is_some() || (used_up && before.due_at != after.due_at)) {
            Self::NewlyBreached
        } else if after.state == ObligationState::Paused {
            if before.segments == after.segments { Self::Unchanged } else { Self::PausedChanged }
        } else {
            match after.due_at.cmp(&before.due_at) {
                std::cmp::Ordering::Less => Self::DueEarlier,
                std::cmp::Ordering::Greater => Self::DueLater,
                std::cmp::Ordering::Equal => Self::Unchanged,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligation::engine::{Target, Terms};
    use crate::vocabulary::{Cause, ClockKind, ObligationKind, Status};
    use chrono::TimeDelta;
    use kernel::calendar::Calendar;
    use kernel::id::{CalendarVersionId, SlaPolicyVersionId};

    struct Always(Calendar);

    impl crate::obligation::engine::Calendars for Always {
        fn calendar(&self, _: CalendarVersionId) -> &Calendar {
            &self.0
        }
    }

    fn hours(hours: i64) -> Terms {
        Terms {
            clock: ClockKind::Elapsed,
            target: Target::Seconds(hours * 3_600),
            pause_states: vec![Status::WaitingCustomer],
            policy_version: SlaPolicyVersionId::generate(),
            calendar_version: CalendarVersionId::generate(),
        }
    }

    #[test]
    fn each_effect_is_told_apart() {
        let calendars = Always(Calendar::always());
        let start: DateTime<Utc> = "2026-03-02T14:00:00Z".parse().unwrap();
        let begun = || Obligation::start(ObligationKind::Resolution, 1, start, &hours(8), &calendars);
        let effect = |before: Obligation, hour: i64, change: &dyn Fn(&mut Obligation, DateTime<Utc>)| {
            let moment = start + TimeDelta::hours(hour);
            let mut after = before.clone();
            change(&mut after, moment);
            after.settle(moment);
            RuleChangeEffect::of(&before.seen_at(moment), &after, moment)
        };
        let terms = |target: i64| {
            let calendars = &calendars;
            move |one: &mut Obligation, at: DateTime<Utc>| one.recalculate(at, &hours(target), Cause::PolicyChanged, calendars)
        };
        let mut paused = begun();
        paused.pause(start, Status::WaitingCustomer);
        let corrected = |one: &mut Obligation, at: DateTime<Utc>| {
            terms(20)(one, at);
            one.would_not_breach = true;
        };
        for (found, expected) in [
            (effect(begun(), 1, &terms(4)), RuleChangeEffect::DueEarlier),
            (effect(begun(), 1, &terms(9)), RuleChangeEffect::DueLater),
            (effect(begun(), 3, &terms(2)), RuleChangeEffect::NewlyBreached),
            (effect(begun(), 9, &terms(12)), RuleChangeEffect::DueLater),
            (effect(begun(), 9, &corrected), RuleChangeEffect::WouldNotBreach),
            (effect(begun(), 1, &|one, at| one.cancel(at, Cause::PolicyRemoved)), RuleChangeEffect::Cancelled),
            (effect(paused.clone(), 1, &terms(4)), RuleChangeEffect::PausedChanged),
            (effect(paused, 1, &|_, _| ()), RuleChangeEffect::Unchanged),
            (effect(begun(), 1, &|_, _| ()), RuleChangeEffect::Unchanged),
        ] {
            assert_eq!(found, expected);
        }
    }
}
