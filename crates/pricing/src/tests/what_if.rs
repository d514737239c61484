//! Prices of entries that are not published.

use serde_json::{Value, json};
use testkit::Persona;

use super::scene::Scene;

fn flat(code: &str, price: &str) -> Value {
    json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}})
}

#[actix_web::test]
async fn a_draft_is_priced_before_it_is_published_and_nobody_else_sees_it() {
    let scene = Scene::start().await;
    for code in ["A", "B"] {
        let _ = scene.item(code, "each").await;
    }
    let book = scene.published("STD", "standard", json!([flat("A", "10.00"), flat("B", "20.00")])).await;
    let draft = scene.draft(book, "2026-01-01").await;
    let old = scene.price("A", "1", json!({})).await.text("/source/entry_id");
    let etag = scene.ada.get(&draft.path).await.etag();
    let _ = scene.ada.delete(&format!("{}/entries/{old}", draft.path), &etag).await.expect(204);
    let _ = scene.add(&draft, json!([flat("A", "11.00")])).await.expect(201);
    let lines = json!([{"item_code": "A", "quantity": "1"}, {"item_code": "B", "quantity": "1"}]);
    let ask =
        async |what_if: Value| scene.ada.post("/v1/price/batch", json!({"currency": "USD", "lines": lines, "what_if": what_if})).await;
    let supposed = ask(json!({"drafts": [{"book_id": book, "version_no": 2}]})).await.expect(200);
    assert_eq!((supposed.text("/total"), supposed.text("/lines/0/priced/source/version")), ("31.00".into(), "2".into()));
    assert_eq!(ask(Value::Null).await.expect(200).text("/total"), "30.00");
    let unknown = ask(json!({"drafts": [{"book_id": book, "version_no": 3}]})).await;
    assert_eq!((unknown.text("/errors/0/pointer"), unknown.text("/errors/0/code")), ("/what_if/drafts/0".into(), "unknown_version".into()));
    ask(json!({"drafts": [{"book_id": book, "version_no": 1}]})).await.expect_problem(409, "not_unpublished");
    scene.publish(&draft).await;
    assert_eq!(ask(Value::Null).await.expect(200).text("/total"), "31.00");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_entry_that_is_only_sent_along_takes_the_place_of_its_key() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let book = scene.published("STD", "standard", json!([flat("A", "10.00")])).await;
    let one = |entries: Value| json!({"what_if": {"entries": entries}});
    let supposed = scene.price("A", "2", one(json!([{"book_id": book, "entry": flat("A", "12.50")}]))).await.expect(200);
    assert_eq!(supposed.text("/total"), "25.00");
    let twice = json!([{"book_id": book, "entry": flat("A", "1")}, {"book_id": book, "entry": flat("A", "2")}]);
    let refused = scene.price("A", "2", one(twice)).await.expect(422);
    assert_eq!(
        (refused.text("/errors/0/pointer"), refused.text("/errors/0/code")),
        ("/what_if/entries/1/entry".into(), "price_overlap".into())
    );
    let free = scene.price("A", "2", one(json!([{"book_id": book, "entry": flat("A", "0")}]))).await.expect(422);
    assert_eq!(free.text("/errors/0/code"), "free_required");
    assert_eq!(scene.price("A", "2", json!({})).await.expect(200).text("/total"), "20.00");
    let account = scene.account();
    let customer = scene.app.client(&Persona::customer(&[account], "price:calculate"));
    let asked = json!({"account_id": account, "currency": "USD", "line": {"item_code": "A", "quantity": "1"}, "what_if": {"drafts": []}});
    let _ = customer.post("/v1/price", asked).await.expect(403);
    scene.app.stop().await;
}
