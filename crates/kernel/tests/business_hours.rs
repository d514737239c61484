//! Answers computed by other implementations, where they are present.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use kernel::calendar::{Calendar, Pause, Window};
use serde_json::Value;

/// The folder of shared vectors, if it is present.
fn shared(name: &str) -> Option<Value> {
    let folder =
        option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = folder.join("vectors").join(name);
    match std::fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text).unwrap()),
        Err(_) => {
            println!("{} is not present: nothing to compare with", path.display());
            None
        }
    }
}

fn minute(text: &str) -> u16 {
    let (hours, minutes) = text.split_once(':').unwrap();
    hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
}

fn windows(value: &Value) -> Vec<Window> {
    let pairs = value.as_array().unwrap().iter();
    pairs.map(|pair| Window { start_min: minute(pair[0].as_str().unwrap()), end_min: minute(pair[1].as_str().unwrap()) }).collect()
}

fn calendar(definition: &Value) -> Calendar {
    let mut calendar = Calendar::new(definition["time_zone"].as_str().unwrap().parse().unwrap());
    for (day, spans) in definition["hours"].as_object().unwrap() {
        let day: Weekday = day.parse().unwrap();
        calendar = windows(spans).into_iter().fold(calendar, |calendar, window| calendar.open(day, window));
    }
    for date in definition["holidays"].as_array().into_iter().flatten() {
        calendar = calendar.except(date.as_str().unwrap().parse().unwrap(), Vec::new());
    }
    for (date, spans) in definition["special_hours"].as_object().into_iter().flatten() {
        calendar = calendar.except(date.parse::<NaiveDate>().unwrap(), windows(spans));
    }
    calendar
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

fn pauses(vector: &Value) -> Vec<Pause> {
    let list = vector["pauses"].as_array().into_iter().flatten();
    list.map(|pause| Pause { from: instant(&pause[0]).unwrap(), to: instant(&pause[1]) }).collect()
}

#[test]
fn every_business_hours_vector_is_answered() {
    let Some(file) = shared("business_hours.json") else { return };
    let calendars: BTreeMap<&str, Calendar> =
        file["calendars"].as_object().unwrap().iter().map(|(name, definition)| (name.as_str(), calendar(definition))).collect();
    let mut wrong = Vec::new();
    let vectors = file["vectors"].as_array().unwrap();
    for vector in vectors {
        let calendar = &calendars[vector["calendar"].as_str().unwrap()];
        let pauses = pauses(vector);
        let right = match vector["op"].as_str().unwrap() {
            "due" => {
                let target = TimeDelta::seconds(vector["business_seconds"].as_i64().unwrap());
                calendar.due(instant(&vector["start"]).unwrap(), target, &pauses) == instant(&vector["expect_due"])
            }
            "elapsed" => {
                let worked = calendar.worked(instant(&vector["from"]).unwrap(), instant(&vector["to"]).unwrap(), &pauses);
                worked.num_seconds() == vector["expect_business_seconds"].as_i64().unwrap()
            }
            "is_open" => calendar.is_open(instant(&vector["at"]).unwrap()) == vector["expect_open"].as_bool().unwrap(),
            other => panic!("unknown operation {other}"),
        };
        if !right {
            wrong.push(vector["id"].to_string());
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ: {}", wrong.len(), vectors.len(), wrong.join(", "));
}
