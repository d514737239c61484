//! The shared vectors that pricing answers: tiers, escalators, amortization, spread discounts and real price history.
//! Skipped with a note where the vectors are absent.

use std::collections::HashMap;
use std::path::PathBuf;

use kernel::{Currency, Decimal, Money, Period, Quantity, Rate, Rounding};
use serde_json::Value;

use super::context::Context;
use super::finance::{Lease, Timing, escalate, spread_discount};
use super::index::BookKind;
use super::item::Item;
use super::line::{PriceQuery, price_line};
use super::samples::{book, day, entry, flat, index, item, query};
use super::terms::{Terms, Tier};

fn vectors(name: &str) -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "tests find the shared folder by this variable")]
    let shared =
        std::env::var("LIAISON_SHARED").map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("vectors").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn of_kind(kind: &str, check: impl Fn(&Value)) {
    let Some(file) = vectors("money.json") else { return };
    let all = file["vectors"].as_array().unwrap().iter().filter(|vector| vector["kind"] == kind);
    assert!(all.map(check).count() > 0, "no vectors of kind {kind}");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn usd(value: &Value) -> Money {
    Money::from_decimal(text(value).parse().unwrap(), Currency::USD).unwrap()
}

/// A percentage as a rate.
fn percent(value: &Value) -> Rate {
    let percent: Decimal = text(value).parse().unwrap();
    Decimal::new(percent.coefficient(), percent.scale() + 2).try_into().unwrap()
}

fn minor(value: &Value) -> Vec<Money> {
    value.as_array().unwrap().iter().map(|minor| Money::from_minor(minor.as_i64().unwrap(), Currency::USD)).collect()
}

/// The vectors' tiers reach up to and including their bound; ours end before theirs, so a whole-quantity tier ends one
/// ten-thousandth later. Slices are the same either way.
fn vector_tiers(vector: &Value, shift: i64) -> Vec<Tier> {
    let mut from = Quantity::ZERO;
    let tiers = vector["tiers"].as_array().unwrap();
    tiers
        .iter()
        .map(|tier| {
            let to = tier["up_to"].as_i64().map(|bound| Quantity::from_scaled(bound * Quantity::ONE.scaled() + shift));
            let tier = Tier { from, to, unit_price: text(&tier["unit_price"]).parse().unwrap(), flat_fee: None };
            from = to.unwrap_or(from);
            tier
        })
        .collect()
}

#[test]
fn tiered_prices() {
    of_kind("tiered", |vector| {
        let terms = match text(&vector["model"]) {
            "volume" => Terms::Volume { tiers: vector_tiers(vector, 1) },
            "graduated" => Terms::Graduated { tiers: vector_tiers(vector, 0) },
            _ => Terms::Block {
                block_size: Quantity::from_scaled(vector["package_size"].as_i64().unwrap() * Quantity::ONE.scaled()),
                block_price: text(&vector["package_price"]).parse().unwrap(),
            },
        };
        let thing = item("X", "each");
        let index = index(std::slice::from_ref(&thing), vec![(book("STD", BookKind::Standard, vec![entry(&thing, terms)]), None)]);
        let line = price_line(&index, &Context::default(), &query(&thing, text(&vector["units"]), "each"))
            .map(|line| line.calculated.total.to_string());
        assert_eq!(line.unwrap(), text(&vector["expect"]), "{}", vector["id"]);
    });
}

#[test]
fn escalators() {
    of_kind("escalator", |vector| {
        let steps: Vec<Rate> = vector["percent_steps"].as_array().unwrap().iter().map(percent).collect();
        let cap = (!vector["cap_percent"].is_null()).then(|| percent(&vector["cap_percent"]));
        let prices = escalate(usd(&vector["start_price"]), &steps, cap, Rounding::HalfUp).unwrap();
        let expected: Vec<Money> = vector["expect_prices"].as_array().unwrap().iter().map(usd).collect();
        assert_eq!(prices, expected, "{}", vector["id"]);
    });
}

#[test]
fn spread_discounts() {
    of_kind("spread_discount", |vector| {
        let lines = minor(&vector["line_minor_units"]);
        let discount = Money::from_minor(vector["discount_minor_units"].as_i64().unwrap(), Currency::USD);
        let shares = spread_discount(&lines, discount).unwrap();
        assert_eq!(shares, minor(&vector["expect_share"]), "{}", vector["id"]);
        let net: Vec<Money> = lines.iter().zip(&shares).map(|(line, share)| line.minus(*share).unwrap()).collect();
        assert_eq!(net, minor(&vector["expect_net"]), "{}", vector["id"]);
    });
}

#[test]
fn amortization_schedules() {
    of_kind("amortization", |vector| {
        let lease = Lease {
            cost: usd(&vector["principal"]),
            residual: Money::zero(Currency::USD),
            apr: percent(&vector["apr_percent"]),
            months: u32::try_from(vector["months"].as_u64().unwrap()).unwrap(),
            timing: if vector["payment_at"] == "begin" { Timing::Advance } else { Timing::Arrears },
        };
        assert_eq!(lease.payment(Rounding::HalfUp).unwrap(), usd(&vector["expect_level_payment"]), "{}", vector["id"]);
        let rows = lease.schedule(Rounding::HalfUp).unwrap();
        for (row, expected) in rows.iter().zip(vector["expect_rows"].as_array().unwrap()) {
            let amounts = [row.payment, row.interest, row.principal, row.balance];
            let expected = ["payment", "interest", "principal", "balance"].map(|name| usd(&expected[name]));
            assert_eq!(amounts, expected, "{}", vector["id"]);
        }
        assert_eq!(rows.len(), vector["expect_rows"].as_array().unwrap().len());
    });
}

fn period(value: &Value) -> Period {
    let end = value["to_inclusive"].as_str().map(|last| day(last).succ_opt().unwrap());
    Period::new(day(text(&value["from"])), end).unwrap()
}

/// Quantities below ten thousand units, as vectors write them.
fn whole(value: &Value) -> Option<Quantity> {
    value.as_i64().map(|units| Quantity::from_scaled(units * Quantity::ONE.scaled()))
}

#[test]
fn real_prices_and_offers_as_of_a_date() {
    let Some(file) = vectors("prices.json") else { return };
    let mut items: HashMap<i64, Item> = HashMap::new();
    let mut entries = Vec::new();
    for product in file["price_entries"].as_array().unwrap() {
        let number = product["product"].as_i64().unwrap();
        let thing = items.entry(number).or_insert_with(|| item(&number.to_string(), "each"));
        for price in product["entries"].as_array().unwrap() {
            let mut listed = entry(thing, flat(text(&price["price"])));
            listed.period = period(price);
            entries.push(listed);
        }
    }
    for offer in file["offers"].as_array().unwrap() {
        for product in offer["products"].as_array().unwrap() {
            let Some(thing) = items.get(&product.as_i64().unwrap()) else { continue };
            let terms = Terms::Offer {
                offer: format!("{:02}", offer["id"].as_i64().unwrap()),
                from: whole(&offer["min_qty"]).unwrap(),
                to: whole(&offer["max_qty"]).map(|last| last.plus(Quantity::ONE).unwrap()),
                discount: text(&offer["discount_fraction"]).parse().unwrap(),
            };
            let mut listed = entry(thing, terms);
            listed.period = period(offer);
            entries.push(listed);
        }
    }
    let all: Vec<Item> = items.values().cloned().collect();
    let index = index(&all, vec![(book("LIST", BookKind::Standard, entries), None)]);
    for vector in file["vectors"].as_array().unwrap() {
        let Some(thing) = items.get(&vector["product"].as_i64().unwrap()) else {
            assert!(vector["expect"].is_null());
            continue;
        };
        let quantity = whole(&vector["quantity"]).unwrap();
        let asked = PriceQuery { quantity, price_date: day(text(&vector["on"])), ..query(thing, "1", "each") };
        check_price(vector, price_line(&index, &Context::default(), &asked).map(|line| line.calculated));
    }
}

fn check_price(vector: &Value, answer: Result<super::calculate::Calculated, kernel::Fault>) {
    let expected = &vector["expect"];
    if expected.is_null() {
        assert_eq!(answer.unwrap_err().code, "no_price", "{}", vector["id"]);
        return;
    }
    let line = answer.unwrap();
    assert_eq!(line.total, usd(&expected["extended"]), "{}", vector["id"]);
    assert_eq!(line.unit_price.unwrap(), text(&expected["unit_price"]).parse().unwrap(), "{}", vector["id"]);
    assert_eq!(line.discount, text(&expected["discount_fraction"]).parse().unwrap(), "{}", vector["id"]);
}
