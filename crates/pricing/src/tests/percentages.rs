//! Lines that are a percentage of other lines of their document, over HTTP.

use serde_json::{Value, json};
use testkit::Answer;

use super::scene::Scene;

async fn fee(scene: &Scene, code: &str) -> Value {
    let item = json!({"code": code, "name": code, "service_line": "waste", "charge_group": "fee", "base_uom": "each"});
    json!(scene.ada.post("/v1/items", item).await.expect(201).id())
}

fn percent(code: &str, percent: &str, of: Value) -> Value {
    json!({"item_code": code, "terms": {"model": "percent_of", "percent": percent, "of": of}})
}

async fn batch(scene: &Scene, codes: &[&str]) -> Answer {
    let lines: Vec<Value> = codes.iter().map(|code| json!({"item_code": code, "quantity": "1"})).collect();
    scene.ada.post("/v1/price/batch", json!({"currency": "USD", "lines": lines})).await
}

#[actix_web::test]
async fn percentages_follow_what_they_are_of_in_whatever_order_the_lines_come() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM", "each").await;
    let (handling, _) = (fee(&scene, "HANDLING").await, fee(&scene, "LEVY").await);
    let entries = json!([
        {"item_code": "DRUM", "terms": {"model": "flat", "unit_price": "160.05"}},
        percent("HANDLING", "0.10", json!({"charge_groups": ["service", "fee"]})),
        percent("LEVY", "0.50", json!({"items": [handling]})),
    ]);
    let _ = scene.published("STD", "standard", entries).await;
    let priced = batch(&scene, &["LEVY", "HANDLING", "DRUM", "DRUM"]).await.expect(200);
    let totals: Vec<String> = (0..4).map(|line| priced.text(&format!("/lines/{line}/priced/total"))).collect();
    assert_eq!(totals, ["16.01", "32.01", "160.05", "160.05"]);
    assert_eq!((priced.text("/total"), priced.text("/document_total")), ("368.12".into(), "368.12".into()));
    assert_eq!(priced.text("/lines/0/priced/trace/inputs/part_of"), "32.01");
    let broken = batch(&scene, &["HANDLING", "GONE"]).await.expect(200);
    assert_eq!(broken.text("/lines/0/refused/code"), "percent_base_unknown");
    assert_eq!(scene.price("HANDLING", "1", json!({})).await.expect(200).text("/total"), "0.00", "alone it is a part of nothing");
    scene.app.stop().await;
}

#[actix_web::test]
async fn percentages_of_each_other_are_not_published() {
    let scene = Scene::start().await;
    let (one, two) = (fee(&scene, "ONE").await, fee(&scene, "TWO").await);
    let book = scene.published("STD", "standard", json!([percent("ONE", "0.10", json!({"items": [two]}))])).await;
    let draft = scene.draft(book, "2026-01-01").await;
    let _ = scene.add(&draft, json!([percent("TWO", "0.10", json!({"items": [one]}))])).await.expect(201);
    for step in ["submit", "approve"] {
        let _ = scene.step(&draft, step).await.expect(200);
    }
    scene.step(&draft, "publish").await.expect_problem(422, "percent_cycle");
    scene.app.stop().await;
}

#[actix_web::test]
async fn percentages_of_each_other_in_two_books_are_refused_when_they_meet() {
    let scene = Scene::start().await;
    let (one, two) = (fee(&scene, "ONE").await, fee(&scene, "TWO").await);
    let _ = scene.published("A", "standard", json!([percent("ONE", "0.10", json!({"items": [two]}))])).await;
    let _ = scene.published("B", "standard", json!([percent("TWO", "0.10", json!({"items": [one]}))])).await;
    let refused = batch(&scene, &["ONE", "TWO"]).await.expect(200);
    assert_eq!((refused.text("/lines/0/refused/code"), refused.text("/complete")), ("percent_cycle".into(), "false".into()));
    scene.app.stop().await;
}
