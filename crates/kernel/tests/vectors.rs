//! Holidays and money as computed by other implementations, where their answers are present.

#![cfg(test)]

use std::path::PathBuf;

use chrono::NaiveDate;
use kernel::holidays::{Observed, Region};
use kernel::proration::{DayCount, change_plan, prorate_monthly};
use kernel::rounding::{Rounding, allocate};
use kernel::{Currency, Decimal, Money};
use serde_json::{Value, json};

/// A file of shared vectors, if it is present.
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

#[test]
fn every_set_of_holidays_comes_out_of_the_rules() {
    let Some(file) = shared("holidays.json") else { return };
    for set in file["sets"].as_array().unwrap() {
        let country = set["country"].as_str().unwrap();
        let code = set["subdivision"].as_str().map_or_else(|| country.to_owned(), |part| format!("{country}-{part}"));
        let observed = if set["observed"] == json!(true) { Observed::Listed } else { Observed::Omitted };
        let holidays = Region::find(&code).unwrap().holidays(2020..=2030, observed).unwrap();
        let ours: Vec<(String, String)> = holidays.into_iter().map(|holiday| (holiday.date.to_string(), holiday.name)).collect();
        let theirs = set["dates"].as_array().unwrap().iter();
        let theirs: Vec<(String, String)> = theirs.map(|day| (text(&day["date"]), text(&day["name"]))).collect();
        let extra: Vec<_> = ours.iter().filter(|day| !theirs.contains(day)).collect();
        let missing: Vec<_> = theirs.iter().filter(|day| !ours.contains(day)).collect();
        assert!(extra.is_empty() && missing.is_empty(), "{code} {observed:?}: extra {extra:?}, missing {missing:?}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn date(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

fn currency(vector: &Value) -> Currency {
    vector["currency"].as_str().unwrap().parse().unwrap()
}

fn money(vector: &Value, name: &str) -> Money {
    Money::from_decimal(vector[name].as_str().unwrap().parse().unwrap(), currency(vector)).unwrap()
}

fn mode(vector: &Value) -> Rounding {
    serde_json::from_value(vector["mode"].clone()).unwrap()
}

fn check(kind: &str, answer: impl Fn(&Value) -> Value) {
    let Some(file) = shared("money.json") else { return };
    let vectors: Vec<&Value> = file["vectors"].as_array().unwrap().iter().filter(|vector| vector["kind"] == json!(kind)).collect();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let expected = vector.get("expect").or_else(|| vector.get("expect_minor_units")).unwrap();
        assert_eq!(&answer(vector), expected, "{}", vector["id"]);
    }
}

#[test]
fn amounts_are_rounded_by_every_mode() {
    check("round", |vector| {
        let amount: Decimal = vector["amount"].as_str().unwrap().parse().unwrap();
        json!(Money::from_scaled(amount.coefficient(), amount.scale(), currency(vector), mode(vector)).unwrap().to_string())
    });
}

#[test]
fn totals_are_allocated_by_largest_remainder() {
    check("allocate", |vector| {
        let ratios = vector["ratios"].as_array().unwrap().iter().map(|ratio| ratio.as_str().unwrap().parse::<Decimal>().unwrap());
        let weights: Vec<i64> = ratios.map(|ratio| ratio.to_scaled(6).unwrap()).collect();
        json!(allocate(vector["minor_units"].as_i64().unwrap(), &weights).unwrap())
    });
}

#[test]
fn months_are_prorated() {
    check("prorate_monthly", |vector| {
        let count: DayCount = serde_json::from_value(vector["method"].clone()).unwrap();
        let price = money(vector, "monthly_price");
        json!(prorate_monthly(price, date(&vector["from"]), date(&vector["to_inclusive"]), count, mode(vector)).unwrap().to_string())
    });
}

#[test]
fn a_change_of_plan_credits_and_charges_what_is_left() {
    check("plan_change", |vector| {
        let period = (date(&vector["period_start"]), date(&vector["period_end_inclusive"]));
        let change =
            change_plan(money(vector, "old_price"), money(vector, "new_price"), period, date(&vector["change_effective"])).unwrap();
        json!({ "credit": change.credit.to_string(), "charge": change.charge.to_string(), "net": change.net.to_string() })
    });
}
