//! Daily touches, day by day: which are owed, and what becomes of each.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::calendar::Window;

use super::promises::{Policy, Promises};
use super::samples::{HOUR, Rules, at, chicago, night};
use super::{Course, FixedDue, Obligation, Target};
use crate::vocabulary::{Cause, ClockKind, ObligationKind, ObligationState, Outcome, Status};

/// A ticket whose touches are followed as a case does it.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) rules: Rules,
    pub(super) promises: Promises,
    status: Status,
    spam: bool,
    latest: Option<DateTime<Utc>>,
    was: Option<Rules>,
    pub(super) at_once: usize,
}

impl Desk {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules, promises: Promises::default(), status: Status::New, spam: false, latest: None, was: None, at_once: usize::MAX }
    }

    fn opened(start: &str) -> Self {
        let mut desk = Self::new(touching(chicago()));
        desk.follow(at(start), &[]);
        desk
    }

    pub(super) fn follow(&mut self, now: DateTime<Utc>, touches: &[DateTime<Utc>]) {
        self.latest = touches.iter().copied().chain(self.latest).max();
        let exempt = self.spam.then_some(Cause::Spam).or((!self.status.owes_touch()).then_some(Cause::NotRequired));
        let course = Course { status: self.status, exempt, touches, latest: self.latest, now, days: self.at_once };
        self.promises.follow(&course, self.was.as_ref(), &self.rules);
        self.was = exempt.is_none().then(|| self.rules.clone());
    }

    pub(super) fn moved(&mut self, to: Status, now: DateTime<Utc>, human: bool) {
        self.status = to;
        self.follow(now, if human { std::slice::from_ref(&now) } else { &[] });
    }

    fn touched(&mut self, now: &str) {
        self.follow(at(now), &[at(now)]);
    }

    fn marked(&mut self, spam: bool, now: &str) {
        self.spam = spam;
        self.follow(at(now), &[]);
    }

    fn under(&mut self, rules: &Rules, now: &str) {
        let known = self.rules.calendars.clone();
        self.rules = rules.clone();
        self.rules.calendars.extend(known);
        self.follow(at(now), &[]);
    }

    /// The days as `day state`, in order of their dates.
    fn days(&self) -> Vec<String> {
        let mut days: Vec<&Obligation> = self.promises.of(ObligationKind::DailyTouch).collect();
        days.sort_by_key(|day| day.cycle);
        days.into_iter().map(|day| format!("{} {}", day.cycle % 100, day.state)).collect()
    }

    fn day(&self, number: i32) -> &Obligation {
        self.promises.list.iter().find(|day| day.cycle % 100 == number).unwrap()
    }
}

/// At least an hour of a day.
pub(super) fn touching(rules: Rules) -> Rules {
    let end = Target::EndOfBusinessDay { cutoff_before_close_s: HOUR };
    rules.promising(ObligationKind::DailyTouch, ClockKind::Business, end)
}

fn holiday(date: &str) -> Rules {
    let mut rules = chicago();
    let closed = rules.calendars[&rules.version].clone().except(date.parse::<NaiveDate>().unwrap(), Vec::new());
    rules.calendars.insert(rules.version, closed);
    touching(rules)
}

#[test]
fn acceptance_15_three_days_are_required_and_two_are_met() {
    let mut desk = Desk::new(holiday("2026-03-04"));
    desk.follow(at("2026-03-02T16:00:00Z"), &[]);
    assert_eq!(desk.promises.touch_due(), Some(at("2026-03-02T23:00:00Z")));
    desk.touched("2026-03-02T17:00:00Z");
    assert_eq!(
        (desk.days(), desk.promises.touch_due()),
        (vec!["2 met".to_owned(), "3 running".to_owned()], Some(at("2026-03-03T23:00:00Z")))
    );
    desk.follow(at("2026-03-03T23:00:00.000001Z"), &[]);
    assert_eq!(desk.days(), ["2 met", "3 missed_open", "5 running"], "Wednesday is a holiday");
    desk.touched("2026-03-05T22:59:00Z");
    assert_eq!(desk.days(), ["2 met", "3 missed_closed", "5 met", "6 running"]);
    let outcomes: Vec<Outcome> = [2, 3, 5].map(|day| desk.day(day).outcome()).to_vec();
    assert_eq!(outcomes, [Outcome::Met, Outcome::Missed, Outcome::Met]);
    assert_eq!((desk.day(5).start_at, desk.day(5).cycle), (at("2026-03-05T14:00:00Z"), 20_260_305));
}

#[test]
fn less_than_the_least_time_of_a_day_needs_no_touch() {
    assert_eq!(Desk::opened("2026-03-02T22:30:00Z").days(), ["3 running"]);
    assert_eq!(Desk::opened("2026-03-02T22:00:00Z").days(), ["2 running"], "a full hour");
    assert_eq!(Desk::opened("2026-03-07T16:00:00Z").days(), ["9 running"], "Saturday");
    let mut short = Desk::opened("2026-03-02T14:00:00Z");
    short.moved(Status::Resolved, at("2026-03-02T14:59:59Z"), true);
    assert_eq!(short.days(), ["2 cancelled"], "though it was touched");
    assert_eq!((short.day(2).outcome(), short.day(2).cause), (Outcome::Dropped, Some(Cause::NotRequired)));
}

#[test]
fn what_is_put_aside_needs_none_until_it_comes_back() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.moved(Status::Scheduled, at("2026-03-02T14:10:00Z"), true);
    assert_eq!((desk.days(), desk.promises.touch_due()), (vec!["2 cancelled".to_owned()], None));
    desk.moved(Status::Open, at("2026-03-06T15:00:00Z"), false);
    assert_eq!(desk.days(), ["2 cancelled", "6 running"]);
    assert_eq!(desk.day(6).start_at, at("2026-03-06T15:00:00Z"));
}

#[test]
fn a_day_that_was_left_long_enough_after_it_began_is_still_owed() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.moved(Status::Resolved, at("2026-03-02T16:00:00Z"), false);
    assert_eq!(desk.days(), ["2 running"]);
    let mut touched = desk.clone();
    touched.touched("2026-03-02T20:00:00Z");
    assert_eq!(touched.days(), ["2 met"], "nothing is owed on Tuesday");
    desk.follow(at("2026-03-03T14:00:00Z"), &[]);
    assert_eq!((desk.days(), desk.day(2).outcome()), (vec!["2 cancelled".to_owned()], Outcome::Missed));
    desk.follow(at("2026-03-03T15:00:00Z"), &[at("2026-03-02T22:00:00Z")]);
    assert_eq!((desk.days(), desk.day(2).outcome()), (vec!["2 met".to_owned()], Outcome::Met), "a call that was told of late");
}

#[test]
fn the_time_that_it_was_away_on_a_day_does_not_count() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.moved(Status::Scheduled, at("2026-03-02T14:30:00Z"), true);
    let mut late = desk.clone();
    late.moved(Status::Open, at("2026-03-02T22:40:00Z"), false);
    assert_eq!(late.days(), ["2 cancelled", "3 running"], "thirty minutes and twenty");
    late.follow(at("2026-03-04T15:00:00Z"), &[]);
    assert_eq!(late.days(), ["2 cancelled", "3 missed_open", "4 running"]);
    desk.moved(Status::Open, at("2026-03-02T20:00:00Z"), false);
    assert_eq!(desk.days(), ["2 met", "3 running"], "putting it aside was a touch");
    assert_eq!(desk.day(2).pauses.len(), 1);
    desk.moved(Status::WaitingVendor, at("2026-03-02T20:30:00Z"), false);
    assert_eq!(desk.days(), ["2 met", "3 running"], "waiting is no leaving");
    let mut again = Desk::opened("2026-03-02T14:00:00Z");
    again.moved(Status::Scheduled, at("2026-03-02T14:10:00Z"), false);
    again.moved(Status::Open, at("2026-03-02T20:00:00Z"), false);
    again.moved(Status::Scheduled, at("2026-03-02T20:10:00Z"), false);
    assert_eq!((again.days(), again.day(2).pauses.len()), (vec!["2 cancelled".to_owned()], 2));
    again.moved(Status::Open, at("2026-03-02T21:00:00Z"), false);
    assert_eq!((again.days(), again.day(2).due_at), (vec!["2 running".to_owned()], Some(at("2026-03-02T23:00:00Z"))));
}

#[test]
fn what_is_given_up_owes_nothing_more_and_what_was_missed_stays() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.marked(true, "2026-03-03T20:00:00Z");
    assert_eq!(desk.days(), ["2 cancelled", "3 cancelled"]);
    assert_eq!((desk.day(2).outcome(), desk.day(3).outcome()), (Outcome::Missed, Outcome::Dropped));
    assert_eq!(desk.day(3).cause, Some(Cause::Spam));
    desk.marked(false, "2026-03-03T21:00:00Z");
    assert_eq!(
        (desk.days(), desk.day(3).due_at),
        (vec!["2 cancelled".to_owned(), "3 running".to_owned()], Some(at("2026-03-03T23:00:00Z")))
    );
}

#[test]
fn a_call_that_is_told_of_late_keeps_the_day_it_was_made_on() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.touched("2026-03-04T15:00:00Z");
    assert_eq!(desk.days(), ["2 missed_closed", "3 missed_closed", "4 met", "5 running"]);
    desk.follow(at("2026-03-04T16:00:00Z"), &[at("2026-03-03T20:00:00Z")]);
    assert_eq!(desk.days(), ["2 missed_closed", "3 met", "4 met", "5 running"]);
    assert_eq!((desk.day(3).satisfied_at, desk.day(3).outcome()), (Some(at("2026-03-03T20:00:00Z")), Outcome::Met));
    desk.follow(at("2026-03-04T17:00:00Z"), &[at("2026-03-03T23:30:00Z")]);
    assert_eq!(desk.day(2).outcome(), Outcome::Missed, "after the close is too late");
}

#[test]
fn a_touch_before_the_opening_is_one_of_its_day() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.touched("2026-03-02T15:00:00Z");
    desk.touched("2026-03-03T12:00:00Z");
    assert_eq!(desk.days(), ["2 met", "3 met", "4 running"]);
    desk.touched("2026-03-03T23:30:00Z");
    assert_eq!(desk.days(), ["2 met", "3 met", "4 running"], "the evening is no part of the next day");
    let mut begun = Desk::new(touching(chicago()));
    begun.follow(at("2026-03-02T16:00:00Z"), &[at("2026-03-02T15:50:00Z")]);
    assert_eq!(begun.days(), ["2 met", "3 running"], "the call that opened it");
}

#[test]
fn days_that_passed_unseen_are_missed_one_by_one() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.follow(at("2026-03-09T13:00:00Z"), &[]);
    assert_eq!(desk.days(), ["2 missed_open", "3 missed_open", "4 missed_open", "5 missed_open", "6 missed_open", "9 running"]);
    assert_eq!(desk.day(5).breached_at, Some(at("2026-03-05T23:00:00Z")));
    let known = desk.promises.clone();
    desk.follow(at("2026-03-09T13:00:00Z"), &[]);
    assert_eq!(desk.promises, known, "whoever looks again finds nothing new");
}

#[test]
fn many_tickets_go_through_the_days_that_passed_unseen_by_their_timers() {
    let mut desk = Desk { at_once: 1, ..Desk::opened("2026-03-02T14:00:00Z") };
    let mut whole = desk.clone();
    whole.at_once = usize::MAX;
    whole.follow(at("2026-03-09T15:00:00Z"), &[]);
    for _ in 0..6 {
        let before = desk.promises.list.len();
        desk.follow(at("2026-03-09T15:00:00Z"), &[]);
        assert!(desk.promises.list.len() <= before + 2, "what is written does not grow with the time");
        let going = desk.promises.touch_due().unwrap();
        assert!(desk.days() == whole.days() || going < at("2026-03-09T15:00:00Z"), "a timer of the past goes on");
    }
    assert_eq!((desk.days(), desk.promises.touch_due()), (whole.days(), whole.promises.touch_due()));
    let mut aside = Desk { at_once: 1, ..Desk::new(touching(chicago())) };
    aside.follow(at("2026-03-02T15:00:00Z"), &[at("2026-03-02T15:00:00Z")]);
    assert_eq!(aside.days(), ["2 met", "3 running"]);
}

#[test]
fn other_days_are_owed_by_another_calendar() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.touched("2026-03-02T15:00:00Z");
    desk.under(&holiday("2026-03-03"), "2026-03-02T16:00:00Z");
    assert_eq!(desk.days(), ["2 met", "3 cancelled", "4 running"]);
    desk.under(&touching(chicago()), "2026-03-02T17:00:00Z");
    assert_eq!(
        (desk.days(), desk.promises.touch_due()),
        (vec!["2 met".into(), "3 running".into(), "4 cancelled".into()], Some(at("2026-03-03T23:00:00Z")))
    );
    desk.touched("2026-03-03T15:00:00Z");
    assert_eq!(desk.days(), ["2 met", "3 met", "4 running"]);
    let mut short = chicago();
    let closed = short.calendars[&short.version].clone().except("2026-03-04".parse().unwrap(), vec![Window::new(480, 600).unwrap()]);
    short.calendars.insert(short.version, closed);
    desk.follow(at("2026-03-04T14:30:00Z"), &[]);
    desk.under(&touching(short), "2026-03-04T15:00:00Z");
    assert_eq!(desk.day(4).due_at, Some(at("2026-03-04T16:00:00Z")), "a day under way ends when its hours do");
}

#[test]
fn a_policy_that_is_gone_demands_nothing_and_nothing_of_the_time_without_it() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    desk.under(&chicago(), "2026-03-02T16:00:00Z");
    assert_eq!((desk.days(), desk.day(2).cause), (vec!["2 cancelled".to_owned()], Some(Cause::PolicyRemoved)));
    desk.follow(at("2026-03-04T16:00:00Z"), &[]);
    desk.under(&touching(chicago()), "2026-03-05T16:00:00Z");
    assert_eq!(desk.days(), ["2 cancelled", "5 running"]);
    let mut same_day = Desk::opened("2026-03-02T14:00:00Z");
    same_day.under(&chicago(), "2026-03-02T16:00:00Z");
    same_day.under(&touching(chicago()), "2026-03-02T17:00:00Z");
    assert_eq!(same_day.days(), ["2 running"]);
}

#[test]
fn another_instant_set_by_hand_holds_for_its_day() {
    let mut desk = Desk::opened("2026-03-02T14:00:00Z");
    let fixed = FixedDue { due_at: at("2026-03-03T16:00:00Z"), sticky: false, reason: "Storm.".into(), by: uuid::Uuid::nil() };
    desk.promises.list[0].set_due(at("2026-03-02T15:00:00Z"), fixed, &desk.rules).unwrap();
    desk.touched("2026-03-03T15:00:00Z");
    assert_eq!((desk.day(2).state, desk.day(2).outcome()), (ObligationState::Met, Outcome::Met));
}

#[test]
fn a_night_shift_ends_at_midnight() {
    let mut desk = Desk::new(touching(night()));
    desk.follow(at("2026-03-03T00:00:00Z"), &[]);
    assert_eq!((desk.days(), desk.day(2).due_at), (vec!["2 running".to_owned()], Some(at("2026-03-03T06:00:00Z"))));
    desk.touched("2026-03-03T05:00:00Z");
    assert_eq!((desk.day(3).start_at, desk.day(3).due_at), (at("2026-03-03T06:00:00Z"), Some(at("2026-03-04T06:00:00Z"))));
}

#[test]
fn a_house_that_never_opens_for_long_enough_demands_nothing() {
    let end = Target::EndOfBusinessDay { cutoff_before_close_s: 10 * HOUR };
    let mut desk = Desk::new(chicago().promising(ObligationKind::DailyTouch, ClockKind::Business, end));
    desk.follow(at("2026-03-02T14:00:00Z"), &[]);
    assert!(desk.days().is_empty());
    assert!(desk.rules.terms(ObligationKind::DailyTouch).is_some());
}
