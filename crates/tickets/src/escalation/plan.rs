//! When the steps of an escalation policy fall on the way of one promise: pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::model::EscalationStep;
use crate::obligation::engine::{Calendars, Obligation, Step};
use crate::vocabulary::ObligationState;

/// One moment of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Which step, from 0.
    pub(crate) step: i32,
    /// `#1 50%`, repetitions as `#1 50% x2`; unique within the plan.
    pub(crate) name: String,
    pub(crate) at: DateTime<Utc>,
}

/// All moments of these steps, for a promise that can still be kept or must be made good.
pub(crate) fn moments(steps: &[EscalationStep], obligation: &Obligation, calendars: &impl Calendars) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (step, number) in steps.iter().zip(0_i32..) {
        let Some(first) = falls(step, obligation, calendars) else { continue };
        let name = format!("#{} {}", number + 1, step.label());
        moments.push(Moment { step: number, name: name.clone(), at: first });
        if let Some(repeat) = step.repeat {
            let again = |time: i32| Moment {
                step: number,
                name: format!("{name} x{}", time + 1),
                at: first + TimeDelta::seconds(repeat.every_s) * time,
            };
            moments.extend((1..=repeat.max).map(again));
        }
    }
    moments
}

/// When a step falls for the first time.
fn falls(step: &EscalationStep, obligation: &Obligation, calendars: &impl Calendars) -> Option<DateTime<Utc>> {
    if let Some(percent) = step.at.percent {
        let steps = obligation.steps(&[percent], calendars);
        return steps.into_iter().find(|(step, _)| *step == Step::Percent(percent)).map(|(_, at)| at);
    }
    let owed = matches!(obligation.state, ObligationState::Running | ObligationState::MissedOpen);
    let due = obligation.due_at.filter(|_| owed)?;
    let offset = TimeDelta::seconds(step.at.offset_s?);
    // At its due instant a promise can still be kept.
    Some(if offset.is_zero() { due + TimeDelta::microseconds(1) } else { due + offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligation::engine::{Target, Terms};
    use crate::vocabulary::{ClockKind, ObligationKind};
    use kernel::calendar::{Calendar, Window};
    use kernel::id::{CalendarVersionId, SlaPolicyVersionId};
    use serde_json::json;

    struct Office(Calendar);

    impl Calendars for Office {
        fn calendar(&self, _: CalendarVersionId) -> &Calendar {
            &self.0
        }
    }

    fn two_business_hours(from: &str) -> (Office, Obligation) {
        use chrono::Weekday::{Fri, Mon};
        let office = Office(Calendar::new(chrono_tz::America::Chicago).open_on([Mon, Fri], Window::new(480, 1_020).unwrap()));
        let terms = Terms {
            clock: ClockKind::Business,
            target: Target::Seconds(7_200),
            pause_states: Vec::new(),
            policy_version: SlaPolicyVersionId::generate(),
            calendar_version: CalendarVersionId::generate(),
        };
        let promise = Obligation::start(ObligationKind::FirstResponse, 1, from.parse().unwrap(), &terms, &office);
        (office, promise)
    }

    #[test]
    fn percents_count_clock_time_and_offsets_lie_around_the_due_instant() {
        let (world, obligation) = two_business_hours("2026-01-09T22:30:00Z");
        let steps: Vec<EscalationStep> = serde_json::from_value(json!([
            {"at": {"percent": 50}, "action": "notify", "to": "assignee", "repeat": {"every_s": 900, "max": 2}},
            {"at": {"offset_s": -600}, "action": "notify", "to": "assignee"},
            {"at": {"offset_s": 0}, "action": "raise_priority"},
            {"at": {"offset_s": 3600}, "action": "page", "to": "group_lead"},
        ]))
        .unwrap();
        let planned: Vec<_> = moments(&steps, &obligation, &world).into_iter().map(|one| (one.step, one.name, one.at)).collect();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let expected = [
            (0, "#1 50%", at("2026-01-12T14:30:00Z")),
            (0, "#1 50% x2", at("2026-01-12T14:45:00Z")),
            (0, "#1 50% x3", at("2026-01-12T15:00:00Z")),
            (1, "#2 due-600s", at("2026-01-12T15:20:00Z")),
            (2, "#3 due+0s", at("2026-01-12T15:30:00.000001Z")),
            (3, "#4 due+3600s", at("2026-01-12T16:30:00Z")),
        ];
        assert_eq!(planned, expected.map(|(step, name, at)| (step, name.to_owned(), at)));
    }
}
