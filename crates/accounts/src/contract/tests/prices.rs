use futures_util::future::join_all;
use serde_json::{Value, json};

use super::lifecycle::{create, sign};
use crate::testing::{account, pointers, site, start};

fn line(code: &str, price: &str, from: &str, until: Option<&str>) -> Value {
    json!({"key": {"kind": "item", "code": code}, "uom": "drum", "valid_from": from, "valid_until": until,
        "price": {"model": "flat", "unit_price": price}})
}

#[actix_web::test]
async fn prices_for_one_key_never_overlap() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let place = site(&staff, acme, "S-1").await.id();
    let id = create(&staff, acme, json!({})).await.id();
    let path = format!("/v1/contracts/{id}/prices");
    let added = staff.post(&path, json!({"lines": [line("DRUM55", "162.00", "2026-01-01", Some("2026-07-01"))]})).await.expect(201);
    let clash = staff.post(&path, json!({"lines": [line("DRUM55", "160.00", "2026-06-30", None)]})).await;
    clash.clone().expect_problem(409, "price_overlap");
    assert_eq!(clash.body["conflicts"][0], added.body["data"][0]["id"]);
    assert_eq!(clash.body["conflicts"].as_array().unwrap().len(), 2);
    let within = json!({"lines": [line("TRIP", "1", "2026-01-01", None), line("TRIP", "2", "2026-05-01", None)]});
    staff.post(&path, within).await.expect_problem(409, "price_overlap");
    let mut at_site = line("DRUM55", "158.00", "2026-01-01", None);
    at_site["site_id"] = json!(place);
    let mut canadian = line("DRUM55", "210.00", "2026-01-01", None);
    canadian["currency"] = json!("CAD");
    let next = line("DRUM55", "165.00", "2026-07-01", None);
    let _ = staff.post(&path, json!({"lines": [at_site, canadian, next]})).await.expect(201);
    assert_eq!(staff.get(&format!("{path}?filter[key]=DRUM55")).await.expect(200).rows().len(), 4);
    app.stop().await;
}

#[actix_web::test]
async fn of_many_equal_prices_at_once_one_is_taken() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let path = format!("/v1/contracts/{}/prices", create(&staff, acme, json!({})).await.id());
    let bodies = (1..=9).map(|day| json!({"lines": [line("DRUM55", "1", &format!("2026-01-0{day}"), None)]}));
    let answers = join_all(bodies.map(|body| staff.post(&path, body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.body["code"] == "price_overlap").count(), 8);
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_every_line_is_named() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let path = format!("/v1/contracts/{}/prices", create(&staff, acme, json!({})).await.id());
    let mut tiers = line("A", "1", "2026-01-01", None);
    tiers["price"] = json!({"model": "volume", "tiers": [{"from": "0", "to": "5", "unit_price": "2"}, {"from": "6", "unit_price": "1"}]});
    let mut pennies = line("B", "0", "2026-01-01", Some("2026-01-01"));
    pennies["min_charge"] = json!("1.005");
    let answer = staff.post(&path, json!({"lines": [tiers, pennies]})).await;
    answer.clone().expect_problem(422, "validation_failed");
    assert_eq!(pointers(&answer), ["/lines/0/price/tiers/1", "/lines/1/valid_until", "/lines/1/price", "/lines/1/min_charge"]);
    let number = json!({"lines": [{"key": {"kind": "item", "code": "A"}, "uom": "each", "valid_from": "2026-01-01", "price": {"model": "flat", "unit_price": 1}}]});
    staff.post(&path, number).await.expect_problem(422, "validation_failed");
    app.stop().await;
}

#[actix_web::test]
async fn lines_can_be_removed_until_the_signature() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let id = create(&staff, acme, json!({})).await.id();
    let path = format!("/v1/contracts/{id}/prices");
    let lines = json!({"lines": [line("A", "1", "2026-01-01", None), line("B", "2", "2026-01-01", None)]});
    let added = staff.post(&path, lines).await.expect(201);
    let (first, second) = (added.text("/data/0/id"), added.text("/data/1/id"));
    let removed = staff.delete(&format!("{path}/{first}"), &added.etag()).await.expect(204);
    staff.delete(&format!("{path}/{first}"), &removed.etag()).await.expect_problem(404, "not_found");
    let _ = sign(&staff, id, "2026-03-01").await.expect(200);
    staff.delete(&format!("{path}/{second}"), "*").await.expect_problem(409, "version_signed");
    staff.post(&path, json!({"lines": [line("C", "1", "2026-01-01", None)]})).await.expect_problem(409, "version_signed");
    app.stop().await;
}
