//! From state to state: steps, holds, amendments, moved services.

use kernel::id::new_uuid;
use serde_json::json;

use super::scene::{Scene, TO_WORK};

#[actix_web::test]
async fn an_order_goes_its_way_and_no_other() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let refused = scene.act(&order, "dispatch", json!({})).await.expect_problem(409, "illegal_transition");
    assert_eq!(refused.body["allowed"], json!(["prepare", "cancel"]));
    let prepared = scene.act(&order, "prepare", json!({})).await.expect(200);
    assert_eq!((prepared.text("/fulfilment"), prepared.text("/prepared_at")), ("prepared".into(), "2026-03-02T12:00:00Z".into()));
    let path = format!("/v1/orders/{}/confirm", order.id());
    scene.ada.act(&path, &order.etag(), json!({})).await.expect_problem(412, "stale_version");
    scene.ada.post(&path, json!({})).await.expect_problem(428, "if_match_required");
    let working = scene.walk(&order, &TO_WORK[1..]).await;
    assert_eq!((working.text("/fulfilment"), working.text("/billing")), ("in_progress".into(), "not_ready".into()));
    scene.act(&order, "cancel", json!({"reason": "Too late"})).await.expect_problem(409, "illegal_transition");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_order_can_be_called_back_and_called_off() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let back = scene.walk(&order, &["prepare", "confirm", "schedule", "dispatch", "recall", "unschedule"]).await;
    assert_eq!(back.text("/fulfilment"), "confirmed");
    let off = scene.act(&order, "cancel", json!({"reason": "Not needed"})).await.expect(200);
    assert_eq!((off.text("/fulfilment"), off.text("/reason")), ("cancelled".into(), "Not needed".into()));
    let undated = scene.create(json!({"service_date": null})).await.expect(201);
    let _confirmed = scene.walk(&undated, &["prepare", "confirm"]).await;
    scene.act(&undated, "schedule", json!({})).await.expect_problem(409, "no_service_date");
    let emergency = scene.create(json!({"kind": "emergency"})).await.expect(201);
    assert_eq!(scene.walk(&emergency, &["prepare", "confirm", "dispatch"]).await.text("/fulfilment"), "dispatched");
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_hold_stops_what_it_names() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let hold = json!({"kind": "credit", "scopes": ["confirm"], "reason": "Over the limit", "expires_at": "2026-03-03T00:00:00Z"});
    let held = scene.act(&order, "holds", hold.clone()).await.expect(200);
    scene.act(&order, "holds", hold).await.expect_problem(409, "already_held");
    let _prepared = scene.act(&order, "prepare", json!({})).await.expect(200);
    let refused = scene.act(&order, "confirm", json!({})).await.expect_problem(409, "on_hold");
    assert_eq!(refused.text("/conflicts/0"), held.text("/holds/0/id"));
    let path = format!("/v1/orders/{}", order.id());
    let etag = scene.ada.get(&path).await.etag();
    scene.ada.delete(&format!("{path}/holds/{}", new_uuid()), &etag).await.expect_problem(404, "not_found");
    let lifted = scene.ada.delete(&format!("{path}/holds/{}", held.text("/holds/0/id")), &etag).await.expect(200);
    assert_eq!(lifted.body["holds"], json!([]));
    let _confirmed = scene.act(&order, "confirm", json!({})).await.expect(200);
    scene.app.stop().await;
}

#[actix_web::test]
async fn the_branchs_own_calendar_decides_its_business_days() {
    let scene = Scene::start().await;
    *scene.others.calendar.lock().unwrap() = Some(new_uuid());
    let order = scene.create(json!({"service_date": null})).await.expect(201);
    assert_eq!(order.text("/prep_due_at"), "2026-03-04T17:00:00Z");
    scene.app.stop().await;
}

#[actix_web::test]
async fn orders_of_an_account_on_credit_hold_are_held_from_the_start() {
    let scene = Scene::start().await;
    *scene.others.credit_hold.lock().unwrap() = true;
    let order = scene.create(json!({})).await.expect(201);
    assert_eq!(order.body["holds"][0]["scopes"], json!(["confirm", "dispatch"]));
    let _prepared = scene.act(&order, "prepare", json!({})).await.expect(200);
    scene.act(&order, "confirm", json!({})).await.expect_problem(409, "on_hold");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_order_is_amended_until_it_is_confirmed() {
    let scene = Scene::start().await;
    let order = scene.create(json!({"customer_po": "PO-1"})).await.expect(201);
    let path = format!("/v1/orders/{}", order.id());
    let lines = json!([{"item_code": "a", "quantity": "1"}, {"item_code": "b", "quantity": "3"}]);
    let change = json!({"lines": lines, "customer_po": null, "freight": {"amount": "5"}});
    let amended = scene.ada.patch(&path, &order.etag(), change).await.expect(200);
    assert_eq!(
        (amended.text("/total"), amended.text("/freight"), amended.text("/customer_po")),
        ("45.00".into(), "5.00".into(), "null".into())
    );
    assert_eq!((amended.text("/lines/1/line"), amended.text("/lines/1/amount")), ("2".into(), "33.75".into()));
    assert_eq!(scene.ada.get(&path).await.expect(200).body, amended.body);
    let confirmed = scene.walk(&order, &["prepare", "confirm"]).await;
    scene.ada.patch(&path, &confirmed.etag(), json!({"priority": "high"})).await.expect_problem(409, "not_amendable");
    scene.app.stop().await;
}

#[actix_web::test]
async fn only_a_customers_wish_moves_the_preparation() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    scene.app.set_time("2026-03-02T20:00:00Z");
    let ours = json!({"service_date": "2026-03-03", "cause": "us", "reason": "No driver"});
    let moved = scene.act(&order, "reschedule", ours).await.expect(200);
    assert_eq!((moved.text("/service_date"), moved.text("/prep_due_at")), ("2026-03-03".into(), order.text("/prep_due_at")));
    let theirs = json!({"service_date": "2026-03-03", "cause": "customer", "reason": "Sooner"});
    let moved = scene.act(&order, "reschedule", theirs).await.expect(200);
    assert_eq!(moved.text("/prep_due_at"), "2026-03-02T20:30:00Z");
    let _working = scene.walk(&order, &TO_WORK).await;
    let late = json!({"service_date": "2026-03-09", "cause": "customer", "reason": "Later"});
    scene.act(&order, "reschedule", late).await.expect_problem(409, "illegal_transition");
    scene.app.stop().await;
}
