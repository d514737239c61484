//! Acceptance scenarios of orders, invoices and receivables: 1, 5, 7 and 17. Recurrence (9) is answered by the expander in the
//! orders crate until schedules have an API.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::payments;
use super::stage::{Stage, with};
use crate::harness::Deployment;

#[tokio::test]
async fn orders_embedded() {
    orders(Deployment::embedded().await, "everything").await;
}

#[tokio::test]
async fn orders_split() {
    orders(Deployment::split().await, "orders").await;
}

/// `process` is the one that keeps the orders.
async fn orders(deployment: Deployment, process: &str) {
    let mut stage = Stage::open(deployment).await;
    stage.at("2026-02-02T15:00:00Z").await;
    scenario_1_rounding(&stage).await;
    scenario_1_four_credits(&stage).await;
    payments::scenario_3_payment_race(&stage).await;
    scenario_7_consolidation(&stage).await;
    scenario_17_aging(&stage).await;
    scenario_5_idempotency(&mut stage, process).await;
    stage.sound().await;
    stage.close().await;
}

impl Stage {
    /// Makes and posts an invoice.
    pub(super) async fn invoice(&self, account: Uuid, more: Value) -> Answer {
        let body = with(json!({"bill_to_id": account, "currency": "USD", "post": true}), more);
        self.ada.post("/v1/invoices", body).await
    }
}

pub(super) fn line(price: &str) -> Value {
    json!({"description": "Service", "quantity": "1", "unit_price": price})
}

fn texts(rows: &Value, name: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
}

async fn scenario_1_rounding(stage: &Stage) {
    let account = stage.account("Rounding").await;
    let lines = json!([line("10.05"), line("10.05"), line("10.05")]);
    let jurisdictions = json!([
        {"name": "state", "rate": "0.04"}, {"name": "city", "rate": "0.045"}, {"name": "district", "rate": "0.00375"},
    ]);
    let tax = json!({"mode": "computed", "jurisdictions": jurisdictions});
    let invoice = stage.invoice(account, json!({"lines": lines, "tax": tax})).await.expect(201);
    assert_eq!((invoice.text("/tax"), invoice.text("/total")), ("2.68".into(), "32.83".into()));
    assert_eq!(texts(&invoice.body["lines"], "tax"), ["0.90", "0.89", "0.89"]);
    assert_eq!(texts(&invoice.body["taxes"], "tax"), ["1.21", "1.36", "0.11"], "{}", invoice.body);
    let by_line = json!({"mode": "computed", "rate": "0.08875", "rounding": "line"});
    let by_line = stage.invoice(account, json!({"lines": lines, "tax": by_line})).await.expect(201);
    assert_eq!(by_line.text("/tax"), "2.67");
}

async fn scenario_1_four_credits(stage: &Stage) {
    let account = stage.account("Credits").await;
    let lines = json!([line("68.33"), line("68.33"), line("57.50"), line("85.00")]);
    let invoice = stage.invoice(account, json!({"lines": lines, "tax": {"mode": "computed", "rate": "0.2"}})).await.expect(201);
    assert_eq!((invoice.text("/net"), invoice.text("/tax"), invoice.text("/total")), ("279.16".into(), "55.83".into(), "334.99".into()));
    assert_eq!(texts(&invoice.body["lines"], "tax"), ["13.67", "13.66", "11.50", "17.00"]);
    let mut credited = 0;
    for number in 1..=4 {
        let memo = json!({"invoice_id": invoice.id(), "reason": "billing_error", "lines": [{"line_no": number}]});
        credited += payments::cents(&stage.ada.post("/v1/credit-memos", memo).await.expect(201), "/total");
    }
    assert_eq!(credited, 33_499);
    let paid = stage.ada.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200);
    assert_eq!((paid.text("/balance"), paid.text("/state")), ("0.00".into(), "paid".into()));
}

/// One key makes one order, however often and wherever it is asked for.
async fn scenario_5_idempotency(stage: &mut Stage, process: &str) {
    let account = stage.account("Idempotency").await;
    let order = |quantity: &str| {
        let given = json!({"unit_price": "160.00", "reason": "Agreed by phone"});
        let lines = json!([{"description": "Drum", "quantity": quantity, "given": given}]);
        json!({"account_id": account, "kind": "service", "service_date": "2026-07-06", "external_ref": "ERP-5", "lines": lines})
    };
    let answers = join_all((0..20).map(|_| stage.ada.post_keyed("/v1/orders", "order-5", order("2")))).await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status.as_u16() == 201).collect();
    assert_eq!(made.iter().map(|answer| &answer.bytes).collect::<BTreeSet<_>>().len(), 1, "every 201 has the same body");
    for refused in answers.iter().filter(|answer| answer.status.as_u16() != 201) {
        assert!(refused.status.as_u16() == 409 && !refused.header("retry-after").is_empty(), "{}", refused.body);
    }
    let first = made[0].clone();
    replayed(stage, &first, order("2")).await;
    stage.ada.post_keyed("/v1/orders", "order-5", order("3")).await.expect_problem(422, "idempotency_mismatch");
    let taken = stage.ada.post_keyed("/v1/orders", "order-6", order("2")).await.expect_problem(409, "external_ref_taken");
    assert_eq!(taken.text("/conflicts/0"), first.text("/id"));
    stage.deployment.kill_and_restart(process).await;
    replayed(stage, &first, order("2")).await;
    let found = stage.ada.get(&format!("/v1/orders?filter[account_id]={account}")).await.expect(200);
    assert_eq!(found.rows().len(), 1);
    if process == "orders" {
        failing_and_retried(stage, account).await;
    }
}

/// Posts an order as a client does that was told to try again: a process that has just come back may not be ready for it.
async fn posted_at_last(stage: &Stage, key: &str, body: Value) -> Answer {
    for _ in 0..200 {
        let answer = stage.ada.post_keyed("/v1/orders", key, body.clone()).await;
        if answer.status.as_u16() != 503 {
            return answer.expect(201);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("orders are not taken again");
}

async fn replayed(stage: &Stage, first: &Answer, body: Value) {
    let again = posted_at_last(stage, "order-5", body).await;
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
}

/// A request that fails on our side is not remembered: retried, it is carried out once.
async fn failing_and_retried(stage: &mut Stage, account: Uuid) {
    let given = json!({"unit_price": "10.00", "reason": "Agreed by phone"});
    let lines = json!([{"description": "Drum", "quantity": "1", "given": given}]);
    let order = json!({"account_id": account, "kind": "service", "service_date": "2026-07-07", "external_ref": "ERP-7", "lines": lines});
    let url = stage.deployment.kill("accounts");
    let failed = stage.ada.post_keyed("/v1/orders", "order-7", order.clone()).await;
    assert_eq!(failed.status.as_u16(), 503, "{}", failed.body);
    stage.deployment.revive("accounts", &url).await;
    stage.at("2026-07-02T17:00:00Z").await;
    let made = posted_at_last(stage, "order-7", order).await;
    assert_eq!(made.header("idempotent-replayed"), "", "the failure was not stored");
    let found = stage.ada.get("/v1/orders?filter[external_ref]=ERP-7").await.expect(200);
    assert_eq!((found.rows().len(), found.text("/data/0/id")), (1, made.text("/id")));
}

async fn scenario_7_consolidation(stage: &Stage) {
    let by_both = stage.account("Site and purchase order").await;
    let made = january(stage, by_both).await;
    assert_eq!(made[2].text("/service_date"), "2026-01-31", "half past eleven in Los Angeles");
    let run = preview(stage, by_both, json!(["site", "po"])).await;
    assert_eq!(totals(&run), ["200.00", "225.00", "50.00"]);
    let path = format!("/v1/bill-runs/{}/commit", run.id());
    let done = stage.ada.post(&path, json!({"preview_hash": run.text("/preview_hash")})).await.expect(200);
    assert_eq!((done.text("/state"), done.text("/invoiced"), done.text("/failed")), ("done".into(), "3".into(), "0".into()));
    let open = stage.ada.get(&format!("/v1/billables?filter[state]=open&filter[bill_to_id]={by_both}")).await.expect(200);
    assert_eq!((open.rows().len(), open.text("/data/0/amount")), (1, "10.00".into()));
    let by_po = stage.account("Purchase order only").await;
    let made = january(stage, by_po).await;
    assert_eq!(totals(&preview(stage, by_po, json!(["po"])).await), ["425.00", "50.00"]);
    let mixed = json!({"billable_ids": [made[0].id(), made[3].id()]});
    stage.invoice(by_po, mixed).await.expect_problem(422, "mixed_po");
}

/// What was done in January, and ten dollars' worth just after it.
async fn january(stage: &Stage, account: Uuid) -> Vec<Answer> {
    let (a, b) = (stage.site(account, "A").await, stage.site(account, "B").await);
    let mut made = Vec::new();
    for (site, po, amount, completed_at) in [
        (a, "PO1", "120.00", "2026-01-05T18:00:00Z"),
        (a, "PO1", "80.00", "2026-01-12T18:00:00Z"),
        (a, "PO1", "25.00", "2026-02-01T07:30:00Z"),
        (a, "PO2", "50.00", "2026-01-20T18:00:00Z"),
        (b, "PO1", "200.00", "2026-01-21T18:00:00Z"),
        (a, "PO1", "10.00", "2026-02-01T08:05:00Z"),
    ] {
        let billable = json!({
            "account_id": account, "site_id": site, "po_number": po, "description": "Pick-up", "quantity": "1", "unit_price": amount,
            "currency": "USD", "completed_at": completed_at, "time_zone": "America/Los_Angeles",
        });
        made.push(stage.ada.post("/v1/billables", billable).await.expect(201));
    }
    made
}

async fn preview(stage: &Stage, account: Uuid, by: Value) -> Answer {
    let run = json!({"period_start": "2026-01-01", "period_end": "2026-02-01", "consolidate_by": by, "bill_to_ids": [account]});
    stage.ada.post("/v1/bill-runs", run).await.expect(201)
}

fn totals(run: &Answer) -> Vec<String> {
    let mut totals = texts(&run.body["group_list"], "total");
    totals.sort();
    totals
}

async fn scenario_17_aging(stage: &Stage) {
    let account = stage.account("Aging").await;
    stage.at("2026-06-30T17:00:00Z").await;
    for (due, amount) in [
        ("2026-06-30", "100"),
        ("2026-06-29", "200"),
        ("2026-05-31", "400"),
        ("2026-05-30", "800"),
        ("2026-05-01", "1600"),
        ("2026-04-30", "3200"),
        ("2026-04-01", "6400"),
        ("2026-03-31", "12800"),
    ] {
        let dated = json!({"lines": [line(amount)], "issue_date": "2026-03-01", "due_date": due});
        let _ = stage.invoice(account, dated).await.expect(201);
    }
    let whole = "100.00 600.00 2400.00 9600.00 12800.00 0.00 25500.00";
    assert_eq!(aged(stage, account, "").await, whole);
    stage.at("2026-07-02T17:00:00Z").await;
    let query = format!("/v1/invoices?filter[due_date]=2026-06-29&filter[bill_to_id]={account}");
    let item = stage.ada.get(&query).await.expect(200).text("/data/0/id");
    let payment = json!({
        "account_id": account, "currency": "USD", "method": "check", "reference": "17", "received_on": "2026-06-29", "amount": "200.00",
        "application": {"mode": "explicit", "applications": [{"invoice_id": item, "amount": "200.00"}]},
    });
    let _ = stage.ada.post("/v1/payments", payment).await.expect(201);
    let paid = "100.00 400.00 2400.00 9600.00 12800.00 0.00 25300.00";
    assert_eq!(aged(stage, account, "&known_at=2026-07-03T00:00:00Z").await, paid);
    assert_eq!(aged(stage, account, "&known_at=2026-06-30T23:00:00Z").await, whole);
}

/// An account's columns as of 30 June: current, 1-30, 31-60, 61-90, 91-120, older, total.
async fn aged(stage: &Stage, account: Uuid, known: &str) -> String {
    let path = format!("/v1/reports/aging?as_of=2026-06-30&account_id={account}{known}");
    let answer = stage.ada.get(&path).await.expect(200);
    let columns = ["current", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "over_120", "total"];
    columns.map(|name| answer.text(&format!("/totals/{name}"))).join(" ")
}
