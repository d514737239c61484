//! Recording, applying, racing, taking back and reversing payments.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::Answer;

use super::world::World;

fn payment(world: &World, reference: &str, amount: &str, application: Value) -> Value {
    json!({
        "account_id": world.account, "currency": "USD", "method": "ach", "reference": reference,
        "received_on": "2026-03-02", "amount": amount, "application": application,
    })
}

fn auto() -> Value {
    json!({"mode": "auto"})
}

async fn record(world: &World, reference: &str, amount: &str, application: Value) -> Answer {
    world.clerk.post("/v1/payments", payment(world, reference, amount, application)).await
}

/// Records a payment of 100.00, again when the service is too busy: on a loaded machine fifty at once may wait too long for one
/// of the few connections.
async fn insist(world: &World, reference: &str) -> Answer {
    loop {
        let answer = record(world, reference, "100.00", auto()).await;
        if answer.status.as_u16() != 503 {
            return answer.expect(201);
        }
    }
}

#[actix_web::test]
async fn acceptance_3_two_automatic_payments_share_an_invoice() {
    let world = World::new().await;
    let invoice = world.invoice("1000.00").await;
    let answers = join_all(["A", "B"].map(|reference| record(&world, reference, "700.00", auto()))).await;
    let mut applied: Vec<String> = answers.into_iter().map(|answer| answer.expect(201).text("/applied")).collect();
    applied.sort();
    assert_eq!(applied, ["300.00", "700.00"]);
    let paid = world.clerk.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200);
    assert_eq!((paid.text("/state"), paid.text("/balance")), ("paid".into(), "0.00".into()));
    let balances = world.trial_balance().await;
    assert_eq!(balances, json!({"1000": "1400.00", "1100": "0.00", "2200": "-400.00", "4000": "-1000.00"}));
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn acceptance_3_explicit_payments_are_all_or_nothing() {
    let world = World::new().await;
    let invoice = world.invoice("1000.00").await;
    let explicit = json!({"mode": "explicit", "applications": [{"invoice_id": invoice.id(), "amount": "700.00"}]});
    let answers = join_all(["A", "B"].map(|reference| record(&world, reference, "700.00", explicit.clone()))).await;
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status.as_u16() != 201).collect();
    assert_eq!(refused.len(), 1);
    let refusal = refused[0].clone().expect_problem(409, "stale_balance");
    assert_eq!(refusal.text("/balances/0/balance"), "300.00");
    assert_eq!(world.clerk.get("/v1/payments").await.expect(200).rows().len(), 1);
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn acceptance_3_fifty_payments_race_and_none_is_lost() {
    let world = World::new().await;
    world.invoice("1000.00").await;
    let references: Vec<String> = (0..50).map(|index| format!("R{index}")).collect();
    let answers = join_all(references.iter().map(|reference| insist(&world, reference))).await;
    let cents = |answer: &Answer, member: &str| answer.text(member).replace('.', "").parse::<i64>().unwrap();
    let sum = |member: &str| answers.iter().map(|answer| cents(answer, member)).sum::<i64>();
    assert_eq!((sum("/applied"), sum("/unapplied")), (100_000, 400_000));
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn remittance_then_exact_match_then_first_due() {
    let world = World::new().await;
    let lines = |amount: &str| json!([{"description": "Service", "quantity": "1", "unit_price": amount}]);
    let dated = |amount: &str, issued: &str| json!({"lines": lines(amount), "issue_date": issued});
    let first = world.invoice_with(dated("500.00", "2026-01-05")).await;
    let second = world.invoice_with(dated("300.00", "2026-01-06")).await;
    let third = world.invoice_with(dated("250.00", "2026-01-07")).await;
    let exact = record(&world, "exact", "250.00", auto()).await.expect(201);
    assert_eq!(exact.text("/applications/0/invoice_id"), third.id().to_string());
    let named = json!({"mode": "auto", "remittance": [{"invoice_number": second.text("/number")}]});
    let remitted = record(&world, "named", "400.00", named).await.expect(201);
    assert_eq!(remitted.text("/applications/0/invoice_id"), second.id().to_string());
    assert_eq!(remitted.text("/applications/1/invoice_id"), first.id().to_string());
    assert_eq!((remitted.text("/applications/1/amount"), remitted.text("/unapplied")), ("100.00".into(), "0.00".into()));
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn a_duplicate_is_refused_unless_it_is_meant() {
    let world = World::new().await;
    let _first = record(&world, "CHK 17", "10.00", auto()).await.expect(201);
    record(&world, "CHK 17", "10.00", auto()).await.expect_problem(409, "duplicate_payment");
    let mut meant = payment(&world, "CHK 17", "10.00", auto());
    meant["allow_duplicate"] = json!(true);
    world.clerk.post("/v1/payments", meant.clone()).await.expect_problem(422, "validation_failed");
    meant["duplicate_reason"] = json!("Two cheques with one number");
    let _second = world.clerk.post("/v1/payments", meant).await.expect(201);
    record(&world, "future", "-1.00", auto()).await.expect_problem(422, "validation_failed");
    world.app.stop().await;
}

#[actix_web::test]
async fn a_keyed_payment_is_recorded_once() {
    let world = World::new().await;
    let body = payment(&world, "K", "10.00", auto());
    let first = world.clerk.post_keyed("/v1/payments", "key-1", body.clone()).await.expect(201);
    let again = world.clerk.post_keyed("/v1/payments", "key-1", body.clone()).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    let made = first.body["created_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    world.app.set_time(&(made + TimeDelta::days(29)).to_rfc3339());
    world.app.work().await;
    let later = world.clerk.post_keyed("/v1/payments", "key-1", body.clone()).await.expect(201);
    assert_eq!((later.header("idempotent-replayed"), &later.bytes), ("true", &first.bytes), "kept for thirty days");
    let mut other = body;
    other["amount"] = json!("11.00");
    world.clerk.post_keyed("/v1/payments", "key-1", other).await.expect_problem(422, "idempotency_mismatch");
    world.app.stop().await;
}

#[actix_web::test]
async fn taking_back_and_reversing_restore_the_invoice() {
    let world = World::new().await;
    let invoice = world.invoice("100.00").await;
    let paid = record(&world, "A", "120.00", auto()).await.expect(201);
    let path = format!("/v1/payments/{}", paid.id());
    let reason = json!({"reason": "Meant for another invoice"});
    let back = world.clerk.act(&format!("{path}/unapply"), &paid.etag(), reason).await.expect(200);
    assert_eq!((back.text("/unapplied"), back.body["applications"].as_array().unwrap().len()), ("120.00".into(), 2));
    let state = async || world.clerk.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200).text("/state");
    assert_eq!(state().await, "posted");
    world.sound().await;
    let again = world.clerk.act(&format!("{path}/apply"), &back.etag(), json!({})).await.expect(200);
    assert_eq!((again.text("/unapplied"), state().await), ("20.00".into(), "paid".into()));
    let reversed = world.clerk.act(&format!("{path}/reverse"), &again.etag(), json!({"reason": "nsf"})).await.expect(200);
    assert_eq!((reversed.text("/state"), reversed.text("/unapplied"), state().await), ("reversed".into(), "0.00".into(), "posted".into()));
    world.clerk.act(&format!("{path}/reverse"), &reversed.etag(), json!({"reason": "nsf"})).await.expect_problem(409, "illegal_transition");
    assert_eq!(world.trial_balance().await, json!({"1000": "0.00", "1100": "100.00", "2200": "0.00", "4000": "-100.00"}));
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn an_invoice_that_is_paid_cannot_be_voided_until_the_payment_is_taken_back() {
    let world = World::new().await;
    let invoice = world.invoice("100.00").await;
    let paid = record(&world, "A", "100.00", auto()).await.expect(201);
    let path = format!("/v1/invoices/{}", invoice.id());
    let current = world.clerk.get(&path).await.expect(200);
    let reason = json!({"reason": "Wrong customer"});
    world.clerk.act(&format!("{path}/void"), &current.etag(), reason.clone()).await.expect_problem(409, "applied");
    let unapply = format!("/v1/payments/{}/unapply", paid.id());
    let _back = world.clerk.act(&unapply, &paid.etag(), reason.clone()).await.expect(200);
    let current = world.clerk.get(&path).await.expect(200);
    let voided = world.clerk.act(&format!("{path}/void"), &current.etag(), reason).await.expect(200);
    assert_eq!((voided.text("/state"), voided.text("/number")), ("void".into(), "INV-2026-000001".into()));
    assert_eq!(world.trial_balance().await, json!({"1000": "100.00", "1100": "0.00", "2200": "-100.00", "4000": "0.00"}));
    world.sound().await;
    world.app.stop().await;
}
