//! What completing an order makes billable.

use serde_json::{Value, json};

use super::scene::{Scene, TO_WORK};

fn amounts(billables: &[Value]) -> Vec<(&str, &str, &str)> {
    let text =
        |billable: &'_ Value, member: &str| -> &'static str { Box::leak(billable[member].as_str().unwrap().to_owned().into_boxed_str()) };
    billables.iter().map(|one| (text(one, "kind"), text(one, "amount"), text(one, "state"))).collect()
}

#[actix_web::test]
async fn completing_makes_one_billable_of_each_line_and_of_freight() {
    let scene = Scene::start().await;
    let order = scene.create(json!({"freight": {"amount": "21.40"}, "customer_po": "PO-7"})).await.expect(201);
    let _working = scene.walk(&order, &TO_WORK).await;
    scene.app.set_time("2026-02-01T08:10:00Z");
    let at = json!({"completed_at": "2026-02-01T07:30:00Z"});
    let done = scene.act(&order, "complete", at).await.expect(200);
    assert_eq!(
        (done.text("/fulfilment"), done.text("/billing"), done.text("/lines/0/quantity_done")),
        ("completed".into(), "ready".into(), "2".into())
    );
    let billables = scene.billables(&order).await;
    assert_eq!(amounts(&billables), [("service", "22.50", "open"), ("freight", "21.40", "open")]);
    assert_eq!((&billables[0]["service_date"], &billables[0]["po_number"]), (&json!("2026-01-31"), &json!("PO-7")));
    assert_eq!((&billables[0]["unit_price"], &billables[0]["discount_rate"]), (&json!("12.50"), &json!("0.1")));
    assert_eq!(billables[0]["source_id"].as_str().unwrap(), done.text("/lines/0/id"));
    scene.app.stop().await;
}

#[actix_web::test]
async fn only_what_was_done_is_billable() {
    let scene = Scene::start().await;
    let lines = json!([{"item_code": "a", "quantity": "4"}, {"item_code": "b", "quantity": "1"}]);
    let order = scene.create(json!({"lines": lines})).await.expect(201);
    let _working = scene.walk(&order, &TO_WORK).await;
    let over = json!({"lines": [{"line": 1, "quantity_done": "4.0001"}, {"line": 9, "quantity_done": "1"}]});
    let refused = scene.act(&order, "complete", over).await.expect(422);
    assert_eq!((refused.text("/errors/0/code"), refused.text("/errors/1/code")), ("over_ordered".into(), "unknown_line".into()));
    let part = json!({"lines": [{"line": 1, "quantity_done": "3"}]});
    let done = scene.act(&order, "complete", part).await.expect(200);
    assert_eq!((done.text("/lines/0/quantity_done"), done.text("/lines/1/quantity_done")), ("3".into(), "0".into()));
    assert_eq!(amounts(&scene.billables(&order).await), [("service", "33.75", "open")]);
    scene.app.stop().await;
}

#[actix_web::test]
async fn opening_again_waives_and_completing_again_bills_anew() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let _working = scene.walk(&order, &TO_WORK).await;
    let _done = scene.act(&order, "complete", json!({})).await.expect(200);
    let open = scene.act(&order, "reopen", json!({"reason": "One forgotten"})).await.expect(200);
    assert_eq!((open.text("/billing"), open.text("/lines/0/quantity_done")), ("not_ready".into(), "0".into()));
    let _done = scene.act(&order, "complete", json!({})).await.expect(200);
    let billables = scene.billables(&order).await;
    assert_eq!(amounts(&billables), [("service", "22.50", "waived"), ("service", "22.50", "open")]);
    let invoice = json!({"bill_to_id": scene.others.account, "currency": "USD", "billable_ids": [billables[1]["id"]], "post": true});
    let made = scene.ada.post("/v1/invoices", invoice).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    assert_eq!(made.text("/terms"), "net45", "the account's, kept by its order");
    let billing = async || scene.ada.get(&format!("/v1/orders/{}", order.id())).await.expect(200).text("/billing");
    assert_eq!(billing().await, "billed");
    scene.act(&order, "reopen", json!({"reason": "Again"})).await.expect_problem(409, "billed");
    assert_eq!(scene.act(&order, "close", json!({})).await.expect(200).text("/fulfilment"), "closed");
    let void = format!("/v1/invoices/{}/void", made.id());
    let _void = scene.ada.act(&void, &made.etag(), json!({"reason": "Wrong"})).await.expect(200);
    assert_eq!(billing().await, "ready");
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_hold_of_the_bill_holds_the_billables() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let _working = scene.walk(&order, &TO_WORK).await;
    let hold = json!({"kind": "paperwork", "scopes": ["bill"], "reason": "No weight ticket"});
    let held = scene.act(&order, "holds", hold).await.expect(200);
    let done = scene.act(&order, "complete", json!({})).await.expect(200);
    assert_eq!(done.text("/billing"), "not_ready");
    assert_eq!(amounts(&scene.billables(&order).await), [("service", "22.50", "held")]);
    let path = format!("/v1/orders/{}/holds/{}", order.id(), held.text("/holds/0/id"));
    let lifted = scene.ada.delete(&path, &done.etag()).await.expect(200);
    assert_eq!(lifted.text("/billing"), "ready");
    assert_eq!(amounts(&scene.billables(&order).await), [("service", "22.50", "open")]);
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_order_of_no_value_has_nothing_to_bill() {
    let scene = Scene::start().await;
    let lines = json!([{"description": "Warranty", "quantity": "1", "given": {"unit_price": "0", "reason": "Warranty"}}]);
    let order = scene.create(json!({"lines": lines})).await.expect(201);
    assert_eq!(order.text("/billing"), "not_applicable");
    let _working = scene.walk(&order, &TO_WORK).await;
    let done = scene.act(&order, "complete", json!({})).await.expect(200);
    assert_eq!(done.text("/billing"), "not_applicable");
    assert!(scene.billables(&order).await.is_empty());
    scene.app.stop().await;
}

#[actix_web::test]
async fn the_tax_an_order_was_brought_with_is_carried_to_its_whole_invoice() {
    let scene = Scene::start().await;
    let line = |amount: &str| json!({"description": "Old job", "quantity": "1", "given": {"unit_price": amount, "reason": "Imported"}, "tax_code": "S", "tax_rate": "0.1"});
    let brought = json!({"lines": [line("10.00"), line("20.00")], "tax": {"total": "2.81"}});
    let invoice = |more: Value| {
        let mut body = json!({"bill_to_id": scene.others.account, "currency": "USD", "post": true});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let mut orders = Vec::new();
    for _ in 0..2 {
        let order = scene.create(brought.clone()).await.expect(201);
        let _working = scene.walk(&order, &TO_WORK).await;
        let _done = scene.act(&order, "complete", json!({})).await.expect(200);
        orders.push(order);
    }
    let whole = scene.ada.post("/v1/invoices", invoice(json!({"order_id": orders[0].id()}))).await.expect(201);
    assert_eq!((whole.text("/net"), whole.text("/tax"), whole.text("/total")), ("30.00".into(), "2.81".into(), "32.81".into()));
    let first = &scene.billables(&orders[1]).await[0]["id"];
    let _part = scene.ada.post("/v1/invoices", invoice(json!({"billable_ids": [first]}))).await.expect(201);
    let rest = scene.ada.post("/v1/invoices", invoice(json!({"order_id": orders[1].id()}))).await.expect(201);
    assert_eq!(rest.text("/tax"), "2.00", "the line's own rate: one amount is not divided by whoever invoices first");
    scene.app.stop().await;
}
