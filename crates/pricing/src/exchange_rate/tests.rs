//! Converting prices at rates that are recorded over HTTP.

use serde_json::{Value, json};

use crate::tests::scene::Scene;

async fn rate(scene: &Scene, rate: &str, effective_on: &str) {
    let body = json!({"from": "USD", "to": "CAD", "rate": rate, "effective_on": effective_on});
    let made = scene.ada.post("/v1/exchange-rates", body).await.expect(201);
    let read = scene.ada.get(made.header("location")).await.expect(200);
    assert_eq!((read.etag(), &read.body), (made.etag(), &made.body));
    assert_eq!(read.etag(), "\"v1\"");
}

#[actix_web::test]
async fn a_price_is_converted_at_the_rate_of_its_day_when_that_is_allowed() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let entry = json!({"item_code": "DRUM55", "terms": {"model": "flat", "unit_price": "185.00"}});
    let _ = scene.published("STD", "standard", json!([entry])).await;
    let total = async |date: &str, more: Value| {
        let mut asked = json!({"currency": "CAD", "price_date": date, "allow_conversion": true});
        asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        scene.price("DRUM55", "12", asked).await
    };
    total("2026-03-02", json!({})).await.expect_problem(422, "no_price");
    rate(&scene, "1.3625", "2026-03-01").await;
    rate(&scene, "1.4000", "2026-03-03").await;
    scene.app.set_time("2026-03-04T15:00:00Z");
    assert_eq!(total("2026-03-02", json!({})).await.expect(200).text("/total"), "3024.75");
    assert_eq!(total("2026-03-03", json!({})).await.expect(200).text("/total"), "3108.00");
    total("2026-02-28", json!({})).await.expect_problem(422, "no_price");
    total("2026-03-02", json!({"allow_conversion": false})).await.expect_problem(422, "no_price");
    scene.app.set_time("2026-03-05T15:00:00Z");
    rate(&scene, "1.5000", "2026-03-01").await;
    assert_eq!(total("2026-03-02", json!({})).await.expect(200).text("/total"), "3330.00", "a correction");
    assert_eq!(
        total("2026-03-02", json!({ "known_at": "2026-03-04T15:00:00Z" })).await.expect(200).text("/total"),
        "3024.75",
        "as known before it"
    );
    assert_eq!(scene.ada.get("/v1/exchange-rates?filter[to]=CAD").await.expect(200).rows().len(), 3);
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_rate_that_makes_no_sense_is_refused_with_every_fault() {
    let scene = Scene::start().await;
    let refused =
        scene.ada.post("/v1/exchange-rates", json!({"from": "USD", "to": "USD", "rate": "0", "effective_on": "2026-03-01"})).await;
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/1/pointer")), ("/to".into(), "/rate".into()));
    refused.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}
