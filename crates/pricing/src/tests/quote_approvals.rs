//! Who must agree to a quote before it is sent.

use platform::caller::ActorKind;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Client, Persona};

use super::quoting::Quoting;

async fn rule(quoting: &Quoting, code: &str, rank: i32, cause: Value, approvers: Value) {
    let rule = json!({"code": code, "name": code, "rank": rank, "cause": cause, "approvers": approvers});
    let _ = quoting.scene.ada.post("/v1/quote-approval-rules", rule).await.expect(201);
}

async fn cost(quoting: &Quoting, cost: &str) {
    let item = quoting.scene.ada.get("/v1/items?filter[code]=DRUM55").await.expect(200).text("/data/0/id");
    let cost = json!({"item_id": item, "uom": "each", "currency": "USD", "cost": cost, "effective_on": "2026-01-01"});
    let _ = quoting.scene.ada.post("/v1/item-costs", cost).await.expect(201);
}

async fn approve(client: &Client, path: &str) -> testkit::Answer {
    let etag = client.get(path).await.expect(200).etag();
    client.act(&format!("{path}/approve"), &etag, Value::Null).await
}

#[actix_web::test]
async fn the_lower_the_margin_the_more_people_approve_and_in_turn() {
    let quoting = Quoting::start().await;
    let personas =
        [Persona::new("Mo Manager", ActorKind::User, "quotes:*"), Persona::new("Mo Manager", ActorKind::User, "quotes:* item-costs:read")];
    let [manager, director] = personas.each_ref().map(|persona| quoting.scene.app.client(persona));
    let margin = |margin: &str| json!({"kind": "margin_below", "margin": margin});
    rule(&quoting, "MARGIN-30", 1, margin("0.30"), json!([personas[0].id])).await;
    rule(&quoting, "MARGIN-20", 2, margin("0.20"), json!([personas[1].id])).await;
    rule(&quoting, "LONG", 2, json!({"kind": "term_over", "months": 36}), json!([personas[1].id])).await;

    let unknown = quoting.create(json!({})).await.expect(201).header("location").to_owned();
    let submitted = quoting.act(&unknown, "submit", Value::Null).await.expect(200);
    assert_eq!((submitted.text("/state"), submitted.body["approvals"].as_array().unwrap().len()), ("pending_approval".into(), 2));

    cost(&quoting, "120.00").await;
    let good = quoting
        .create(json!({"lines": [{"item_code": "DRUM55", "quantity": "1", "override": {"unit_price": "180.00", "reason": "rush"}}]}));
    let good = good.await.expect(201);
    assert_eq!((good.text("/margin"), good.text("/lines/0/cost")), ("0.333333".into(), "120.00".into()));
    assert_eq!(quoting.act(good.header("location"), "submit", Value::Null).await.expect(200).text("/state"), "approved");

    let path = quoting.create(json!({"term_months": 48})).await.expect(201).header("location").to_owned();
    let submitted = quoting.act(&path, "submit", Value::Null).await.expect(200);
    assert_eq!((submitted.text("/margin"), &submitted.body["approvals"][0]["rules"]), ("0.25".into(), &json!(["MARGIN-30"])));
    assert_eq!(submitted.body["approvals"][1]["rules"], json!(["LONG"]));
    approve(&director, &path).await.expect_problem(403, "not_an_approver");
    let once = approve(&manager, &path).await.expect(200);
    assert_eq!((once.text("/state"), &once.body["margin"]), ("pending_approval".into(), &Value::Null), "the manager may not read costs");
    approve(&quoting.scene.ada, &path).await.expect_problem(403, "own_request");
    let twice = approve(&director, &path).await.expect(200);
    assert_eq!((twice.text("/state"), twice.text("/approvals/1/approved/by")), ("approved".into(), personas[1].id.to_string()));
    let _ = quoting.act(&path, "send", Value::Null).await.expect(200);
    let seen = quoting.customer.get(&path).await.expect(200);
    assert_eq!((&seen.body["approvals"], &seen.body["margin"], &seen.body["lines"][0]["cost"]), (&json!([]), &Value::Null, &Value::Null));
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn an_edit_of_texts_keeps_what_was_approved_and_any_other_does_not() {
    let quoting = Quoting::start().await;
    rule(&quoting, "UNUSUAL", 1, json!({"kind": "non_standard_terms"}), json!([])).await;
    let content = |text: &str, quantity: &str| {
        json!({"non_standard_terms": true, "valid_until": "2026-08-31",
            "lines": [{"item_code": "DRUM55", "quantity": quantity, "description": text}]})
    };
    let path = quoting.create(content("Drum", "12")).await.expect(201).header("location").to_owned();
    let _ = quoting.act(&path, "submit", Value::Null).await.expect(200);
    let approver = quoting.scene.app.administrator();
    assert_eq!(approve(&approver, &path).await.expect(200).text("/state"), "approved");
    for (revised, state) in [(content("Steel drum, 55 gallons", "12"), "approved"), (content("Steel drum", "13"), "pending_approval")] {
        let etag = quoting.act(&path, "return", Value::Null).await.expect(200).etag();
        let _ = quoting.scene.ada.write(Method::PUT, &format!("{path}/content"), &etag, revised).await.expect(200);
        assert_eq!(quoting.act(&path, "submit", Value::Null).await.expect(200).text("/state"), state);
    }
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn a_rule_is_ended_by_a_later_record_under_its_code() {
    let quoting = Quoting::start().await;
    let broken = json!({"code": "A", "name": "A", "rank": 1, "cause": {"kind": "margin_below", "margin": "1.5"}});
    assert_eq!(quoting.scene.ada.post("/v1/quote-approval-rules", broken).await.expect(422).text("/errors/0/code"), "rate_range");
    let total = json!({"kind": "total_over", "amount": "1000.00", "currency": "USD"});
    rule(&quoting, "LARGE", 1, total.clone(), json!([])).await;
    rule(&quoting, "UNUSUAL", 1, json!({"kind": "non_standard_terms"}), json!([])).await;
    let first = quoting.create(json!({})).await.expect(201).header("location").to_owned();
    assert_eq!(quoting.act(&first, "submit", Value::Null).await.expect(200).text("/state"), "pending_approval");
    let end = json!({"code": "LARGE", "name": "LARGE", "rank": 1, "cause": total, "active": false});
    let ended = quoting.scene.ada.post("/v1/quote-approval-rules", end).await.expect(201);
    assert_eq!(quoting.scene.ada.get(ended.header("location")).await.expect(200).body["active"], json!(false));
    let second = quoting.create(json!({})).await.expect(201).header("location").to_owned();
    assert_eq!(quoting.act(&second, "submit", Value::Null).await.expect(200).text("/state"), "approved");
    let listed = quoting.scene.ada.get("/v1/quote-approval-rules?filter[code]=LARGE").await.expect(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 2);
    quoting.scene.app.stop().await;
}
