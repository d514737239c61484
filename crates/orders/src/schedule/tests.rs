use std::path::PathBuf;

use chrono::NaiveDateTime;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
}

fn series(start: &str, zone: &str, rule: &str) -> Recurrence {
    let rule = (!rule.is_empty()).then(|| rule.parse().unwrap());
    Recurrence { start: local(start), zone: zone.parse().unwrap(), rule, excluded: Default::default(), added: Default::default() }
}

fn locals(recurrence: &Recurrence, limit: usize) -> Vec<String> {
    recurrence.slots(limit).iter().map(|slot| slot.local.format("%Y%m%dT%H%M%S").to_string()).collect()
}

#[test]
fn every_recurrence_vector_is_answered() {
    let folder =
        option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(text) = std::fs::read(folder.join("vectors/rrule.json")) else {
        println!("the recurrence vectors are not present: nothing to compare with");
        return;
    };
    let file: Value = serde_json::from_slice(&text).unwrap();
    let mut wrong = Vec::new();
    for vector in file["vectors"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let list = |name: &str| vector[name].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut recurrence = series(text("dtstart"), text("tzid"), text("rrule"));
        recurrence.excluded = list("exdate").iter().map(|slot| local(slot)).collect();
        recurrence.added = list("rdate").iter().map(|slot| local(slot)).collect();
        let expected = list("local");
        let limit = if vector["complete"].as_bool().unwrap() { 1_000 } else { expected.len() };
        let utc: Vec<String> = recurrence.slots(limit).iter().map(|slot| slot.at.format("%Y%m%dT%H%M%SZ").to_string()).collect();
        if locals(&recurrence, limit) != expected || utc != list("utc") {
            wrong.push(format!("{} {}", text("id"), text("rrule")));
        }
    }
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

#[test]
fn months_without_a_31st_are_skipped_or_clamped() {
    let skipped = series("20260131T080000", "America/Chicago", "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20261231");
    assert_eq!(skipped.slots(100).len(), 7);
    let clamped = series("20260131T080000", "America/Chicago", "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20261231;MONTH-END=CLAMP");
    let slots = locals(&clamped, 100);
    assert_eq!(slots.len(), 12);
    assert_eq!(slots[1], "20260228T080000");
}

#[test]
fn the_instant_follows_the_local_clock() {
    let weekly = series("20260831T080000", "America/Chicago", "FREQ=WEEKLY;BYDAY=MO");
    let at = |date: &str| weekly.slots(20).iter().find(|slot| slot.local == local(date)).unwrap().at.to_rfc3339();
    assert_eq!(at("20261026T080000"), "2026-10-26T13:00:00+00:00");
    assert_eq!(at("20261102T080000"), "2026-11-02T14:00:00+00:00");
    let early = series("20260308T023000", "America/Chicago", "FREQ=DAILY;COUNT=1");
    assert_eq!(early.slots(1)[0].at.to_rfc3339(), "2026-03-08T08:30:00+00:00");
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    for rule in [
        "",
        "FREQ=SECONDLY",
        "INTERVAL=2",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=WEEKLY;BYDAY=XX",
    ] {
        assert_eq!(rule.parse::<Rule>().unwrap_err().errors[0].code, "invalid_rrule", "{rule}");
    }
    assert!(series("20260101T080000", "UTC", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").slots(5).is_empty());
}

proptest! {
    #[test]
    fn no_rule_panics(text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|X))?(;[A-Z]{2,10}=-?[0-9A-Z,]{0,6}){0,3}") {
        if let Ok(rule) = text.parse::<Rule>() {
            let series = Recurrence { rule: Some(rule), ..series("20260131T080000", "UTC", "FREQ=DAILY") };
            let _ = series.slots(10);
        }
    }
}
