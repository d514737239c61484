//! Documents with minimums and surcharges that are recorded over HTTP.

use serde_json::{Value, json};
use testkit::Answer;

use crate::tests::scene::Scene;

/// The acceptance document's book: drums by tiers with a line minimum, and a trip.
async fn book(model: &str) -> Scene {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let trip = json!({"code": "TRIP", "name": "Trip", "service_line": "waste", "charge_group": "transport", "base_uom": "each"});
    let _ = scene.ada.post("/v1/items", trip).await.expect(201);
    let tiers = json!([
        {"from": "0", "to": "5", "unit_price": "185.00"},
        {"from": "5", "to": "10", "unit_price": "172.50"},
        {"from": "10", "unit_price": "160.00"}
    ]);
    let drum = json!({"item_code": "DRUM55", "terms": {"model": model, "tiers": tiers}, "min_charge": "2000.00"});
    let trip = json!({"item_code": "TRIP", "terms": {"model": "flat", "unit_price": "431.00"}});
    let _ = scene.published("STD", "standard", json!([drum, trip])).await;
    scene.app.set_time("2026-03-16T15:00:00Z");
    scene
}

async fn rule(scene: &Scene, code: &str, charge: Value, more: Value) -> Answer {
    let mut body = json!({"code": code, "name": code, "currency": "USD", "charge": charge, "effective_on": "2026-01-01"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    scene.ada.post("/v1/charge-rules", body).await
}

async fn value(scene: &Scene, value: &str, published_on: &str) {
    let body = json!({"index": "DOE", "value": value, "published_on": published_on});
    let made = scene.ada.post("/v1/index-values", body).await.expect(201);
    assert_eq!(scene.ada.get(made.header("location")).await.expect(200).body, made.body);
}

fn fuel() -> Value {
    let steps = json!([{"from": "0", "to": "3.50", "percent": "0.05"}, {"from": "3.50", "percent": "0.075"}]);
    json!({"kind": "index_table", "index": "DOE", "basis": "service_date", "fresh_days": 7, "steps": steps})
}

fn groups() -> Value {
    json!({"charge_groups": ["service", "transport", "minimum"]})
}

fn from_the_first_value() -> Value {
    let mut more = groups();
    more["effective_on"] = json!("2026-03-16");
    more
}

async fn drums(scene: &Scene, more: Value) -> Answer {
    let lines = json!([{"item_code": "DRUM55", "quantity": "12"}, {"item_code": "TRIP", "quantity": "1"}]);
    let mut body = json!({"currency": "USD", "price_date": "2026-03-16", "lines": lines});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    scene.ada.post("/v1/price/batch", body).await
}

#[actix_web::test]
async fn fuel_is_read_from_its_index_and_falls_on_what_it_counts() {
    let scene = book("volume").await;
    assert_eq!(rule(&scene, "FUEL", fuel(), groups()).await.text("/errors/0/code"), "missing_index");
    value(&scene, "3.857", "2026-03-16").await;
    assert_eq!(rule(&scene, "FUEL", fuel(), groups()).await.text("/errors/0/code"), "missing_index");
    let _ = rule(&scene, "FUEL", fuel(), from_the_first_value()).await.expect(201);
    let priced = drums(&scene, json!({})).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/document_total")), ("2431.00".into(), "2613.33".into()));
    assert_eq!((priced.text("/surcharges/0/base"), priced.text("/surcharges/0/amount")), ("2431.00".into(), "182.33".into()));
    let shares: Vec<&str> =
        priced.body["surcharges"][0]["shares"].as_array().unwrap().iter().map(|share| share["amount"].as_str().unwrap()).collect();
    assert_eq!(shares, ["144.00", "6.00", "32.33"]);
    assert_eq!(priced.text("/surcharges/0/shares/1/component"), "minimum_adjustment");
    assert_eq!(
        (priced.text("/surcharges/0/index/published_week"), priced.text("/surcharges/0/index/index_stale")),
        ("2026-W12".into(), "false".into())
    );
    let outputs: Vec<&str> = priced.body["trace"]["steps"].as_array().unwrap().iter().filter_map(|step| step["output"].as_str()).collect();
    for amount in ["0.075", "182.33", "144.00", "6.00", "32.33", "2613.33"] {
        assert!(outputs.contains(&amount), "{amount} in {outputs:?}");
    }
    assert_eq!(drums(&scene, json!({})).await.expect(200).bytes, priced.bytes, "a replay is identical");
    let lines = json!([{"item_code": "DRUM55", "quantity": "12"}, {"item_code": "TRIP", "quantity": "1"}]);
    let explained =
        scene.ada.post("/v1/price/explain", json!({"currency": "USD", "price_date": "2026-03-16", "lines": lines})).await.expect(200);
    assert_eq!((explained.text("/hash"), explained.text("/document_total")), (priced.text("/trace/hash"), "2613.33".into()));
    assert_eq!(explained.text("/lines/0/steps/1/sentence"), "The whole quantity is priced at the tier from 10: 160.00 a unit.");
    assert_eq!(explained.text("/steps/0/sentence"), "FUEL: the rate is 0.075, because DOE stood at 3.857 in 2026-W12.");
    assert_eq!(explained.text("/steps/4/sentence"), "FUEL: 32.33 of 182.33 falls on line 2.");
    let late = drums(&scene, json!({"price_date": "2026-03-23"})).await.expect(200);
    assert_eq!((late.text("/surcharges/0/amount"), late.text("/surcharges/0/index/index_stale")), ("182.33".into(), "true".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn halves_go_to_the_even_neighbour_where_the_rule_says_so() {
    let scene = book("volume").await;
    let even = json!({"charge_groups": ["service", "transport", "minimum"], "rounding": "half_even"});
    let _ = rule(&scene, "FUEL", json!({"kind": "percent", "percent": "0.075"}), even).await.expect(201);
    let priced = drums(&scene, json!({})).await.expect(200);
    assert_eq!((priced.text("/surcharges/0/amount"), priced.text("/document_total")), ("182.32".into(), "2613.32".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn slices_reach_the_minimum_and_fuel_counts_them() {
    let scene = book("graduated").await;
    let _ = rule(&scene, "FUEL", json!({"kind": "percent", "percent": "0.075"}), groups()).await.expect(201);
    let priced = drums(&scene, json!({})).await.expect(200);
    assert_eq!((priced.text("/surcharges/0/amount"), priced.text("/document_total")), ("190.39".into(), "2728.89".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_minimum_is_topped_up_before_surcharges_and_a_cap_holds() {
    let scene = book("volume").await;
    let minimum = json!({"kind": "minimum", "amount": "500.00", "per": "order"});
    let _ = rule(&scene, "MIN-TRIP", minimum, json!({"charge_groups": ["transport"]})).await.expect(201);
    let _ = rule(
        &scene,
        "FUEL",
        json!({"kind": "percent", "percent": "0.10"}),
        json!({"charge_groups": ["transport", "minimum"], "cap": "50.00"}),
    )
    .await
    .expect(201);
    let _ = rule(&scene, "ENV", json!({"kind": "percent", "percent": "0.50"}), json!({"charge_groups": ["fee"], "surcharges": ["FUEL"]}))
        .await
        .expect(201);
    let per_unit = json!({"kind": "per_unit", "amount": "1.25", "uom": "each"});
    let _ = rule(&scene, "LABEL", per_unit, json!({"charge_groups": ["service"]})).await.expect(201);
    let priced = drums(&scene, json!({})).await.expect(200);
    assert_eq!((priced.text("/top_ups/0/base"), priced.text("/top_ups/0/amount")), ("431.00".into(), "69.00".into()));
    assert_eq!((priced.text("/top_ups/0/shares/0/line"), priced.text("/top_ups/0/shares/0/amount")), ("2".into(), "69.00".into()));
    let amounts: Vec<(&str, &str)> = priced.body["surcharges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["amount"].as_str().unwrap()))
        .collect();
    assert_eq!(amounts, [("FUEL", "50.00"), ("ENV", "25.00"), ("LABEL", "15.00")]);
    assert_eq!(priced.text("/document_total"), "2590.00");
    let _ = rule(&scene, "MIN-TRIP", json!({"kind": "minimum", "amount": "500.00", "per": "order"}), json!({"active": false}))
        .await
        .expect(201);
    assert!(drums(&scene, json!({})).await.expect(200).body["top_ups"].as_array().unwrap().is_empty());
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_minimum_is_owed_only_where_what_it_counts_is_bought() {
    let scene = book("volume").await;
    let minimum = json!({"kind": "minimum", "amount": "5000.00", "per": "order"});
    let _ = rule(&scene, "MIN-DISPOSAL", minimum, json!({"charge_groups": ["disposal"]})).await.expect(201);
    assert_eq!(drums(&scene, json!({})).await.expect(200).text("/document_total"), "2431.00");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_exempt_account_pays_no_surcharge() {
    let scene = book("volume").await;
    let (exempt, other) = (scene.account(), scene.account());
    let more = json!({"exempt_accounts": [exempt]});
    let _ = rule(&scene, "FUEL", json!({"kind": "percent", "percent": "0.075"}), more).await.expect(201);
    let free = drums(&scene, json!({"account_id": exempt})).await.expect(200);
    assert_eq!((free.text("/document_total"), free.body["surcharges"].as_array().unwrap().len()), ("2431.00".into(), 0));
    assert_eq!(drums(&scene, json!({"account_id": other})).await.expect(200).text("/document_total"), "2613.33");
    scene.app.stop().await;
}

#[actix_web::test]
async fn surcharges_never_count_each_other_and_every_fault_is_named() {
    let scene = book("volume").await;
    let percent = || json!({"kind": "percent", "percent": "0.01"});
    let _ = rule(&scene, "A", percent(), json!({"surcharges": ["B"]})).await.expect(201);
    let _ = rule(&scene, "B", percent(), json!({"surcharges": ["C"]})).await.expect(201);
    assert_eq!(rule(&scene, "C", percent(), json!({"surcharges": ["A"]})).await.text("/errors/0/code"), "surcharge_cycle");
    let refused = rule(&scene, "D", json!({"kind": "percent", "percent": "0"}), json!({"cap": "-1"})).await;
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/1/code")), ("/charge/percent".into(), "negative_cap".into()));
    assert_eq!(scene.ada.get("/v1/charge-rules?filter[code]=A").await.expect(200).rows().len(), 1);
    scene.app.stop().await;
}
