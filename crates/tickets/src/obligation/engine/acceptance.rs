//! The acceptance scenarios of the tickets service as far as they are the engine's.

use kernel::id::MessageId;

use super::promises::{Happening, Promises};
use super::samples::{HOUR, Rules, at, chicago, night};
use super::{FixedDue, Obligation, Step, Target};
use crate::vocabulary::{Cause, ClockKind, ObligationKind, ObligationState, Status};

use ObligationKind::{FirstResolution, FirstResponse, NextResponse, PublicUpdate, Resolution};

fn opened(rules: &Rules, instant: &str) -> Promises {
    let mut promises = Promises::default();
    promises.apply(Happening::Opened { inbound: true }, at(instant), rules);
    promises
}

fn one(promises: &Promises, kind: ObligationKind) -> &Obligation {
    promises.list.iter().rev().find(|one| one.kind == kind).unwrap()
}

fn due(rules: &Rules, kind: ObligationKind, start: &str) -> String {
    one(&opened(rules, start), kind).due_at.unwrap().to_rfc3339().replace("+00:00", "Z")
}

#[test]
fn scenario_1_a_promise_carries_over_the_weekend() {
    let rules = chicago().hours(FirstResponse, 2);
    let promises = opened(&rules, "2026-01-09T22:30:00Z");
    let response = one(&promises, FirstResponse);
    assert_eq!(response.due_at, Some(at("2026-01-12T15:30:00Z")));
    let steps = response.steps(&[50, 75], &rules);
    assert_eq!(steps[0], (Step::Percent(50), at("2026-01-12T14:30:00Z")));
    assert_eq!(steps[1], (Step::Percent(75), at("2026-01-12T15:00:00Z")));
    let internal = chicago().promising(FirstResponse, ClockKind::Elapsed, Target::Seconds(86_400));
    assert_eq!(due(&internal, FirstResponse, "2026-01-09T22:30:00Z"), "2026-01-10T22:30:00Z");
    let business = chicago().hours(FirstResponse, 24);
    assert_eq!(due(&business, FirstResponse, "2026-01-09T22:30:00Z"), "2026-01-14T19:30:00Z");
}

#[test]
fn scenario_3_the_clocks_fall_back_in_between() {
    assert_eq!(due(&chicago().hours(FirstResponse, 2), FirstResponse, "2026-10-30T21:30:00Z"), "2026-11-02T15:30:00Z");
}

#[test]
fn scenario_5_what_runs_out_at_closing_is_due_at_closing() {
    let rules = chicago().hours(FirstResponse, 2);
    assert_eq!(due(&rules, FirstResponse, "2026-01-12T21:00:00Z"), "2026-01-12T23:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-01-12T21:00:01Z"), "2026-01-13T14:00:01Z");
    let answered = |instant: &str| {
        let mut promises = opened(&rules, "2026-01-12T21:00:00Z");
        promises.apply(Happening::Answered { by: MessageId::generate() }, at(instant), &rules);
        one(&promises, FirstResponse).clone()
    };
    let kept = answered("2026-01-12T23:00:00.000Z");
    assert_eq!((kept.state, kept.breached_at), (ObligationState::Met, None));
    let late = answered("2026-01-12T23:00:00.001Z");
    assert_eq!((late.state, late.breached_at), (ObligationState::MissedClosed, Some(at("2026-01-12T23:00:00Z"))));
}

#[test]
fn scenario_7_a_night_shift_is_as_long_as_the_night() {
    let rules = night().hours(FirstResponse, 8);
    assert_eq!(due(&rules, FirstResponse, "2026-02-08T04:00:00Z"), "2026-02-08T12:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-03-08T04:00:00Z"), "2026-03-09T04:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-11-01T03:00:00Z"), "2026-11-01T11:00:00Z");
}

fn paused(target_h: i64, start: &str, from: &str, to: &str) -> (Obligation, Obligation) {
    let rules = chicago().hours(Resolution, target_h);
    let mut promises = opened(&rules, start);
    promises.apply(Happening::Moved { to: Status::WaitingCustomer }, at(from), &rules);
    let during = one(&promises, Resolution).clone();
    assert_eq!((during.state, during.due_at), (ObligationState::Paused, None));
    promises.apply(Happening::Moved { to: Status::Open }, at(to), &rules);
    (during, one(&promises, Resolution).clone())
}

#[test]
fn scenario_9_a_pause_counts_only_where_it_is_open() {
    let (during, after) = paused(8, "2026-03-02T15:00:00Z", "2026-03-02T21:00:00Z", "2026-03-03T16:00:00Z");
    let rules = chicago();
    let mut calendars = rules.clone();
    calendars.calendars.insert(during.segments[0].calendar_version, rules.calendars[&rules.version].clone());
    let remaining = during.remaining_at(at("2026-03-03T01:00:00Z"), &calendars).unwrap();
    assert_eq!(remaining.num_seconds(), 7_200);
    assert_eq!(after.due_at, Some(at("2026-03-03T18:00:00Z")));
    let (_, closed) = paused(8, "2026-03-02T18:00:00Z", "2026-03-02T23:30:00Z", "2026-03-03T13:30:00Z");
    assert_eq!(closed.due_at, Some(at("2026-03-03T17:00:00Z")));
    let (_, weekend) = paused(4, "2026-03-06T21:00:00Z", "2026-03-06T22:00:00Z", "2026-03-09T14:00:00Z");
    assert_eq!(weekend.due_at, Some(at("2026-03-09T17:00:00Z")));
}

fn changed(start: &Rules, next: &Rules, promises: &mut Promises, instant: &str) -> Obligation {
    let mut rules = next.clone();
    rules.calendars.extend(start.calendars.clone());
    promises.apply(Happening::TermsChanged(Cause::TicketChanged), at(instant), &rules);
    one(promises, FirstResolution).clone()
}

#[test]
fn scenario_11_priority_and_policy_change() {
    let (normal, urgent) = (chicago().hours(FirstResolution, 8), chicago().hours(FirstResolution, 2));
    let start = "2026-03-02T14:00:00Z";
    let early = changed(&normal, &urgent, &mut opened(&normal, start), "2026-03-02T15:00:00Z");
    assert_eq!(early.due_at, Some(at("2026-03-02T16:00:00Z")));
    let late = changed(&normal, &urgent, &mut opened(&normal, start), "2026-03-02T17:00:00Z");
    assert_eq!((late.due_at, late.cause), (Some(at("2026-03-02T17:00:00Z")), Some(Cause::TargetReduced)));
    let lowered = changed(&urgent, &normal, &mut opened(&urgent, start), "2026-03-02T15:00:00Z");
    assert_eq!(lowered.due_at, Some(at("2026-03-02T22:00:00Z")));
    let loosened = changed(&urgent, &normal, &mut opened(&urgent, start), "2026-03-02T16:30:00Z");
    assert_eq!((loosened.due_at, loosened.state), (Some(at("2026-03-02T22:00:00Z")), ObligationState::Running));
    assert_eq!(loosened.breached_at, Some(at("2026-03-02T16:00:00Z")));
    let removed = changed(&normal, &chicago(), &mut opened(&normal, start), "2026-03-02T15:00:00Z");
    assert_eq!((removed.state, removed.cause, removed.due_at), (ObligationState::Cancelled, Some(Cause::PolicyRemoved), None));
    assert!(removed.steps(&[50], &normal).is_empty());
}

#[test]
fn a_target_lowered_while_the_clock_stands_still_is_used_up_when_it_goes_on() {
    let (normal, urgent) = (chicago().hours(FirstResolution, 8), chicago().hours(FirstResolution, 2));
    let mut promises = opened(&normal, "2026-03-02T14:00:00Z");
    promises.apply(Happening::Moved { to: Status::WaitingCustomer }, at("2026-03-02T17:00:00Z"), &normal);
    let lowered = changed(&normal, &urgent, &mut promises, "2026-03-02T18:00:00Z");
    assert_eq!((lowered.state, lowered.due_at, lowered.cause), (ObligationState::Paused, None, Some(Cause::TicketChanged)));
    let mut rules = urgent;
    rules.calendars.extend(normal.calendars);
    promises.apply(Happening::Moved { to: Status::Open }, at("2026-03-02T19:00:00Z"), &rules);
    let resumed = one(&promises, FirstResolution);
    assert_eq!((resumed.due_at, resumed.cause), (Some(at("2026-03-02T19:00:00Z")), Some(Cause::TargetReduced)));
}

#[test]
fn scenario_13_same_day_cancellation() {
    let end_of_day = Target::EndOfBusinessDay { cutoff_before_close_s: 2 * HOUR };
    let rules = chicago().promising(FirstResponse, ClockKind::Business, end_of_day);
    assert_eq!(due(&rules, FirstResponse, "2026-01-13T20:30:00Z"), "2026-01-13T23:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-01-13T21:00:00Z"), "2026-01-13T23:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-01-13T21:00:01Z"), "2026-01-14T23:00:00Z");
    assert_eq!(due(&rules, FirstResponse, "2026-01-10T18:00:00Z"), "2026-01-12T23:00:00Z");
}

#[test]
fn scenario_17_a_call_counts_from_when_it_came_in() {
    assert_eq!(due(&chicago().hours(FirstResponse, 2), FirstResponse, "2026-01-11T08:10:00Z"), "2026-01-12T16:00:00Z");
}

#[test]
fn further_messages_never_restart_a_running_clock() {
    let rules = chicago().hours(FirstResponse, 2).hours(NextResponse, 2);
    let mut promises = opened(&rules, "2026-03-02T15:00:00Z");
    promises.apply(Happening::CustomerWrote, at("2026-03-02T15:30:00Z"), &rules);
    assert_eq!(promises.list.len(), 1);
    promises.apply(Happening::Answered { by: MessageId::generate() }, at("2026-03-02T16:00:00Z"), &rules);
    promises.apply(Happening::CustomerWrote, at("2026-03-02T16:10:00Z"), &rules);
    promises.apply(Happening::CustomerWrote, at("2026-03-02T16:20:00Z"), &rules);
    let next = one(&promises, NextResponse);
    assert_eq!((next.cycle, next.due_at), (1, Some(at("2026-03-02T18:10:00Z"))));
    assert_eq!(promises.list.len(), 2);
    promises.apply(Happening::Resolved { no_reply_needed: true }, at("2026-03-02T16:30:00Z"), &rules);
    assert_eq!(one(&promises, NextResponse).state, ObligationState::Waived);
}

#[test]
fn an_outbound_ticket_owes_its_first_response_when_the_customer_writes() {
    let rules = chicago().hours(FirstResponse, 2).hours(PublicUpdate, 4);
    let mut promises = Promises::default();
    promises.apply(Happening::Opened { inbound: false }, at("2026-03-02T15:00:00Z"), &rules);
    promises.apply(Happening::Answered { by: MessageId::generate() }, at("2026-03-02T15:00:00Z"), &rules);
    assert!(!promises.owes_response());
    promises.apply(Happening::CustomerWrote, at("2026-03-02T16:00:00Z"), &rules);
    assert_eq!(one(&promises, FirstResponse).due_at, Some(at("2026-03-02T18:00:00Z")));
    assert_eq!(one(&promises, PublicUpdate).due_at, Some(at("2026-03-02T19:00:00Z")));
}

#[test]
fn a_reopened_ticket_does_not_pay_for_the_time_it_was_resolved() {
    let rules = chicago().hours(Resolution, 4).hours(FirstResolution, 4);
    let mut promises = opened(&rules, "2026-03-02T15:00:00Z");
    promises.apply(Happening::Resolved { no_reply_needed: false }, at("2026-03-02T17:00:00Z"), &rules);
    promises.apply(Happening::Reopened, at("2026-03-03T15:00:00Z"), &rules);
    let resolution = one(&promises, Resolution);
    assert_eq!((resolution.state, resolution.due_at), (ObligationState::Running, Some(at("2026-03-03T17:00:00Z"))));
    assert_eq!(one(&promises, FirstResolution).state, ObligationState::Met);
}

#[test]
fn a_bounced_reply_withdraws_what_it_satisfied() {
    let rules = chicago().hours(FirstResponse, 2);
    let mut promises = opened(&rules, "2026-03-02T15:00:00Z");
    let reply = MessageId::generate();
    promises.apply(Happening::Answered { by: reply }, at("2026-03-02T15:10:00Z"), &rules);
    promises.withdraw(reply, at("2026-03-02T18:00:00Z"));
    let response = one(&promises, FirstResponse);
    assert_eq!((response.state, response.breached_at), (ObligationState::MissedOpen, Some(at("2026-03-02T17:00:00Z"))));
}

#[test]
fn a_due_instant_set_by_hand_survives_a_recalculation_only_when_sticky() {
    let (normal, urgent) = (chicago().hours(FirstResolution, 8), chicago().hours(FirstResolution, 2));
    for (sticky, expected) in [(true, "2026-03-04T15:00:00Z"), (false, "2026-03-02T16:00:00Z")] {
        let mut promises = opened(&normal, "2026-03-02T14:00:00Z");
        let fixed = FixedDue { due_at: at("2026-03-04T15:00:00Z"), sticky, reason: "agreed by phone".to_owned(), by: uuid::Uuid::nil() };
        promises.list[0].set_due(at("2026-03-02T14:30:00Z"), fixed, &normal).unwrap();
        assert_eq!(promises.list[0].due_at, Some(at("2026-03-04T15:00:00Z")));
        let next = changed(&normal, &urgent, &mut promises, "2026-03-02T15:00:00Z");
        assert_eq!(next.due_at, Some(at(expected)), "sticky {sticky}");
    }
}
