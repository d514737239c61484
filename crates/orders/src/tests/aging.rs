//! Aging by effective and recorded time.

use serde_json::json;

use super::world::{World, line};

#[actix_web::test]
async fn acceptance_17_items_are_aged_as_of_a_date_and_as_known_at_an_instant() {
    let world = World::new().await;
    world.app.set_time("2026-06-30T12:00:00Z");
    let dues = [
        ("2026-06-30", "100"),
        ("2026-06-29", "200"),
        ("2026-05-31", "400"),
        ("2026-05-30", "800"),
        ("2026-05-01", "1600"),
        ("2026-04-30", "3200"),
        ("2026-04-01", "6400"),
        ("2026-03-31", "12800"),
    ];
    for (due, amount) in dues {
        let _invoice = world.invoice_with(json!({"lines": [line("1", amount)], "issue_date": "2026-03-01", "due_date": due})).await;
    }
    let buckets = async |query: &str| {
        let answer = world.clerk.get(&format!("/v1/reports/aging?{query}")).await.expect(200);
        let read = |name: &str| answer.text(&format!("/accounts/0/{name}"));
        assert_eq!(answer.body["totals"]["total"], answer.body["accounts"][0]["total"]);
        ["current", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "over_120", "total", "net"].map(read).join(" ")
    };
    let whole = "100.00 600.00 2400.00 9600.00 12800.00 0.00 25500.00 25500.00";
    assert_eq!(buckets("as_of=2026-06-30").await, whole);
    assert_eq!(buckets("as_of=2026-06-30&known_at=2026-06-30T23:00:00Z").await, whole);
    world.app.set_time("2026-07-02T12:00:00Z");
    let second = world.clerk.get("/v1/invoices?filter[due_date]=2026-06-29").await.expect(200).text("/data/0/id");
    let body = json!({
        "account_id": world.account, "currency": "USD", "method": "check", "reference": "17", "received_on": "2026-06-29", "amount": "200.00",
        "application": {"mode": "explicit", "applications": [{"invoice_id": second, "amount": "200.00"}]},
    });
    let _payment = world.clerk.post("/v1/payments", body).await.expect(201);
    let paid = "100.00 400.00 2400.00 9600.00 12800.00 0.00 25300.00 25300.00";
    assert_eq!(buckets("as_of=2026-06-30&known_at=2026-07-03T00:00:00Z").await, paid);
    assert_eq!(buckets("as_of=2026-06-30&known_at=2026-06-30T23:00:00Z").await, whole);
    assert_eq!(buckets("as_of=2026-06-30").await, paid);
    assert_eq!(buckets("as_of=2026-06-28").await, "300.00 1200.00 4800.00 19200.00 0.00 0.00 25500.00 25500.00");
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn unapplied_money_has_columns_of_its_own_and_voids_leave() {
    let world = World::new().await;
    let invoice = world.invoice("100.00").await;
    let body = json!({
        "account_id": world.account, "currency": "USD", "method": "check", "reference": "1", "received_on": "2026-03-02",
        "amount": "30.00", "application": {"mode": "none"},
    });
    let _payment = world.clerk.post("/v1/payments", body).await.expect(201);
    let path = format!("/v1/invoices/{}/void", invoice.id());
    world.app.set_time("2026-03-05T00:00:00Z");
    let _voided = world.clerk.act(&path, &invoice.etag(), json!({"reason": "Twice"})).await.expect(200);
    for (query, expected) in [
        ("", ("0.00", "30.00", "-30.00")),
        ("?as_of=2026-03-05&known_at=2026-03-06T00:00:00Z", ("0.00", "30.00", "-30.00")),
        ("?as_of=2026-03-04", ("100.00", "30.00", "70.00")),
        ("?as_of=2026-03-05&known_at=2026-03-04T00:00:00Z", ("100.00", "30.00", "70.00")),
    ] {
        let answer = world.clerk.get(&format!("/v1/reports/aging{query}")).await.expect(200);
        let read = ["total", "unapplied_cash", "net"].map(|name| answer.text(&format!("/totals/{name}")));
        assert_eq!((read[0].as_str(), read[1].as_str(), read[2].as_str()), expected, "{query}");
    }
    world.clerk.get("/v1/reports/aging?asof=2026-03-04").await.expect_problem(400, "invalid_query");
    world.app.stop().await;
}
