//! What a customer may choose of a quote, what comes to it as a whole, and how it becomes orders.

use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::{Answer, Persona};

use super::quoting::Quoting;

async fn fuel(quoting: &Quoting) {
    let rule = json!({"code": "FUEL", "name": "Fuel", "currency": "USD", "charge": {"kind": "percent", "percent": "0.0333"}, "effective_on": "2026-01-01"});
    let _ = quoting.scene.ada.post("/v1/charge-rules", rule).await.expect(201);
}

async fn send(quoting: &Quoting, made: &Answer) -> String {
    let path = made.header("location").to_owned();
    for step in ["submit", "send"] {
        let _ = quoting.act(&path, step, Value::Null).await.expect(200);
    }
    path
}

/// A drum with a lid or a plug, or both.
fn drums() -> Value {
    json!({
        "option_groups": [{"name": "closing", "choose": "one"}],
        "lines": [
            {"item_code": "DRUM55", "quantity": "12", "min_quantity": "10", "max_quantity": "40"},
            {"item_code": "LID", "quantity": "12", "option_group": "closing"},
            {"item_code": "PLUG", "quantity": "24", "option_group": "closing"},
        ],
    })
}

async fn with_closings() -> Quoting {
    let quoting = Quoting::start().await;
    let mut entries = Vec::new();
    for (code, price) in [("LID", "5.00"), ("PLUG", "1.25")] {
        let _ = quoting.scene.item(code, "each").await;
        entries.push(json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}}));
    }
    let book = quoting.scene.published("CLOSINGS", "account", json!(entries)).await;
    let assigned = json!({"book_id": book, "subject": {"kind": "account", "id": quoting.account}, "start": "2026-01-01"});
    let _ = quoting.scene.ada.post("/v1/price-assignments", assigned).await.expect(201);
    quoting
}

#[actix_web::test]
async fn the_parts_of_a_quote_bear_all_of_its_surcharge() {
    let quoting = Quoting::start().await;
    fuel(&quoting).await;
    let made = quoting.create(json!({})).await.expect(201);
    assert_eq!((made.text("/total"), made.text("/surcharges/0/amount")), ("1920.00".into(), "63.94".into()));
    assert_eq!((made.text("/document_total"), made.text("/surcharges/0/lines/0/line")), ("1983.94".into(), "1".into()));
    let path = send(&quoting, &made).await;
    assert!(quoting.customer.get(&path).await.expect(200).body["charges_trace"].is_null());
    let accepted = quoting.accept(&path, 1).await.expect(200);
    assert_eq!((accepted.text("/agreed/document_total"), accepted.text("/lines/0/agreed_quantity")), ("1983.94".into(), "12".into()));
    let parts = [quoting.convert(&path, "o-1", "5").await.expect(201), quoting.convert(&path, "o-2", "7").await.expect(201)];
    let fuel: Vec<String> = parts.iter().map(|part| part.text("/surcharges/0/amount")).collect();
    assert_eq!(fuel, ["26.64", "37.30"], "together 63.94");
    assert_eq!((parts[0].text("/total"), parts[1].text("/total")), ("826.64".into(), "1157.30".into()));
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn the_customer_chooses_options_and_quantities_and_nothing_else() {
    let quoting = with_closings().await;
    fuel(&quoting).await;
    let made = quoting.create(drums()).await.expect(201);
    assert_eq!(made.text("/total"), "1980.00", "the drums with lids, which are the first of their group");
    assert_eq!((&made.body["lines"][1]["preselected"], &made.body["lines"][2]["preselected"]), (&json!(true), &json!(false)));
    let path = send(&quoting, &made).await;
    let choose = async |options: Value, quantities: Value| {
        let body = json!({"version_no": 1, "signer": "Cleo", "options": options, "quantities": quantities});
        quoting.customer.post(&format!("{path}/accept"), body).await
    };
    let code = |answer: Answer| answer.text("/errors/0/code");
    assert_eq!(code(choose(json!([]), json!([])).await), "choose_one");
    assert_eq!(code(choose(json!([2, 3]), json!([])).await), "choose_one");
    assert_eq!(code(choose(json!([1, 2]), json!([])).await), "not_an_option");
    assert_eq!(code(choose(json!([3]), json!([{"line": 1, "quantity": "9"}])).await), "quantity_range");
    assert_eq!(code(choose(json!([3]), json!([{"line": 2, "quantity": "12"}])).await), "not_chosen");
    let accepted = choose(json!([3]), json!([{"line": 1, "quantity": "20"}])).await.expect(200);
    assert_eq!((accepted.text("/total"), accepted.text("/agreed/total")), ("1980.00".into(), "3230.00".into()));
    assert_eq!(
        (accepted.text("/agreed/surcharges/0/amount"), accepted.text("/agreed/document_total")),
        ("107.56".into(), "3337.56".into())
    );
    let quantities: Vec<_> = (0..3).map(|line| accepted.text(&format!("/lines/{line}/agreed_quantity"))).collect();
    assert_eq!(quantities, ["20", "0", "24"]);
    let order = json!({"reference": "o-1", "order_id": kernel::id::new_uuid(), "lines": [{"line": 2, "quantity": "1"}]});
    quoting.scene.ada.post(&format!("{path}/conversions"), order).await.expect_problem(409, "over_remaining");
    let lines = json!([{"line": 1, "quantity": "20"}, {"line": 3, "quantity": "24"}]);
    let order = json!({"reference": "o-1", "order_id": kernel::id::new_uuid(), "lines": lines});
    let taken = quoting.scene.ada.post(&format!("{path}/conversions"), order).await.expect(201);
    assert_eq!(taken.text("/total"), "3337.56");
    assert_eq!(quoting.scene.ada.get(&path).await.expect(200).text("/state"), "converted");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn choices_that_make_no_sense_are_refused_all_at_once() {
    let quoting = Quoting::start().await;
    let content = json!({
        "option_groups": [{"name": "a", "choose": "one"}, {"name": "a", "choose": "any"}, {"name": "b", "choose": "any"}],
        "lines": [
            {"item_code": "DRUM55", "quantity": "12", "min_quantity": "13"},
            {"item_code": "DRUM55", "quantity": "12", "option_group": "c"},
            {"item_code": "DRUM55", "quantity": "12", "preselected": true},
            {"item_code": "DRUM55", "quantity": "1", "option_group": "a", "preselected": true},
            {"item_code": "DRUM55", "quantity": "1", "option_group": "a", "preselected": true},
        ],
    });
    let refused = quoting.create(content).await.expect(422);
    let codes: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["quantity_range", "unknown_group", "not_an_option", "too_many_preselected", "duplicate_group", "no_options"]);
    let limit = json!({"not_to_exceed": "5000.00"});
    assert_eq!(quoting.create(limit).await.expect(422).text("/errors/0/code"), "not_an_estimate");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn an_estimate_is_ordered_up_to_what_it_may_not_exceed() {
    let quoting = Quoting::start().await;
    let content =
        |limit: &str| json!({"valid_until": "2026-08-31", "not_to_exceed": limit, "lines": [{"item_code": "DRUM55", "quantity": "12"}]});
    let quote = |limit: &str| json!({"account_id": quoting.account, "currency": "USD", "kind": "estimate", "content": content(limit)});
    assert_eq!(quoting.scene.ada.post("/v1/quotes", quote("1919.99")).await.expect(422).text("/errors/0/code"), "below_estimate");
    let made = quoting.scene.ada.post("/v1/quotes", quote("2100.00")).await.expect(201);
    let path = send(&quoting, &made).await;
    let _ = quoting.accept(&path, 1).await.expect(200);
    let _ = quoting.convert(&path, "o-1", "6").await.expect(201);
    let over = quoting.convert(&path, "o-2", "7.13").await;
    assert_eq!(over.text("/ordered"), "960.00");
    over.expect_problem(409, "over_not_to_exceed");
    let last = quoting.convert(&path, "o-2", "7.125").await.expect(201);
    assert_eq!((last.text("/total"), last.text("/lines/0/quantity")), ("1140.00".into(), "7.125".into()));
    assert_eq!(quoting.scene.ada.get(&path).await.expect(200).text("/state"), "converted");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn after_its_last_day_a_quote_is_accepted_only_by_who_may() {
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    quoting.scene.app.set_time("2026-09-03T12:00:00Z");
    quoting.accept(&path, 1).await.expect_problem(409, "quote_expired");
    let clerk = quoting.scene.app.client(&Persona::new("Clark Clerk", ActorKind::User, "quotes:read quotes:accept"));
    let body = json!({"version_no": 1, "signer": "Cleo, by telephone"});
    clerk.post(&format!("{path}/accept"), body.clone()).await.expect_problem(403, "not_authorised_contact");
    let accepted = quoting.scene.ada.post(&format!("{path}/accept"), body).await.expect(200);
    assert_eq!((accepted.text("/state"), accepted.text("/decision/signer")), ("accepted".into(), "Cleo, by telephone".into()));
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn a_quote_becomes_a_contract_for_its_term_once() {
    let quoting = Quoting::start().await;
    let contract = json!({"starts_on": "2026-03-31", "title": "Drums"});
    let make = async |path: &str| quoting.scene.ada.post(&format!("{path}/contract"), contract.clone()).await;
    let short = quoting.sent().await;
    make(&short).await.expect_problem(409, "illegal_transition");
    let _ = quoting.accept(&short, 1).await.expect(200);
    make(&short).await.expect_problem(422, "no_term");
    let _ = quoting.convert(&short, "o-1", "1").await.expect(201);
    make(&short).await.expect_problem(409, "already_ordered");
    let made = quoting.create(json!({"term_months": 35})).await.expect(201);
    let path = send(&quoting, &made).await;
    let _ = quoting.accept(&path, 1).await.expect(200);
    let converted = make(&path).await.expect(200);
    assert_eq!((converted.text("/state"), converted.text("/contract_id")), ("converted".into(), uuid::Uuid::from_u128(7).to_string()));
    assert_eq!(make(&path).await.expect(200).bytes, converted.bytes);
    let asked = quoting.scene.accounts.asked.lock().unwrap().clone();
    let (contract, prices) = (&asked[0].1, &asked[1].1["lines"]);
    assert_eq!(asked.len(), 2);
    assert_eq!((&contract["title"], &contract["terms"]["term"]["initial_months"]), (&json!("Drums"), &json!(35)));
    let price = json!({"key": {"kind": "item", "code": "DRUM55"}, "uom": "each", "price": {"model": "flat", "unit_price": "160.00"},
        "free": false, "valid_from": "2026-03-31", "valid_until": "2029-02-28"});
    assert_eq!(*prices, json!([price]));
    quoting.convert(&path, "o-9", "1").await.expect_problem(409, "illegal_transition");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn what_todays_prices_would_change_is_seen_before_they_are_taken() {
    let quoting = Quoting::start().await;
    fuel(&quoting).await;
    let path = quoting.sent().await;
    let none = quoting.scene.ada.get(&format!("{path}/repricing")).await.expect(200);
    assert_eq!((&none.body["lines"], none.text("/change")), (&json!([]), "0.00".into()));
    let account = json!([{"item_code": "DRUM55", "terms": {"model": "flat", "unit_price": "170.00"}}]);
    let book = quoting.scene.published("NEW", "account", account).await;
    let assigned = json!({"book_id": book, "subject": {"kind": "account", "id": quoting.account}, "start": "2026-01-01"});
    let _ = quoting.scene.ada.post("/v1/price-assignments", assigned).await.expect(201);
    let diff = quoting.scene.ada.get(&format!("{path}/repricing")).await.expect(200);
    assert_eq!((diff.text("/lines/0/old_unit_price"), diff.text("/lines/0/new_unit_price")), ("160.00".into(), "170.00".into()));
    assert_eq!((diff.text("/lines/0/change"), diff.text("/change")), ("120.00".into(), "123.99".into()));
    assert_eq!(quoting.scene.ada.get(&path).await.expect(200).text("/total"), "1920.00");
    quoting.scene.app.stop().await;
}
