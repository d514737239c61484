//! Inheritance of books and adjustments by level, over HTTP.

use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::Scene;

fn flat(code: &str, price: &str) -> Value {
    json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}})
}

async fn child(scene: &Scene, code: &str, kind: &str, parent: Uuid, entries: Value) -> Uuid {
    let body = json!({"code": code, "name": code, "currency": "USD", "kind": kind, "parent_id": parent});
    let book = scene.ada.post("/v1/pricebooks", body).await.expect(201).id();
    let draft = scene.draft(book, "2026-01-01").await;
    let _ = scene.add(&draft, entries).await.expect(201);
    scene.publish(&draft).await;
    book
}

async fn assign(scene: &Scene, book: Uuid, subject: Value) {
    let body = json!({"book_id": book, "subject": subject, "start": "2026-01-01"});
    let _ = scene.ada.post("/v1/price-assignments", body).await.expect(201);
}

#[actix_web::test]
async fn a_book_has_what_it_lacks_from_its_parent() {
    let scene = Scene::start().await;
    for code in ["A", "B"] {
        let _ = scene.item(code, "each").await;
    }
    let std = scene.published("STD", "standard", json!([flat("A", "10.00"), flat("B", "20.00")])).await;
    let refined = child(&scene, "STD-2", "standard", std, json!([flat("A", "11.00")])).await;
    let own = scene.price("A", "1", json!({})).await.expect(200);
    assert_eq!((own.text("/total"), own.text("/source/book")), ("11.00".into(), "STD-2".into()));
    assert_eq!((own.text("/trace/steps/0/ref/book"), own.text("/trace/steps/0/code")), ("STD".into(), "less_specific".into()));
    let inherited = scene.price("B", "1", json!({})).await.expect(200);
    assert_eq!((inherited.text("/total"), inherited.text("/source/book")), ("20.00".into(), "STD".into()));
    assert_eq!(inherited.text("/source/inherited_by"), "STD-2");
    let mut parent = refined;
    for n in 3..=8 {
        parent = child(&scene, &format!("STD-{n}"), "territory", parent, json!([flat("A", "12.00")])).await;
    }
    let ninth = json!({"code": "STD-9", "name": "STD-9", "currency": "USD", "kind": "territory", "parent_id": parent});
    let refused = scene.ada.post("/v1/pricebooks", ninth).await;
    assert_eq!(refused.text("/errors/0/code"), "lineage_too_long");
    scene.app.stop().await;
}

#[actix_web::test]
async fn adjustments_apply_from_the_lowest_level_upwards_and_stop_at_their_floor() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let _ = scene.published("STD", "standard", json!([flat("DRUM55", "160.00")])).await;
    let (account, branch) = (scene.account(), kernel::id::new_uuid());
    let percent = json!([{"service_line": "waste", "terms": {"model": "adjust_percent", "percent": "0.10"}}]);
    let at_branch = scene.published("BR", "branch", percent).await;
    assign(&scene, at_branch, json!({"kind": "branch", "id": branch})).await;
    let at_branch = scene.price("DRUM55", "2", json!({"branch_id": branch})).await.expect(200);
    assert_eq!((at_branch.text("/unit_price"), at_branch.text("/total")), ("176.00".into(), "352.00".into()));
    assert_eq!((at_branch.text("/source/level"), at_branch.text("/trace/steps/1/rule")), ("4".into(), "adjust_percent".into()));
    assert_eq!(at_branch.text("/trace/steps/1/ref/book"), "BR");
    let off = json!([{"item_code": "DRUM55", "terms": {"model": "adjust_amount", "amount": "-25.50", "floor": "140.00"}}]);
    let own = scene.published("ACCT", "account", off).await;
    assign(&scene, own, json!({"kind": "account", "id": account})).await;
    let clipped = scene.price("DRUM55", "2", json!({"account_id": account})).await.expect(200);
    assert_eq!((clipped.text("/unit_price"), clipped.text("/total")), ("140.00".into(), "280.00".into()));
    assert_eq!(clipped.text("/trace/steps/2/rule"), "floor");
    assert_eq!((clipped.text("/trace/steps/2/input"), clipped.text("/trace/steps/2/output")), ("134.50".into(), "140.00".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_lump_sum_does_not_count_and_what_changes_nothing_is_refused() {
    let scene = Scene::start().await;
    let _ = scene.item("TRIP", "each").await;
    let lump = json!([{"item_code": "TRIP", "terms": {"model": "lump_sum", "amount": "75.00"}}]);
    let _ = scene.published("STD", "standard", lump).await;
    assert_eq!(scene.price("TRIP", "12", json!({})).await.expect(200).text("/total"), "75.00");
    let book = scene.book("OTHER", "account").await;
    let draft = scene.draft(book, "2026-01-01").await;
    let nothing = json!([{"item_code": "TRIP", "terms": {"model": "adjust_percent", "percent": "0"}}]);
    assert_eq!(scene.add(&draft, nothing).await.text("/errors/0/code"), "invalid_adjustment");
    scene.app.stop().await;
}
