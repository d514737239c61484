use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
use chrono_tz::America::Chicago;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

/// Monday to Friday, 8 to 17 in Chicago.
fn chicago() -> Calendar {
    Calendar::new(Chicago).open_on([Mon, Tue, Wed, Thu, Fri], Window::new(480, 1_020).unwrap())
}

fn night() -> Calendar {
    let days = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];
    Calendar::new(Chicago).open_on(days, Window::new(0, 360).unwrap()).open_on(days, Window::new(1_320, 1_440).unwrap())
}

#[test]
fn a_promise_carries_over_the_weekend() {
    assert_eq!(chicago().due(at("2026-01-09T22:30:00Z"), hours(2), &[]), Some(at("2026-01-12T15:30:00Z")));
    assert_eq!(chicago().due(at("2026-10-30T21:30:00Z"), hours(2), &[]), Some(at("2026-11-02T15:30:00Z")));
    assert_eq!(Calendar::always().due(at("2026-01-09T22:30:00Z"), hours(24), &[]), Some(at("2026-01-10T22:30:00Z")));
}

#[test]
fn what_runs_out_at_closing_is_due_at_closing() {
    assert_eq!(chicago().due(at("2026-01-12T21:00:00Z"), hours(2), &[]), Some(at("2026-01-12T23:00:00Z")));
    assert_eq!(chicago().due(at("2026-01-12T21:00:01Z"), hours(2), &[]), Some(at("2026-01-13T14:00:01Z")));
}

#[test]
fn a_night_shift_is_as_long_as_the_night() {
    assert_eq!(night().due(at("2026-02-08T04:00:00Z"), hours(8), &[]), Some(at("2026-02-08T12:00:00Z")));
    assert_eq!(night().due(at("2026-03-08T04:00:00Z"), hours(8), &[]), Some(at("2026-03-09T04:00:00Z")));
    assert_eq!(night().due(at("2026-11-01T03:00:00Z"), hours(8), &[]), Some(at("2026-11-01T11:00:00Z")));
}

#[test]
fn pauses_count_only_where_it_is_open() {
    let pause = |from: &str, to: &str| Pause { from: at(from), to: Some(at(to)) };
    let calendar = chicago();
    let waiting = [pause("2026-03-02T21:00:00Z", "2026-03-03T16:00:00Z")];
    assert_eq!(calendar.due(at("2026-03-02T15:00:00Z"), hours(8), &waiting), Some(at("2026-03-03T18:00:00Z")));
    let closed = [pause("2026-03-02T23:30:00Z", "2026-03-03T13:30:00Z")];
    assert_eq!(calendar.due(at("2026-03-02T18:00:00Z"), hours(8), &closed), Some(at("2026-03-03T17:00:00Z")));
    let endless = [Pause { from: at("2026-03-02T16:00:00Z"), to: None }];
    assert_eq!(calendar.due(at("2026-03-02T15:00:00Z"), hours(8), &endless), None);
    assert_eq!(calendar.due(at("2026-03-02T15:00:00Z"), hours(1), &endless), Some(at("2026-03-02T16:00:00Z")));
}

#[test]
fn the_end_of_the_business_day_has_a_cutoff() {
    let end = |start: &str| chicago().end_of_business_day(at(start), hours(2)).unwrap();
    assert_eq!(end("2026-01-13T20:30:00Z"), at("2026-01-13T23:00:00Z"));
    assert_eq!(end("2026-01-13T21:00:00Z"), at("2026-01-13T23:00:00Z"));
    assert_eq!(end("2026-01-13T21:00:01Z"), at("2026-01-14T23:00:00Z"));
    assert_eq!(end("2026-01-17T18:00:00Z"), at("2026-01-19T23:00:00Z"));
    assert_eq!(end("2026-01-13T10:00:00Z"), at("2026-01-13T23:00:00Z"));
}

#[test]
fn a_calendar_that_never_opens_promises_nothing() {
    let closed = Calendar::new(Chicago);
    assert_eq!(closed.due(at("2026-01-01T00:00:00Z"), hours(1), &[]), None);
    assert_eq!(closed.end_of_business_day(at("2026-01-01T00:00:00Z"), hours(1)), None);
}

#[test]
fn appointments_in_a_gap_move_forward_by_the_gap() {
    let local = "2026-03-08T02:30:00".parse().unwrap();
    assert_eq!(at_local(Chicago, local), at("2026-03-08T08:30:00Z"));
    assert_eq!(boundary(Chicago, "2026-03-08".parse().unwrap(), 150), at("2026-03-08T08:00:00Z"));
}

proptest! {
    #[test]
    fn what_is_due_has_been_worked(start in 1_700_000_000_i64..1_900_000_000, target in 1_i64..400_000, from in 0_i64..300_000, length in 0_i64..300_000) {
        let start = DateTime::from_timestamp(start, 0).unwrap();
        let pauses = [Pause { from: start + TimeDelta::seconds(from), to: Some(start + TimeDelta::seconds(from + length)) }];
        for calendar in [chicago(), night(), Calendar::always()] {
            let due = calendar.due(start, TimeDelta::seconds(target), &pauses).unwrap();
            prop_assert_eq!(calendar.worked(start, due, &pauses), TimeDelta::seconds(target));
            prop_assert!(calendar.worked(start, due - TimeDelta::microseconds(1), &pauses) < TimeDelta::seconds(target));
        }
    }

    #[test]
    fn worked_time_adds_up(start in 1_700_000_000_i64..1_900_000_000, first in 0_i64..500_000, second in 0_i64..500_000) {
        let a = DateTime::from_timestamp(start, 0).unwrap();
        let (b, c) = (a + TimeDelta::seconds(first), a + TimeDelta::seconds(first + second));
        let calendar = night();
        prop_assert_eq!(calendar.worked(a, b, &[]) + calendar.worked(b, c, &[]), calendar.worked(a, c, &[]));
    }
}
