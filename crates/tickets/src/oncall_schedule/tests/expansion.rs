use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{OnCallOverrideId, OnCallScheduleId, OnCallVersionId, UserId};
use platform::stamp::{Stamp, Touch};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::oncall_schedule::expansion::{Reason, Timetable};
use crate::oncall_schedule::model::{OnCallOverride, OnCallSchedule, OnCallVersion};
use crate::oncall_schedule::plan::OnCallPlan;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn plan(value: Value) -> OnCallPlan {
    serde_json::from_value(value).unwrap()
}

fn layer(more: Value) -> Value {
    let mut layer = json!({
        "name": "Primary", "handoff": {"day": "mon", "time_min": 480}, "starts_on": "2026-01-05",
        "members": [user(1), user(2), user(3)],
    });
    layer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    layer
}

fn timetable(layers: Vec<Value>) -> Timetable {
    let plan = plan(json!({"time_zone": "America/Chicago", "allow_gap": true, "layers": layers}));
    let id = OnCallScheduleId::generate();
    let touch = Touch { by: Uuid::nil(), at: DateTime::UNIX_EPOCH };
    let schedule = OnCallSchedule { id, stamp: Stamp::new(touch), name: "Nights".into(), branch_id: None, is_default: true, active: true };
    let version = OnCallVersion {
        id: OnCallVersionId::generate(),
        schedule_id: id,
        number: 1,
        effective_from: DateTime::UNIX_EPOCH,
        published_at: DateTime::UNIX_EPOCH,
        published_by: Uuid::nil(),
        plan,
    };
    Timetable { schedule, versions: vec![version], overrides: Vec::new() }
}

fn stand_in(user_id: UserId, level: i16, start: DateTime<Utc>, end: DateTime<Utc>) -> OnCallOverride {
    OnCallOverride {
        id: OnCallOverrideId::generate(),
        schedule_id: OnCallScheduleId::generate(),
        level,
        user_id,
        start_at: start,
        end_at: end,
        reason: None,
        created_at: start,
        created_by: Uuid::nil(),
    }
}

fn nights() -> Vec<Value> {
    DAYS.iter().map(|day| json!({"day": day, "start_min": 1_140, "end_min": 420})).collect()
}

#[test]
fn turns_change_at_the_local_handoff() {
    let weekly = timetable(vec![layer(json!({}))]);
    let on = |instant: &str| weekly.on_duty(1, at(instant)).unwrap().user;
    assert_eq!(on("2026-01-05T13:59:59Z"), user(3), "before the first handoff the turns run backwards");
    assert_eq!(on("2026-01-05T14:00:00Z"), user(1));
    assert_eq!(on("2026-01-12T13:59:59Z"), user(1));
    assert_eq!(on("2026-01-12T14:00:00Z"), user(2));
    // In summer eight in the morning is an hour earlier.
    assert_eq!((on("2026-03-09T12:59:59Z"), on("2026-03-09T13:00:00Z")), (user(3), user(1)));
    let fortnightly = timetable(vec![layer(json!({"handoff": {"day": "mon", "time_min": 480, "every": 2}, "starts_on": "2026-01-01"}))]);
    let on = |instant: &str| fortnightly.on_duty(1, at(instant)).unwrap().user;
    assert_eq!((on("2026-01-18T14:00:00Z"), on("2026-01-19T14:00:00Z")), (user(1), user(2)));
}

#[test]
fn a_handoff_in_a_gap_is_at_the_transition_and_one_in_a_fold_at_the_first() {
    let handoff = |time_min: u16| timetable(vec![layer(json!({"handoff": {"day": "sun", "time_min": time_min}}))]);
    let gap = handoff(150);
    let before = gap.on_duty(1, at("2026-03-08T07:59:59Z")).unwrap();
    assert_ne!(before, gap.on_duty(1, at("2026-03-08T08:00:00Z")).unwrap(), "02:30 does not exist: the clocks jump at 08:00Z");
    let fold = handoff(90);
    let before = fold.on_duty(1, at("2026-11-01T06:29:59Z")).unwrap();
    let after = fold.on_duty(1, at("2026-11-01T06:30:00Z")).unwrap();
    assert_ne!(before, after, "the first 01:30 is 06:30Z");
    assert_eq!(fold.on_duty(1, at("2026-11-01T07:30:00Z")).unwrap(), after, "the second 01:30 changes nothing");
}

#[test]
fn a_night_shift_is_as_long_as_the_night() {
    let nights = timetable(vec![layer(json!({"hours": nights()}))]);
    let lasting = |from: &str, to: &str| {
        let shifts = nights.shifts(at(from), at(to));
        shifts.iter().map(|shift| (shift.span.end - shift.span.start).num_hours()).collect::<Vec<_>>()
    };
    assert_eq!(lasting("2026-03-07T18:00:00Z", "2026-03-08T18:00:00Z"), [11], "19:00 of 2026-03-07 to 07:00");
    assert_eq!(lasting("2026-10-31T18:00:00Z", "2026-11-01T18:00:00Z"), [13], "the night the clocks fall back");
    assert_eq!(lasting("2026-06-06T18:00:00Z", "2026-06-07T18:00:00Z"), [12]);
}

#[test]
fn overrides_win_over_layers_and_the_last_made_over_others() {
    let mut sheet = timetable(vec![layer(json!({})), layer(json!({"name": "Backup", "level": 2, "members": [user(7)]}))]);
    let hour = |hour: i64| at("2026-01-06T00:00:00Z") + TimeDelta::hours(hour);
    sheet.overrides = vec![stand_in(user(8), 1, hour(2), hour(6)), stand_in(user(9), 1, hour(4), hour(5))];
    let shifts = sheet.shifts(hour(0), hour(8));
    let seen: Vec<_> = shifts.iter().map(|one| (one.level, one.span.start, one.duty.user)).collect();
    let expected = [
        (1, hour(0), user(1)),
        (1, hour(2), user(8)),
        (1, hour(4), user(9)),
        (1, hour(5), user(8)),
        (1, hour(6), user(1)),
        (2, hour(0), user(7)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(shifts[0].duty.reason, Reason::Layer("Primary"));
    let chain: Vec<_> = sheet.chain(hour(4)).map(|(level, duty)| (level, duty.user)).collect();
    assert_eq!(chain, [(1, user(9)), (2, user(7))]);
}

#[test]
fn a_plan_with_a_gap_is_refused_and_names_it() {
    let days: Vec<Value> = DAYS.iter().take(5).map(|day| json!({"day": day, "start_min": 420, "end_min": 1_140})).collect();
    let both = |allow_gap: bool| {
        let layers = [layer(json!({"hours": nights()})), layer(json!({"name": "Days", "hours": days}))];
        plan(json!({"time_zone": "America/Chicago", "allow_gap": allow_gap, "layers": layers}))
    };
    let fault = both(false).checked().unwrap_err();
    assert_eq!((&*fault.errors[0].code, &*fault.errors[0].pointer), ("coverage_gap", "/layers"));
    assert_eq!(fault.errors[0].message, "Nobody is on call sat 07:00 to sat 19:00, sun 07:00 to sun 19:00.");
    assert!(both(true).checked().is_ok());
    let whole = plan(json!({"time_zone": "America/Chicago", "layers": [layer(json!({"hours": nights()})), layer(json!({"level": 2}))]}));
    assert!(whole.checked().is_ok(), "somebody on any level is somebody");
    let nowhere = plan(json!({"time_zone": "Mars/Olympus", "layers": [layer(json!({}))]}));
    assert_eq!(nowhere.checked().unwrap_err().errors[0].code, "unknown_time_zone");
}

fn any_hours() -> impl Strategy<Value = Value> {
    (0..7_usize, 0..1_440_u16, 0..=1_440_u16).prop_map(|(day, start, end)| json!({"day": DAYS[day], "start_min": start, "end_min": end}))
}

fn any_layer() -> impl Strategy<Value = Value> {
    let handoff = (proptest::option::of(0..7_usize), 0..1_440_u16, 1..4_u16)
        .prop_map(|(day, time, every)| json!({"day": day.map(|day| DAYS[day]), "time_min": time, "every": every}));
    (1..3_i16, handoff, 1..4_u128, proptest::collection::vec(any_hours(), 0..6)).prop_map(|(level, handoff, members, hours)| {
        let members: Vec<UserId> = (1..=members).map(user).collect();
        layer(json!({"level": level, "handoff": handoff, "members": members, "hours": hours}))
    })
}

proptest! {
    #[test]
    fn shifts_never_overlap_and_with_the_gaps_cover_the_whole_line(
        layers in proptest::collection::vec(any_layer(), 1..4),
        start in 1_772_000_000_i64..1_800_000_000,
        length in 1_i64..1_500_000,
        stand in proptest::option::of((0_i64..1_000_000, 1_i64..500_000)),
        probe in 0_i64..1_500_000,
    ) {
        let from = DateTime::from_timestamp(start, 0).unwrap();
        let to = from + TimeDelta::seconds(length);
        let mut sheet = timetable(layers);
        sheet.overrides.extend(stand.map(|(after, lasting)| {
            let begin = from + TimeDelta::seconds(after);
            stand_in(user(9), 1, begin, begin + TimeDelta::seconds(lasting))
        }));
        let shifts = sheet.shifts(from, to);
        for pair in shifts.windows(2).filter(|pair| pair[0].level == pair[1].level) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
        }
        let instant = from + TimeDelta::seconds(probe % length);
        let covers = |span: &kernel::calendar::Span| span.start <= instant && instant < span.end;
        for level in [1, 2] {
            let shown = shifts.iter().find(|shift| shift.level == level && covers(&shift.span)).map(|shift| shift.duty);
            prop_assert_eq!(shown, sheet.on_duty(level, instant));
        }
        let gap = sheet.gaps(from, to).iter().any(covers);
        prop_assert_eq!(gap, sheet.on_duty(1, instant).is_none() && sheet.on_duty(2, instant).is_none());
    }

    #[test]
    fn a_plan_that_passes_covers_every_night_of_the_year(layers in proptest::collection::vec(any_layer(), 1..4), day in 0_i64..360) {
        let sheet = timetable(layers);
        let mut plan = sheet.versions[0].plan.clone();
        plan.allow_gap = false;
        let from = at("2026-01-01T00:00:00Z") + TimeDelta::days(day);
        if plan.checked().is_ok() {
            prop_assert!(sheet.gaps(from, from + TimeDelta::days(8)).is_empty());
        } else {
            prop_assert!(!sheet.gaps(at("2026-06-01T00:00:00Z"), at("2026-06-09T00:00:00Z")).is_empty());
        }
    }
}
