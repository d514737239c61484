//! Prices over HTTP.

use serde_json::json;

use super::scene::Scene;

#[actix_web::test]
async fn a_published_price_is_calculated_with_its_explanation() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let tiers = json!([{"from": "0", "to": "5", "unit_price": "185.00"}, {"from": "5", "to": "10", "unit_price": "172.50"}, {"from": "10", "unit_price": "160.00"}]);
    let entry = json!({"item_code": "DRUM55", "terms": {"model": "volume", "tiers": tiers}, "min_charge": "2000.00"});
    let _ = scene.published("STD", "standard", json!([entry])).await;
    let line = scene.price("DRUM55", "12", json!({})).await.expect(200);
    assert_eq!((line.text("/total"), line.text("/unit_price")), ("2000.00".into(), "160.00".into()));
    assert_eq!(line.text("/components/1/kind"), "minimum_adjustment");
    assert_eq!(line.text("/source/level"), "4");
    let again = scene.price("DRUM55", "12", json!({})).await.expect(200);
    assert_eq!(line.bytes, again.bytes, "the clock stands still, so a replay is identical");
    scene.price("NONE", "1", json!({})).await.expect_problem(422, "validation_failed");
    scene.price("DRUM55", "1", json!({"currency": "CAD"})).await.expect_problem(422, "no_price");
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_batch_prices_what_it_can_and_says_what_it_cannot() {
    let scene = Scene::start().await;
    let _ = scene.item("TRIP", "each").await;
    let _ = scene.published("STD", "standard", json!([{"item_code": "TRIP", "terms": {"model": "flat", "unit_price": "431.00"}}])).await;
    let lines = json!([{"item_code": "TRIP", "quantity": "1"}, {"item_code": "TRIP", "quantity": "2"}]);
    let whole = scene.ada.post("/v1/price/batch", json!({"currency": "USD", "lines": lines})).await.expect(200);
    assert_eq!((whole.text("/total"), whole.text("/complete")), ("1293.00".into(), "true".into()));
    let read: clients::pricing::PriceAnswer = serde_json::from_slice(&whole.bytes).unwrap();
    assert_eq!(read.lines[1].priced.as_ref().unwrap().total.to_string(), "862.00");
    let lines = json!([{"item_code": "TRIP", "quantity": "1"}, {"item_code": "GONE", "quantity": "2"}]);
    let part = scene.ada.post("/v1/price/batch", json!({"currency": "USD", "lines": lines})).await.expect(200);
    assert_eq!((part.text("/total"), part.text("/lines/1/refused/code")), ("null".into(), "unknown_item".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn staff_price_only_accounts_of_their_branches() {
    let scene = Scene::start().await;
    let _ = scene.item("TRIP", "each").await;
    let _ = scene.published("STD", "standard", json!([{"item_code": "TRIP", "terms": {"model": "flat", "unit_price": "431.00"}}])).await;
    let account = scene.account();
    let request = json!({"account_id": account, "currency": "USD", "line": {"item_code": "TRIP", "quantity": "1"}});
    let _ = scene.ada.post("/v1/price", request.clone()).await.expect(200);
    let stranger = scene.app.client(&testkit::Persona::of_branches(&[kernel::id::new_uuid()]));
    stranger.post("/v1/price", request).await.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}
