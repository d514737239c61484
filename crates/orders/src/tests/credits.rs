//! Crediting invoices by line, quantity and amount.

use serde_json::{Value, json};
use testkit::Answer;

use super::world::{World, line};

async fn credit(world: &World, invoice: &Answer, reason: &str, lines: Value) -> Answer {
    world.clerk.post("/v1/credit-memos", json!({"invoice_id": invoice.id(), "reason": reason, "lines": lines})).await
}

#[actix_web::test]
async fn acceptance_1_four_one_line_credits_sum_to_the_invoice() {
    let world = World::new().await;
    let lines = json!([line("1", "68.33"), line("1", "68.33"), line("1", "57.50"), line("1", "85.00")]);
    let invoice = world.invoice_with(json!({"lines": lines, "tax": {"mode": "computed", "rate": "0.2"}})).await;
    assert_eq!((invoice.text("/net"), invoice.text("/tax"), invoice.text("/total")), ("279.16".into(), "55.83".into(), "334.99".into()));
    let mut totals = Vec::new();
    for number in 1..=4 {
        let memo = credit(&world, &invoice, "billing_error", json!([{"line_no": number}])).await.expect(201);
        assert_eq!((memo.text("/state"), memo.text("/number")), ("applied".into(), format!("CM-2026-00000{number}")));
        totals.push(memo.text("/total"));
    }
    assert_eq!(totals, ["82.00", "81.99", "69.00", "102.00"]);
    let paid = world.clerk.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200);
    assert_eq!((paid.text("/balance"), paid.text("/state")), ("0.00".into(), "paid".into()));
    assert_eq!(world.trial_balance().await, json!({"1100": "0.00", "2100": "0.00", "2210": "0.00", "4000": "0.00"}));
    credit(&world, &invoice, "billing_error", json!([{"line_no": 1}])).await.expect_problem(422, "nothing_to_credit");
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn quantities_are_credited_cumulatively_and_never_beyond_the_line() {
    let world = World::new().await;
    let tax = json!({"mode": "computed", "jurisdictions": [{"name": "state", "rate": "0.05"}, {"name": "city", "rate": "0.03875"}]});
    let invoice = world.invoice_with(json!({"lines": [line("3", "33.333333")], "tax": tax})).await;
    assert_eq!((invoice.text("/net"), invoice.text("/tax")), ("100.00".into(), "8.88".into()));
    let mut parts = Vec::new();
    for _ in 0..3 {
        let memo = credit(&world, &invoice, "service_failure", json!([{"line_no": 1, "quantity": "1"}])).await.expect(201);
        parts.push((memo.text("/net"), memo.text("/tax")));
    }
    let expected = [("33.33", "2.96"), ("33.34", "2.96"), ("33.33", "2.96")].map(|(net, tax)| (net.to_owned(), tax.to_owned()));
    assert_eq!(parts, expected);
    credit(&world, &invoice, "goodwill", json!([{"line_no": 1, "amount": "0.01"}])).await.expect_problem(422, "nothing_to_credit");
    credit(&world, &invoice, "goodwill", json!([{"line_no": 2}])).await.expect_problem(422, "validation_failed");
    let balances = json!({"1100": "0.00", "2100": "0.00", "2210": "0.00", "4000": "-100.00", "4090": "100.00"});
    assert_eq!(world.trial_balance().await, balances);
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn what_the_invoice_does_not_owe_stays_unapplied_until_it_is_applied() {
    let world = World::new().await;
    let paid = world.invoice("100.00").await;
    let body = json!({
        "account_id": world.account, "currency": "USD", "method": "wire", "reference": "W1", "received_on": "2026-03-02", "amount": "70.00",
    });
    let _payment = world.clerk.post("/v1/payments", body).await.expect(201);
    let memo = credit(&world, &paid, "price", json!([{"line_no": 1}])).await.expect(201);
    assert_eq!((memo.text("/unapplied"), memo.text("/state")), ("70.00".into(), "partially_applied".into()));
    let other = world.invoice("50.00").await;
    let path = format!("/v1/credit-memos/{}", memo.id());
    let applied = world.clerk.act(&format!("{path}/apply"), &memo.etag(), json!({})).await.expect(200);
    assert_eq!(applied.text("/unapplied"), "20.00");
    assert_eq!(world.clerk.get(&format!("/v1/invoices/{}", other.id())).await.expect(200).text("/state"), "paid");
    world.sound().await;
    let reason = json!({"reason": "Wrong invoice"});
    let back = world.clerk.act(&format!("{path}/unapply"), &applied.etag(), reason).await.expect(200);
    assert_eq!(back.text("/unapplied"), "100.00");
    world.sound().await;
    world.app.stop().await;
}
