//! Item usage over HTTP.

use serde_json::json;

use crate::tests::scene::Scene;

#[actix_web::test]
async fn a_later_figure_for_a_month_takes_the_place_of_the_one_before() {
    let scene = Scene::start().await;
    let (item, account) = (scene.item("DRUM", "each").await.id(), kernel::id::new_uuid());
    let usage = |quantity: &str, day: &str| json!({"account_id": account, "item_id": item, "month": day, "quantity": quantity});
    let record = async |items: serde_json::Value| scene.ada.post("/v1/item-usages/bulk", json!({"atomic": false, "items": items})).await;
    let report = record(json!([usage("12", "2026-01-05"), usage("-1", "2026-02-05")])).await.expect(200);
    assert_eq!((report.text("/succeeded"), report.text("/failed")), ("1".into(), "1".into()));
    let _ = record(json!([usage("15", "2026-01-20")])).await.expect(200);
    let listed = scene.ada.get(&format!("/v1/item-usages?filter[account_id]={account}")).await.expect(200);
    assert_eq!((listed.rows().len(), listed.text("/data/0/quantity"), listed.text("/data/0/version")), (1, "15".into(), "2".into()));
    assert_eq!(listed.text("/data/0/month"), "2026-01-01");
    scene.app.stop().await;
}
