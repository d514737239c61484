//! Tiers that add up over a line, an order, a month or a contract, over HTTP.

use serde_json::{Value, json};

use super::scene::Scene;

#[actix_web::test]
async fn tiers_add_up_in_the_scope_that_the_price_or_its_book_names() {
    let scene = Scene::start().await;
    let tiers = json!([{"from": "0", "to": "10", "unit_price": "10.00"}, {"from": "10", "unit_price": "8.00"}]);
    let priced =
        |code: &str, scope: Value| json!({"item_code": code, "tier_scope": scope, "terms": {"model": "graduated", "tiers": tiers}});
    for code in ["LINE", "ORDER", "MONTH", "BOOK"] {
        let _ = scene.item(code, "each").await;
    }
    let body = json!({"code": "STD", "name": "STD", "currency": "USD", "kind": "standard", "tier_scope": "contract_to_date"});
    let book = scene.ada.post("/v1/pricebooks", body).await.expect(201).id();
    let draft = scene.draft(book, "2026-01-01").await;
    let entries = json!([
        priced("LINE", json!("line")),
        priced("ORDER", json!("order")),
        priced("MONTH", json!("month")),
        priced("BOOK", Value::Null)
    ]);
    let _ = scene.add(&draft, entries).await.expect(201);
    scene.publish(&draft).await;
    let priors = json!({"order": "4", "month": "6", "contract_to_date": "9"});
    let total = async |code: &str| {
        let line = json!({"item_code": code, "quantity": "5", "prior_quantity": "100", "prior_quantities": priors});
        scene.ada.post("/v1/price", json!({"currency": "USD", "line": line})).await.expect(200).text("/total")
    };
    assert_eq!(
        [total("LINE").await, total("ORDER").await, total("MONTH").await, total("BOOK").await],
        ["50.00", "50.00", "48.00", "42.00"]
    );
    let lines: Vec<Value> = ["ORDER", "LINE", "ORDER", "LINE"].iter().map(|code| json!({"item_code": code, "quantity": "8"})).collect();
    let batch = scene.ada.post("/v1/price/batch", json!({"currency": "USD", "lines": lines})).await.expect(200);
    let totals: Vec<String> = (0..4).map(|line| batch.text(&format!("/lines/{line}/priced/total"))).collect();
    assert_eq!(totals, ["80.00", "80.00", "68.00", "80.00"], "the order's second line goes on where its first ended");
    scene.app.stop().await;
}
