//! The shared vectors of kind `invoice_tax`; skipped with a note where they are absent.

use std::path::PathBuf;

use kernel::{Currency, Decimal, Money, Quantity, Rate, Rounding, UnitPrice};
use serde_json::Value;

use super::{TaxGroup, TaxRounding, TaxRules, TaxableLine, computed};

/// The vectors of one kind from `money.json`; empty where the shared folder is absent.
pub(crate) fn money_vectors(kind: &str) -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "tests find the shared folder by this variable")]
    let shared =
        std::env::var("LIAISON_SHARED").map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("vectors/money.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return Vec::new();
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let found: Vec<Value> = file["vectors"].as_array().unwrap().iter().filter(|vector| vector["kind"] == kind).cloned().collect();
    assert!(!found.is_empty(), "no vectors of kind {kind}");
    found
}

fn percent(value: &Value) -> Rate {
    let percent: Decimal = value.as_str().unwrap().parse().unwrap();
    Decimal::new(percent.coefficient(), percent.scale() + 2).try_into().unwrap()
}

fn amount(value: &Value, currency: Currency) -> i64 {
    let decimal: Decimal = value.as_str().unwrap().parse().unwrap();
    decimal.to_scaled(u32::from(currency.exponent())).unwrap()
}

#[test]
fn invoice_tax() {
    for vector in money_vectors("invoice_tax") {
        let currency: Currency = vector["currency"].as_str().unwrap().parse().unwrap();
        let mode = if vector["mode"] == "half_even" { Rounding::HalfEven } else { Rounding::HalfUp };
        let net = |line: &Value| {
            let price: UnitPrice = line["unit_price"].as_str().unwrap().parse().unwrap();
            let quantity: Quantity = line["quantity"].as_str().unwrap().parse().unwrap();
            Money::extend_less(price, quantity, percent(&line["discount_percent"]), currency, mode).unwrap().minor()
        };
        let amounts: Vec<i64> = vector["lines"].as_array().unwrap().iter().map(net).collect();
        let lines: Vec<TaxableLine<'_>> = amounts.iter().map(|amount| TaxableLine { amount: *amount, group: Some("tax") }).collect();
        let rules = TaxRules {
            groups: vec![TaxGroup::flat("tax", percent(&vector["tax_rate_percent"]))],
            rounding: if vector["tax_rounding"] == "line" { TaxRounding::Line } else { TaxRounding::Document },
            inclusive: vector["tax_inclusive"].as_bool().unwrap(),
            mode,
        };
        let result = computed(&lines, &rules).unwrap();
        for (index, expected) in vector["expect_lines"].as_array().unwrap().iter().enumerate() {
            assert_eq!(amounts[index], amount(&expected["line_amount"], currency), "{vector}");
            if expected["line_tax"].is_string() {
                assert_eq!(result.lines[index].tax, amount(&expected["line_tax"], currency), "{vector}");
            }
        }
        let expected = &vector["expect"];
        assert_eq!(result.net, amount(&expected["net"], currency), "{vector}");
        assert_eq!(result.tax, amount(&expected["tax"], currency), "{vector}");
        assert_eq!(result.net + result.tax, amount(&expected["gross"], currency), "{vector}");
    }
}
