//! Whatever happens to a ticket and whenever anybody looks, the days that are required and met are those that a plain count
//! of open minutes and touches gives.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::America::Chicago;
use proptest::prelude::*;

use super::samples::{Rules, at, chicago};
use super::touch_days::{Desk, touching};
use crate::vocabulary::{ObligationKind, Outcome, Status};

/// So many minutes after what happened before.
type Happening = (i64, u8);

/// What happened to a ticket, minute by minute.
#[derive(Default)]
struct Record {
    /// When it changed to owing a touch, or to not owing one.
    owed: Vec<(DateTime<Utc>, bool)>,
    touches: Vec<DateTime<Utc>>,
}

fn rules() -> Rules {
    let mut rules = chicago();
    let closed = rules.calendars[&rules.version].clone().except("2026-03-11".parse().unwrap(), Vec::new());
    rules.calendars.insert(rules.version, closed);
    touching(rules)
}

fn lived(happenings: &[Happening]) -> (Desk, Record, DateTime<Utc>) {
    let (mut desk, mut record, mut now) = (Desk::new(rules()), Record::default(), at("2026-03-02T15:00:00Z"));
    record.owed.push((now, true));
    desk.follow(now, &[]);
    for (minutes, what) in happenings {
        now += TimeDelta::minutes(*minutes);
        let (to, human) = match what {
            0..=1 => {
                record.touches.push(now);
                desk.follow(now, &[now]);
                continue;
            }
            2..=3 => {
                let earlier = now - TimeDelta::minutes(minutes * 7 % 4_320);
                record.touches.push(earlier);
                desk.follow(now, &[earlier]);
                continue;
            }
            4..=5 => {
                desk.at_once = if minutes % 2 == 0 { 1 } else { usize::MAX };
                desk.follow(now, &[]);
                desk.at_once = usize::MAX;
                continue;
            }
            6 => (Status::Resolved, true),
            7 => (Status::Scheduled, false),
            8 => (Status::WaitingCustomer, false),
            _ => (Status::Open, minutes % 2 == 0),
        };
        record.owed.push((now, to.owes_touch()));
        record.touches.extend(human.then_some(now));
        desk.moved(to, now, human);
    }
    let end = now + TimeDelta::days(3);
    desk.follow(end, &[]);
    (desk, record, end)
}

/// Required days until `end`, and whether each was touched in time, counted minute by minute.
fn oracle(record: &Record, end: DateTime<Utc>) -> BTreeMap<i32, bool> {
    let rules = rules();
    let calendar = &rules.calendars[&rules.version];
    let mut minutes: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    let mut now = record.owed[0].0;
    let mut changes = record.owed.iter().peekable();
    let mut owed = false;
    while now < end {
        while let Some((_, to)) = changes.next_if(|(at, _)| *at <= now) {
            owed = *to;
        }
        if owed && calendar.is_open(now) {
            *minutes.entry(now.with_timezone(&Chicago).date_naive()).or_default() += 1;
        }
        now += TimeDelta::minutes(1);
    }
    let over = minutes.into_iter().filter(|(date, worked)| *worked >= 60 && calendar.close_of(*date).unwrap() < end);
    let touched = |date: NaiveDate| {
        let of_day = |at: &&DateTime<Utc>| at.with_timezone(&Chicago).date_naive() == date && **at <= calendar.close_of(date).unwrap();
        record.touches.iter().any(|at| of_day(&at))
    };
    over.map(|(date, _)| (date.format("%Y%m%d").to_string().parse().unwrap(), touched(date))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn required_days_are_those_of_a_plain_count(happenings in prop::collection::vec((1_i64..700, 0_u8..11), 0..24)) {
        let (desk, record, end) = lived(&happenings);
        let mut found = BTreeMap::new();
        let mut dates = Vec::new();
        for day in &desk.promises.list {
            dates.push(day.cycle);
            prop_assert_eq!(day.kind, ObligationKind::DailyTouch);
            match day.outcome() {
                Outcome::Met => drop(found.insert(day.cycle, true)),
                Outcome::Missed => drop(found.insert(day.cycle, false)),
                Outcome::Open | Outcome::Dropped | Outcome::Excused => {}
            }
        }
        let distinct: std::collections::BTreeSet<i32> = dates.iter().copied().collect();
        prop_assert_eq!(distinct.len(), dates.len(), "one promise for each date");
        prop_assert_eq!(found, oracle(&record, end), "{:?}", desk.promises.list.iter().map(|day| (day.cycle, day.state)).collect::<Vec<_>>());
        prop_assert!(desk.promises.list.iter().filter(|day| day.outcome() == Outcome::Open).count() <= 1);
    }
}
