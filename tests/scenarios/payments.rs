//! Acceptance scenario 3 of orders: payments that race for one invoice.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::orders::line;
use super::stage::Stage;

/// The amount at a pointer, in minor units.
pub(super) fn cents(answer: &Answer, pointer: &str) -> i64 {
    answer.text(pointer).replace('.', "").parse().unwrap()
}

pub(super) async fn scenario_3_payment_race(stage: &Stage) {
    two_automatic_payments(stage).await;
    two_explicit_payments(stage).await;
    fifty_payments(stage).await;
}

async fn pay(stage: &Stage, account: Uuid, (reference, amount): (&str, &str), application: Value) -> Answer {
    let payment = json!({
        "account_id": account, "currency": "USD", "method": "ach", "reference": reference, "received_on": "2026-02-02", "amount": amount,
        "application": application,
    });
    stage.ada.post("/v1/payments", payment).await
}

/// The balances of cash, receivables and unapplied cash in cents, debit positive.
async fn balances(stage: &Stage) -> [i64; 3] {
    let answer = stage.ada.get("/v1/ledger/trial-balance").await.expect(200);
    assert_eq!(answer.text("/difference"), "0.00", "{}", answer.body);
    let rows = answer.body["accounts"].as_array().unwrap();
    ["1000", "1100", "2200"].map(|code| {
        let row = rows.iter().find(|row| row["account"] == code);
        row.map_or(0, |row| row["balance"].as_str().unwrap().replace('.', "").parse().unwrap())
    })
}

async fn two_automatic_payments(stage: &Stage) {
    let account = stage.account("Two automatic payments").await;
    let before = balances(stage).await;
    let invoice = stage.invoice(account, json!({"lines": [line("1000.00")]})).await.expect(201);
    let auto = json!({"mode": "auto"});
    let answers = join_all(["A", "B"].map(|reference| pay(stage, account, (reference, "700.00"), auto.clone()))).await;
    let mut applied: Vec<i64> = answers.into_iter().map(|answer| cents(&answer.expect(201), "/applied")).collect();
    applied.sort_unstable();
    assert_eq!(applied, [30_000, 70_000]);
    let paid = stage.ada.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200);
    assert_eq!((paid.text("/state"), paid.text("/balance")), ("paid".into(), "0.00".into()));
    let after = balances(stage).await;
    let moved: Vec<i64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(moved, [140_000, 0, -40_000], "1000, 1100, 2200");
    stage.sound().await;
}

async fn two_explicit_payments(stage: &Stage) {
    let account = stage.account("Two explicit payments").await;
    let invoice = stage.invoice(account, json!({"lines": [line("1000.00")]})).await.expect(201);
    let explicit = json!({"mode": "explicit", "applications": [{"invoice_id": invoice.id(), "amount": "700.00"}]});
    let answers = join_all(["A", "B"].map(|reference| pay(stage, account, (reference, "700.00"), explicit.clone()))).await;
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status.as_u16() != 201).collect();
    assert_eq!(refused.len(), 1, "one is recorded");
    let refusal = refused[0].clone().expect_problem(409, "stale_balance");
    assert_eq!(refusal.text("/balances/0/balance"), "300.00");
    let recorded = stage.ada.get(&format!("/v1/payments?filter[account_id]={account}")).await.expect(200);
    assert_eq!(recorded.rows().len(), 1, "the other left no row");
    stage.sound().await;
}

async fn fifty_payments(stage: &Stage) {
    let account = stage.account("Fifty payments").await;
    let _ = stage.invoice(account, json!({"lines": [line("1000.00")]})).await.expect(201);
    let references: Vec<String> = (0..50).map(|number| format!("R{number}")).collect();
    let answers = join_all(references.iter().map(|reference| insist(stage, account, reference))).await;
    let sum = |pointer: &str| answers.iter().map(|answer| cents(answer, pointer)).sum::<i64>();
    assert_eq!((sum("/applied"), sum("/unapplied")), (100_000, 400_000));
    stage.sound().await;
}

/// Pays 100.00, again while the service is too busy to take it: nothing is recorded then.
async fn insist(stage: &Stage, account: Uuid, reference: &str) -> Answer {
    loop {
        let answer = pay(stage, account, (reference, "100.00"), json!({"mode": "auto"})).await;
        if answer.status.as_u16() != 503 {
            return answer.expect(201);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
