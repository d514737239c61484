use kernel::{Decimal, Quantity};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::check;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Service,
    Product,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its reading is tested")]
enum Tax {
    Given { amount: Decimal },
    Computed { rate: Decimal },
}

#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its reading is tested")]
struct Line {
    item: Uuid,
    quantity: Quantity,
}

#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its reading is tested")]
struct Order {
    #[schema(min_length = 1, max_length = 5)]
    name: String,
    kind: Kind,
    #[validate(email(message = "Expected an e-mail address."))]
    email: Option<String>,
    #[serde(default, deserialize_with = "crate::patch::present")]
    note: Option<Option<String>>,
    #[schema(min_items = 1)]
    #[validate(nested)]
    lines: Vec<Line>,
    tax: Option<Tax>,
}

fn faults(document: serde_json::Value) -> Vec<(String, String)> {
    let fault = check::<Order>(&document).unwrap_err();
    fault.errors.iter().map(|error| (error.pointer.clone(), error.code.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn every_fault_is_reported_at_once_with_its_place() {
    let found = faults(json!({"name": "toolong", "kind": "gift", "lines": [{"item": "x", "quantity": 2}], "extra": 1, "email": 4}));
    let expected = [
        ("/email", "wrong_type"),
        ("/extra", "unknown_field"),
        ("/kind", "not_a_choice"),
        ("/lines/0/item", "invalid_format"),
        ("/lines/0/quantity", "wrong_type"),
        ("/name", "too_long"),
    ];
    assert_eq!(found, pairs(&expected));
}

#[test]
fn missing_members_and_empty_lists_are_named() {
    assert_eq!(
        faults(json!({"name": "", "lines": []})),
        pairs(&[("/kind", "required"), ("/lines", "too_few_items"), ("/name", "too_short")])
    );
    assert_eq!(faults(json!([])), pairs(&[("", "wrong_type")]));
}

#[test]
fn a_tagged_alternative_reports_the_faults_of_the_chosen_one() {
    let line = json!({"item": Uuid::nil(), "quantity": "1"});
    let found = faults(json!({"name": "a", "kind": "service", "lines": [line], "tax": {"mode": "given", "rate": "1"}}));
    assert_eq!(found, pairs(&[("/tax/amount", "required"), ("/tax/rate", "unknown_field")]));
}

#[test]
fn semantic_rules_follow_the_shape() {
    let line = json!({"item": Uuid::nil(), "quantity": "1"});
    let document = json!({"name": "a", "kind": "service", "lines": [line], "email": "nobody"});
    assert_eq!(faults(document), pairs(&[("/email", "email")]));
}

#[test]
fn nullable_members_have_three_states() {
    let line = json!({"item": Uuid::nil(), "quantity": "1.25"});
    let order = |note: Option<serde_json::Value>| {
        let mut document = json!({"name": "a", "kind": "service", "lines": [line.clone()]});
        if let Some(note) = note {
            document["note"] = note;
        }
        check::<Order>(&document).unwrap().note
    };
    assert_eq!(order(None), None);
    assert_eq!(order(Some(json!(null))), Some(None));
    assert_eq!(order(Some(json!("x"))), Some(Some("x".to_owned())));
}
