//! Items, pricebooks, versions and assignments over HTTP.

use serde_json::{Value, json};
use testkit::Persona;

use super::scene::{Draft, Scene};

fn flat(code: &str, price: &str) -> Value {
    json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}})
}

#[actix_web::test]
async fn an_item_is_upserted_by_its_external_reference() {
    let scene = Scene::start().await;
    let item = json!({"code": "DRUM55", "name": "Drum", "service_line": "waste", "charge_group": "disposal", "base_uom": "each"});
    let first = scene.ada.put("/v1/items/by-external-ref/erp-1", item.clone()).await.expect(201);
    let mut renamed = item.clone();
    renamed["name"] = json!("Steel drum");
    let second = scene.ada.put("/v1/items/by-external-ref/erp-1", renamed).await.expect(200);
    assert_eq!((first.id(), second.text("/name")), (second.id(), "Steel drum".into()));
    scene.ada.post("/v1/items", item).await.expect_problem(422, "validation_failed");
    let path = format!("/v1/items/{}", first.id());
    let _ = scene.ada.patch(&path, &second.etag(), json!({"active": false, "external_ref": null})).await.expect(200);
    scene.ada.patch(&path, &second.etag(), json!({"active": true})).await.expect_problem(412, "stale_version");
    assert_eq!(scene.ada.get("/v1/items?filter[active]=false").await.expect(200).rows().len(), 1);
    scene.app.stop().await;
}

#[actix_web::test]
async fn overlapping_prices_are_refused_with_both_ids_until_the_first_is_ended() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let book = scene.published("STD", "standard", json!([flat("DRUM55", "160.00")])).await;
    let draft = scene.draft(book, "2026-07-01").await;
    let refused = scene.add(&draft, json!([flat("DRUM55", "170.00")])).await;
    assert_eq!(refused.body["conflicts"].as_array().unwrap().len(), 2);
    assert_eq!(refused.text("/errors/0/pointer"), "/entries/0");
    refused.expect_problem(409, "price_overlap");
    let entry = scene.ada.get(&format!("{}/entries", draft.path)).await.expect(200).text("/data/0/id");
    let _ = scene.ada.post(&format!("{}/entries/{entry}/end", draft.path), json!({"end": "2026-07-01"})).await.expect(200);
    let _ = scene.add(&draft, json!([flat("DRUM55", "170.00")])).await.expect(201);
    scene.publish(&draft).await;
    let on = async |day: &str| scene.price("DRUM55", "1", json!({"price_date": day})).await.expect(200).text("/total");
    assert_eq!((on("2026-06-30").await, on("2026-07-01").await), ("160.00".into(), "170.00".into()));
    scene.app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_new_entries_is_reported_at_once() {
    let scene = Scene::start().await;
    let _ = scene.item("DRUM55", "each").await;
    let book = scene.book("STD", "standard").await;
    let draft = scene.draft(book, "2026-01-01").await;
    let mut backwards = flat("DRUM55", "1");
    backwards["end"] = json!("2026-01-01");
    let refused = scene.add(&draft, json!([flat("GONE", "1"), backwards, flat("DRUM55", "0"), flat("DRUM55", "-1")])).await;
    let codes: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown_item", "empty_period", "free_required", "rebate_required"]);
    refused.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}

#[actix_web::test]
async fn of_two_drafts_on_one_base_only_the_first_is_published() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let _ = scene.item("B", "each").await;
    let book = scene.published("STD", "standard", json!([flat("A", "1.00")])).await;
    let (one, two) = (scene.draft(book, "2026-04-01").await, scene.draft(book, "2026-04-01").await);
    for (draft, price) in [(&one, "2.00"), (&two, "3.00")] {
        let _ = scene.add(draft, json!([flat("B", price)])).await.expect(201);
        for step in ["submit", "approve"] {
            let _ = scene.step(draft, step).await.expect(200);
        }
    }
    let (first, second) = futures_util::join!(scene.step(&one, "publish"), scene.step(&two, "publish"));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let loser = if first.status.as_u16() == 409 { first } else { second };
    loser.expect_problem(409, "stale_base");
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_published_version_is_immutable_and_withdrawn_only_before_it_takes_effect() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let book = scene.published("STD", "standard", json!([flat("A", "1.00")])).await;
    let first = Draft { path: format!("/v1/pricebooks/{book}/versions/1") };
    scene.add(&first, json!([flat("A", "2.00")])).await.expect_problem(409, "not_a_draft");
    scene.step(&first, "withdraw").await.expect_problem(409, "already_effective");
    scene.step(&first, "approve").await.expect_problem(409, "illegal_transition");
    let later = scene.draft(book, "2026-09-01").await;
    let entry = scene.ada.get(&format!("{}/entries", later.path)).await.expect(200).text("/data/0/id");
    let removal = scene.ada.request(reqwest::Method::DELETE, &format!("{}/entries/{entry}", later.path));
    let _ = scene.ada.send(removal).await.expect(204);
    scene.publish(&later).await;
    scene.price("A", "1", json!({})).await.expect_problem(422, "no_price");
    scene.app.set_time("2026-03-03T15:00:00Z");
    let _ = scene.step(&later, "withdraw").await.expect(200);
    assert_eq!(scene.price("A", "1", json!({})).await.expect(200).text("/total"), "1.00");
    assert_eq!(scene.ada.get(&first.path).await.expect(200).text("/state"), "published");
    scene.price("A", "1", json!({"known_at": "2026-03-02T20:00:00Z"})).await.expect_problem(422, "no_price");
    let told = scene.app.events().await;
    for event in ["pricebook.changed", "pricebook_version.superseded", "pricebook_version.withdrawn", "pricebook_version.restored"] {
        assert!(told.iter().any(|name| name == event), "{event} is not told: {told:?}");
    }
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_correction_changes_what_is_known_and_not_what_was_known() {
    let scene = Scene::start().await;
    let _ = scene.item("B", "each").await;
    scene.app.set_time("2026-06-20T12:00:00Z");
    let book = scene.published("STD", "standard", json!([flat("B", "106.50")])).await;
    scene.app.set_time("2026-07-10T12:00:00Z");
    let draft = scene.draft(book, "2026-07-01").await;
    let entry = scene.ada.get(&format!("{}/entries", draft.path)).await.expect(200).text("/data/0/id");
    let _ = scene.ada.post(&format!("{}/entries/{entry}/end", draft.path), json!({"end": "2026-07-01"})).await.expect(200);
    let _ = scene.add(&draft, json!([flat("B", "105.00")])).await.expect(201);
    scene.publish(&draft).await;
    scene.app.set_time("2026-07-12T12:00:00Z");
    let known =
        async |at: &str| scene.price("B", "1", json!({"price_date": "2026-07-03", "known_at": at})).await.expect(200).text("/total");
    assert_eq!((known("2026-07-05T12:00:00Z").await, known("2026-07-11T12:00:00Z").await), ("106.50".into(), "105.00".into()));
    scene.price("B", "1", json!({"known_at": "2027-01-01T00:00:00Z"})).await.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}

#[actix_web::test]
async fn assigned_books_apply_by_level_and_do_not_overlap() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let account = scene.account();
    let _ = scene.published("STD", "standard", json!([flat("A", "160.00")])).await;
    let own = scene.published("ACCT", "account", json!([flat("A", "149.00")])).await;
    let assign = json!({"book_id": own, "subject": {"kind": "account", "id": account}, "start": "2026-01-01"});
    let made = scene.ada.post("/v1/price-assignments", assign.clone()).await.expect(201);
    scene.ada.post("/v1/price-assignments", assign).await.expect_problem(409, "assignment_overlap");
    let priced = scene.price("A", "1", json!({"account_id": account})).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/source/level")), ("149.00".into(), "2b".into()));
    let path = made.header("location").to_owned();
    let _ = scene.ada.act(&format!("{path}/end"), &made.etag(), json!({"end": "2026-03-01"})).await.expect(200);
    assert_eq!(scene.price("A", "1", json!({"account_id": account})).await.expect(200).text("/total"), "160.00");
    scene.price("A", "1", json!({"account_id": kernel::id::new_uuid()})).await.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}

#[actix_web::test]
async fn contract_terms_of_the_accounts_service_come_first() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let _ = scene.item("B", "each").await;
    let _ = scene.published("STD", "standard", json!([flat("A", "160.00"), flat("B", "10.00")])).await;
    let account = kernel::id::new_uuid();
    let line = json!({"id": kernel::id::new_uuid(), "key": {"kind": "item", "code": "A"}, "uom": "each", "currency": "USD",
        "price": {"model": "flat", "unit_price": "162.00"}, "free": false, "valid_from": "2026-01-01"});
    let contract = json!({"contract_id": kernel::id::new_uuid(), "number": "C-1", "kind": "service", "precedence": 2, "account_id": account,
        "distance": 0, "version_id": kernel::id::new_uuid(), "version_no": 2, "service_lines": [], "start": "2026-01-01", "mode": "closed",
        "closed": true, "currency": "USD", "price_date_basis": "service_date", "fee_exemptions": [], "lines": [line]});
    let context = json!({"account_id": account, "ancestors": [], "time_zone": "America/Chicago", "contracts": [contract]});
    scene.accounts.know(account, context);
    let priced = scene.price("A", "1", json!({"account_id": account})).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/source/contract")), ("162.00".into(), "C-1".into()));
    scene.price("B", "1", json!({"account_id": account})).await.expect_problem(422, "not_in_contract");
    scene.app.stop().await;
}

#[actix_web::test]
async fn customers_see_no_price_data() {
    let scene = Scene::start().await;
    let book = scene.book("STD", "standard").await;
    let customer = scene.app.client(&Persona::customer(&[kernel::id::new_uuid()], "*:*"));
    customer.get(&format!("/v1/pricebooks/{book}")).await.expect_problem(404, "not_found");
    assert!(customer.get("/v1/pricebooks").await.expect(200).rows().is_empty());
    scene.app.stop().await;
}
