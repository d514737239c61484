//! Prices made of costs that are recorded over HTTP.

use serde_json::json;

use crate::tests::scene::Scene;

#[actix_web::test]
async fn a_price_follows_the_cost_of_its_day() {
    let scene = Scene::start().await;
    let item = scene.item("PUMP", "each").await.id();
    let entry = json!({"item_code": "PUMP", "terms": {"model": "cost_plus", "on": "margin", "percent": "0.20"}});
    let _ = scene.published("STD", "standard", json!([entry])).await;
    scene.price("PUMP", "3", json!({})).await.expect_problem(422, "missing_cost");
    for (cost, from) in [("80.00", "2026-01-01"), ("88.00", "2026-03-02")] {
        let body = json!({"item_id": item, "currency": "USD", "cost": cost, "effective_on": from});
        let made = scene.ada.post("/v1/item-costs", body).await.expect(201);
        assert_eq!(scene.ada.get(made.header("location")).await.expect(200).body, made.body);
    }
    let priced = scene.price("PUMP", "3", json!({"price_date": "2026-03-01"})).await.expect(200);
    assert_eq!((priced.text("/unit_price"), priced.text("/total")), ("100.00".into(), "300.00".into()));
    assert_eq!((priced.text("/trace/steps/1/rule"), priced.text("/trace/steps/1/input")), ("margin".into(), "80.00".into()));
    assert_eq!(scene.price("PUMP", "3", json!({})).await.expect(200).text("/total"), "330.00");
    let refused = scene
        .ada
        .post("/v1/item-costs", json!({"item_id": item, "uom": "tote", "currency": "USD", "cost": "-1", "effective_on": "2026-01-01"}))
        .await;
    assert_eq!((refused.text("/errors/0/code"), refused.text("/errors/1/code")), ("unknown_uom".into(), "negative_cost".into()));
    assert_eq!(scene.ada.get(&format!("/v1/item-costs?filter[item_id]={item}")).await.expect(200).rows().len(), 2);
    scene.app.stop().await;
}
