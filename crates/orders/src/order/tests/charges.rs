//! What comes to an order as a whole: surcharges and minimums.

use serde_json::{Value, json};

use super::scene::{Scene, TO_WORK};

/// Fuel of 10.01 on the lines, by these amounts.
fn fuel(shares: &[&str]) -> Value {
    let lines: Vec<Value> = (1..).zip(shares).map(|(line, amount)| json!({"line": line, "amount": amount})).collect();
    json!({"code": "FUEL", "name": "Fuel surcharge", "amount": "10.01", "lines": lines})
}

async fn billed(scene: &Scene, order: &testkit::Answer) -> Vec<(String, String, Value)> {
    let text = |one: &Value, member: &str| one[member].as_str().unwrap().to_owned();
    let billables = scene.billables(order).await;
    billables.iter().map(|one| (text(one, "kind"), text(one, "amount"), one["tax_code"].clone())).collect()
}

#[actix_web::test]
async fn a_surcharge_is_a_line_of_its_own_and_is_billed_as_one() {
    let scene = Scene::start().await;
    *scene.others.surcharges.lock().unwrap() = vec![fuel(&["6.00", "4.01"])];
    let lines = json!([{"item_code": "a", "quantity": "4"}, {"item_code": "b", "quantity": "1"}]);
    let order = scene.create(json!({"lines": lines})).await.expect(201);
    assert_eq!((order.text("/total"), order.text("/lines/2/amount")), ("66.26".into(), "10.01".into()));
    assert_eq!((order.text("/lines/2/item_code"), order.text("/lines/2/charge/kind")), ("FUEL".into(), "surcharge".into()));
    assert_eq!((order.text("/lines/2/charge/shares/1/line"), order.text("/lines/2/charge/shares/1/amount")), ("2".into(), "4.01".into()));
    let explained = scene.ada.get(&format!("/v1/orders/{}/lines/3/price", order.id())).await.expect(200);
    assert_eq!(explained.text("/trace/hash"), "doc");
    let _working = scene.walk(&order, &TO_WORK).await;
    let _done = scene.act(&order, "complete", json!({})).await.expect(200);
    let amounts: Vec<_> = billed(&scene, &order).await.into_iter().map(|(kind, amount, _)| (kind, amount)).collect();
    let expected = [("service", "45.00"), ("service", "11.25"), ("surcharge", "10.01")];
    assert_eq!(amounts, expected.map(|(kind, amount)| (kind.to_owned(), amount.to_owned())));
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_surcharge_follows_what_was_done_of_the_lines_it_falls_on() {
    let scene = Scene::start().await;
    *scene.others.surcharges.lock().unwrap() = vec![fuel(&["6.00", "4.01"])];
    let lines = json!([{"item_code": "a", "quantity": "4"}, {"item_code": "b", "quantity": "1"}]);
    let order = scene.create(json!({"lines": lines})).await.expect(201);
    let _working = scene.walk(&order, &TO_WORK).await;
    let named = json!({"lines": [{"line": 1, "quantity_done": "3"}, {"line": 3, "quantity_done": "1"}]});
    assert_eq!(scene.act(&order, "complete", named).await.expect(422).text("/errors/0/code"), "follows_lines");
    let part = json!({"lines": [{"line": 1, "quantity_done": "3"}]});
    let done = scene.act(&order, "complete", part).await.expect(200);
    assert_eq!(done.text("/lines/2/quantity_done"), "0.4496", "4.50 of 10.01");
    let amounts: Vec<_> = billed(&scene, &order).await.into_iter().map(|(_, amount, _)| amount).collect();
    assert_eq!(amounts, ["33.75", "4.50"]);
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_surcharge_is_taxed_as_what_it_falls_on_and_counts_no_given_price() {
    let scene = Scene::start().await;
    let on_fuel = json!([{"line": 1, "amount": "0.60"}, {"line": 2, "amount": "0.40"}]);
    let on_fuel = json!({"code": "ENV", "name": "Environmental", "amount": "1.00", "lines": on_fuel});
    *scene.others.surcharges.lock().unwrap() = vec![fuel(&["6.00", "4.01"]), on_fuel];
    let taxed = json!({"item_code": "b", "quantity": "1", "tax_code": "S", "tax_rate": "0.08"});
    let given = json!({"description": "Old job", "quantity": "1", "given": {"unit_price": "5", "reason": "Agreed"}});
    let order = scene.create(json!({"lines": [{"item_code": "a", "quantity": "4"}, given, taxed]})).await.expect(201);
    let shares = |line: usize| order.body["lines"][line]["charge"]["shares"].as_array().unwrap().clone();
    assert_eq!((shares(3), shares(4)), (vec![json!({"line": 1, "amount": "6.00"})], vec![json!({"line": 3, "amount": "4.01"})]));
    assert_eq!((&order.body["lines"][3]["tax_code"], &order.body["lines"][4]["tax_code"]), (&Value::Null, &json!("S")));
    assert_eq!((order.text("/lines/5/amount"), order.text("/lines/6/amount")), ("0.60".into(), "0.40".into()));
    assert_eq!(order.text("/total"), "72.26");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_order_of_a_quote_bears_what_pricing_says_of_the_quotes_charges() {
    let scene = Scene::start().await;
    *scene.others.surcharges.lock().unwrap() = vec![fuel(&["10.01"])];
    let order = scene
        .ada
        .post_keyed("/v1/orders", "part", scene.of_quote(json!({"id": scene.others.quote, "lines": [{"line": 1, "quantity": "5"}]})))
        .await
        .expect(201);
    assert_eq!((order.text("/total"), order.text("/lines/1/amount")), ("60.01".into(), "10.01".into()));
    assert_eq!((order.text("/lines/1/priced_by"), order.text("/lines/1/charge/shares/0/line")), ("quote".into(), "1".into()));
    let explained = scene.ada.get(&format!("/v1/orders/{}/lines/2/price", order.id())).await.expect(200);
    assert_eq!(explained.text("/trace/hash"), "doc of the quote");
    scene.app.stop().await;
}

#[actix_web::test]
async fn new_lines_bring_their_charges() {
    let scene = Scene::start().await;
    *scene.others.surcharges.lock().unwrap() = vec![fuel(&["10.01"])];
    let order = scene.create(json!({})).await.expect(201);
    assert_eq!(order.text("/total"), "32.51");
    scene.others.surcharges.lock().unwrap().clear();
    let path = format!("/v1/orders/{}", order.id());
    let amended = scene.ada.patch(&path, &order.etag(), json!({"lines": [{"item_code": "a", "quantity": "1"}]})).await.expect(200);
    assert_eq!((amended.text("/total"), amended.body["lines"].as_array().unwrap().len()), ("11.25".into(), 1));
    scene.app.stop().await;
}
