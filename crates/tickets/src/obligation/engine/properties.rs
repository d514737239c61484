//! Invariants of the engine, whatever happens to a ticket.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::MessageId;
use proptest::prelude::*;

use super::promises::{Happening, Promises};
use super::samples::{HOUR, Rules, at, chicago};
use super::{Obligation, Target};
use crate::vocabulary::{Cause, ObligationKind, ObligationState, Status};

/// Something that may happen, so many minutes after what happened before.
fn happening() -> impl Strategy<Value = (i64, u8)> {
    (0_i64..2_000, 0_u8..8)
}

fn rules(hours: i64) -> Rules {
    let kinds = [ObligationKind::FirstResponse, ObligationKind::NextResponse, ObligationKind::FirstResolution, ObligationKind::Resolution];
    kinds.into_iter().fold(chicago(), |rules, kind| rules.hours(kind, hours))
}

/// Both policies over one set of calendars, so that either can be in force.
fn policies() -> (Rules, Rules) {
    let (mut normal, mut urgent) = (rules(8), rules(2));
    normal.calendars.extend(urgent.calendars.clone());
    urgent.calendars.extend(normal.calendars.clone());
    (normal, urgent)
}

fn live(steps: &[(i64, u8)]) -> (Promises, Rules, DateTime<Utc>, Vec<Promises>) {
    let (normal, urgent) = policies();
    let mut now = at("2026-03-02T14:00:00Z");
    let (mut rules, mut promises, mut history) = (&normal, Promises::default(), Vec::new());
    promises.apply(Happening::Opened { inbound: true }, now, rules);
    for (minutes, what) in steps {
        now += TimeDelta::minutes(*minutes);
        let happening = match what {
            0 => Happening::CustomerWrote,
            1 => Happening::Answered { by: MessageId::generate() },
            2 => Happening::Moved { to: Status::WaitingCustomer },
            3 => Happening::Moved { to: Status::Open },
            4 => Happening::Resolved { no_reply_needed: minutes % 2 == 0 },
            5 => Happening::Reopened,
            6 => {
                rules = if std::ptr::eq(rules, &raw const normal) { &urgent } else { &normal };
                Happening::TermsChanged(Cause::TicketChanged)
            }
            _ => Happening::Moved { to: Status::Scheduled },
        };
        promises.apply(happening, now, rules);
        promises.list.iter_mut().for_each(|one| one.settle(now));
        history.push(promises.clone());
    }
    (promises, normal.clone(), now, history)
}

fn consistent(one: &Obligation) -> Result<(), TestCaseError> {
    let has_due =
        matches!(one.state, ObligationState::Running | ObligationState::MissedOpen | ObligationState::Met | ObligationState::MissedClosed);
    prop_assert_eq!(one.due_at.is_some(), has_due, "{:?}", one);
    if let (Some(done), Some(due)) = (one.satisfied_at, one.due_at) {
        prop_assert_eq!(done <= due, one.state == ObligationState::Met, "{:?}", one);
    }
    if matches!(one.state, ObligationState::MissedOpen | ObligationState::MissedClosed) {
        prop_assert!(one.breached_at.is_some(), "{:?}", one);
    }
    let open = one.segments.iter().filter(|segment| segment.until.is_none()).count();
    prop_assert_eq!(open, 1, "only the last segment is open");
    prop_assert!(one.segments.windows(2).all(|pair| pair[0].until == Some(pair[1].from)));
    prop_assert!(one.pauses.iter().all(|pause| pause.to.is_none_or(|to| to > pause.from)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_promise_stays_consistent(steps in prop::collection::vec(happening(), 0..14)) {
        let (_, _, _, history) = live(&steps);
        for promises in &history {
            for one in &promises.list {
                consistent(one)?;
            }
            let waiting = promises.list.iter().filter(|one| one.kind == ObligationKind::NextResponse && one.is_active()).count();
            prop_assert!(waiting <= 1, "at most one next response is owed");
        }
    }

    #[test]
    fn a_breach_on_record_is_never_taken_back(steps in prop::collection::vec(happening(), 0..14)) {
        let (_, _, _, history) = live(&steps);
        for pair in history.windows(2) {
            for old in pair[0].list.iter().filter(|one| one.breached_at.is_some()) {
                let new = pair[1].list.iter().find(|one| one.id == old.id).unwrap();
                prop_assert_eq!(new.breached_at, old.breached_at);
            }
        }
    }

    #[test]
    fn what_is_worked_until_due_is_the_target(steps in prop::collection::vec(happening(), 0..10)) {
        let (promises, rules, _, _) = live(&steps);
        for one in promises.list.iter().filter(|one| one.state == ObligationState::Running) {
            let present = one.segments.last().unwrap();
            let (Target::Seconds(target), Some(due)) = (present.target, one.due_at) else { continue };
            let consumed = one.consumed_at(due, &rules).num_seconds();
            prop_assert!(consumed == target || one.cause == Some(Cause::TargetReduced) && consumed >= target, "{:?}", one);
        }
    }

    #[test]
    fn a_later_start_is_never_due_earlier(first in 0_i64..20_000, later in 0_i64..20_000) {
        let rules = rules(3);
        let start = |minutes: i64| at("2026-03-05T14:00:00Z") + TimeDelta::minutes(minutes);
        let due = |from: DateTime<Utc>| {
            let mut promises = Promises::default();
            promises.apply(Happening::Opened { inbound: true }, from, &rules);
            promises.list[0].due_at
        };
        prop_assert!(due(start(first.min(later))) <= due(start(first.max(later))));
        prop_assert!(HOUR * 3 <= (due(start(first)).unwrap() - start(first)).num_seconds());
    }
}
