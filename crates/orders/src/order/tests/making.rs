//! Making orders: direct, of quotes, imported; once per key; within the caller's scope.

use futures_util::future::join_all;
use kernel::id::new_uuid;
use platform::db::Tx;
use sea_orm::ConnectionTrait;
use serde_json::json;
use testkit::Persona;

use super::scene::Scene;

#[actix_web::test]
async fn lines_are_priced_as_of_the_service_date_and_keep_the_explanation() {
    let scene = Scene::start().await;
    let order = scene.create(json!({"freight": {"amount": "21.40"}, "customer_po": "PO-7"})).await.expect(201);
    assert_eq!(
        (order.text("/number"), order.text("/fulfilment"), order.text("/billing")),
        ("O-1001".into(), "draft".into(), "none".into())
    );
    assert_eq!(
        (order.text("/total"), order.text("/freight"), order.text("/lines/0/amount")),
        ("22.50".into(), "21.40".into(), "22.50".into())
    );
    assert_eq!((order.text("/time_zone"), order.text("/payment_terms")), ("America/Los_Angeles".into(), "net45".into()));
    assert_eq!((order.text("/price_date"), order.text("/prep_due_at")), ("2026-03-06".into(), "2026-03-03T18:00:00Z".into()));
    assert_eq!(scene.others.asked.lock().unwrap()[0]["price_date"], "2026-03-06");
    let goods = scene.create(json!({"kind": "product"})).await.expect(201);
    assert_eq!((goods.text("/price_date"), goods.text("/number")), ("2026-03-02".into(), "O-1002".into()));
    let price = scene.ada.get(&format!("/v1/orders/{}/lines/1/price", order.id())).await.expect(200);
    assert!(String::from_utf8(price.bytes.clone()).unwrap().contains(r#""trace":{"a":[2],"b":1}"#) || price.body["trace"]["b"] == 1);
    scene.ada.get(&format!("/v1/orders/{}/lines/2/price", order.id())).await.expect_problem(404, "not_found");
    let read = scene.ada.get(&format!("/v1/orders/{}", order.id())).await.expect(200);
    assert_eq!((read.body, read.headers["etag"].to_str().unwrap()), (order.body.clone(), "\"v1\""));
    scene.app.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_ordered_is_refused_by_name() {
    let scene = Scene::start().await;
    scene.ada.post("/v1/orders", scene.body(json!({}))).await.expect_problem(400, "idempotency_key_required");
    let unpriced =
        scene.create(json!({"lines": [{"item_code": "tote", "quantity": "1"}, {"item_code": "nothing", "quantity": "1"}]})).await;
    assert_eq!(unpriced.expect_problem(422, "validation_failed").text("/errors/0/pointer"), "/lines/1");
    let faults = scene.create(json!({"lines": [{"quantity": "0"}], "freight": {"amount": "-1"}})).await.expect(422);
    assert_eq!(faults.body["errors"].as_array().unwrap().len(), 3, "{}", faults.body);
    let both = scene.create(json!({"quote": {"id": new_uuid()}})).await.expect(422);
    assert_eq!(both.text("/errors/0/code"), "quote_or_lines");
    let stranger = scene.create(json!({"account_id": new_uuid()})).await.expect(422);
    assert_eq!(stranger.text("/errors/0/code"), "unknown_account");
    let fraction = scene.create(json!({"freight": {"amount": "1.005"}})).await.expect(422);
    assert_eq!(fraction.text("/errors/0/pointer"), "/freight/amount");
    scene.app.stop().await;
}

#[actix_web::test]
async fn given_prices_need_a_right_and_a_reason() {
    let scene = Scene::start().await;
    let given = json!({"unit_price": "0.333333", "discount_rate": "0.05", "reason": "Imported"});
    let lines = json!([{"description": "Old job", "quantity": "100", "given": given, "tax_code": "S", "tax_rate": "0.08875"}]);
    let order = scene.create(json!({"lines": lines, "tax": {"total": "2.81"}})).await.expect(201);
    assert_eq!(
        (order.text("/total"), order.text("/tax_given"), order.text("/lines/0/priced_by")),
        ("31.67".into(), "2.81".into(), "given".into())
    );
    assert!(scene.others.asked.lock().unwrap().is_empty());
    let clerk = scene.app.client(&Persona { permissions: "orders:read orders:write".into(), ..Persona::administrator() });
    clerk.post_keyed("/v1/orders", "k", scene.body(json!({"lines": lines}))).await.expect_problem(403, "missing_permission");
    for given in [json!({"unit_price": "1"}), json!({"unit_price": "1.0000001", "reason": "r"})] {
        let lines = json!([{"description": "x", "quantity": "1", "given": given}]);
        scene.create(json!({"lines": lines})).await.expect_problem(422, "validation_failed");
    }
    scene.app.stop().await;
}

#[actix_web::test]
async fn acceptance_5_one_key_makes_one_order() {
    let scene = Scene::start().await;
    let body = scene.body(json!({"external_ref": "ext-1"}));
    let answers = join_all((0..20).map(|_| scene.ada.post_keyed("/v1/orders", "one", body.clone()))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert!(!made.is_empty() && made.iter().all(|answer| answer.bytes == made[0].bytes));
    assert!(answers.iter().all(|answer| answer.status == 201 || !answer.header("retry-after").is_empty()));
    let again = scene.ada.post_keyed("/v1/orders", "one", body.clone()).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &made[0].bytes));
    assert_eq!(scene.ada.get("/v1/orders").await.expect(200).rows().len(), 1);
    let changed = scene.body(json!({"external_ref": "ext-1", "lines": [{"item_code": "tote", "quantity": "3"}]}));
    scene.ada.post_keyed("/v1/orders", "one", changed).await.expect_problem(422, "idempotency_mismatch");
    let taken = scene.ada.post_keyed("/v1/orders", "two", body).await.expect_problem(409, "external_ref_taken");
    assert_eq!(taken.text("/conflicts/0"), made[0].id().to_string());
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_quote_is_ordered_in_parts_at_its_own_prices() {
    let scene = Scene::start().await;
    let quote = scene.others.quote;
    let five = scene.of_quote(json!({"id": quote, "lines": [{"line": 1, "quantity": "5"}]}));
    let first = scene.ada.post_keyed("/v1/orders", "five", five.clone()).await.expect(201);
    assert_eq!((first.text("/total"), first.text("/lines/0/priced_by")), ("50.00".into(), "quote".into()));
    assert_eq!((first.text("/quote_id"), first.body["quote_version"].as_i64()), (quote.to_string(), Some(2)));
    let again = scene.ada.post_keyed("/v1/orders", "five", five).await.expect(201);
    assert_eq!(again.id(), first.id());
    let rest = scene.ada.post_keyed("/v1/orders", "rest", scene.of_quote(json!({"id": quote}))).await.expect(201);
    assert_eq!((rest.text("/lines/0/quantity"), rest.text("/total")), ("7".into(), "70.00".into()));
    let over = scene.of_quote(json!({"id": quote, "lines": [{"line": 1, "quantity": "1"}]}));
    scene.ada.post_keyed("/v1/orders", "over", over).await.expect_problem(409, "over_remaining");
    let change = json!({"lines": [{"item_code": "tote", "quantity": "1"}]});
    let path = format!("/v1/orders/{}", first.id());
    scene.ada.patch(&path, &first.etag(), change).await.expect_problem(409, "priced_by_quote");
    assert!(scene.others.asked.lock().unwrap().is_empty());
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_crash_after_the_quote_was_reserved_makes_the_same_order_on_repetition() {
    let scene = Scene::start().await;
    let mut body = scene.of_quote(json!({"id": scene.others.quote}));
    let first = scene.ada.post_keyed("/v1/orders", "all", body.clone()).await.expect(201);
    let forget = async |tx: &Tx| {
        for table in ["service_order_line", "service_order", "idempotency_record"] {
            tx.execute_unprepared(&format!("DELETE FROM {table}")).await?;
        }
        Ok(())
    };
    scene.app.db.write("test.crash", forget).await.unwrap();
    let again = scene.ada.post_keyed("/v1/orders", "all", body.clone()).await.expect(201);
    assert_eq!((again.id(), again.text("/total"), again.header("idempotent-replayed")), (first.id(), "120.00".into(), ""));
    body["freight"] = json!({"amount": "0.001"});
    scene.ada.post_keyed("/v1/orders", "more", body).await.expect_problem(422, "validation_failed");
    scene.app.stop().await;
}

#[actix_web::test]
async fn callers_see_and_make_only_orders_in_their_scope() {
    let scene = Scene::start().await;
    let order = scene.create(json!({})).await.expect(201);
    let path = format!("/v1/orders/{}", order.id());
    let own = scene.app.client(&Persona::customer(&[scene.others.account], "orders:read"));
    let _seen = own.get(&path).await.expect(200);
    assert_eq!(own.get("/v1/orders").await.expect(200).rows().len(), 1);
    own.post_keyed("/v1/orders", "k", scene.body(json!({}))).await.expect_problem(403, "missing_permission");
    let elsewhere = scene.app.client(&Persona::of_branches(&[new_uuid()]));
    elsewhere.get(&path).await.expect_problem(404, "not_found");
    elsewhere.act(&format!("{path}/prepare"), &order.etag(), json!({})).await.expect_problem(404, "not_found");
    let refused = elsewhere.post_keyed("/v1/orders", "k", scene.body(json!({}))).await.expect(422);
    assert_eq!(refused.text("/errors/0/code"), "unknown_account");
    let filter = format!(
        "/v1/orders?filter[fulfilment]=draft&filter[number]={}&filter[prep_due_at][lt]=2027-01-01T00:00:00Z",
        order.text("/number")
    );
    assert_eq!(scene.ada.get(&filter).await.expect(200).rows().len(), 1);
    scene.app.stop().await;
}

#[actix_web::test]
async fn history_is_imported_in_bulk_at_given_prices() {
    let scene = Scene::start().await;
    let given = |reference: &str| {
        let line = json!({"item_code": "SKU", "quantity": "3", "given": {"unit_price": "2.55", "reason": "Imported"}});
        scene.body(json!({"kind": "product", "external_ref": reference, "requested_at": "2011-05-31T00:00:00Z", "lines": [line]}))
    };
    let items = json!([given("h-1"), given("h-1"), scene.body(json!({})), given("h-2")]);
    let report = scene.ada.post_keyed("/v1/orders/bulk", "bulk", json!({"atomic": false, "items": items})).await.expect(200);
    let statuses: Vec<i64> = report.body["data"].as_array().unwrap().iter().map(|one| one["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 422, 201], "{}", report.body);
    assert_eq!(scene.ada.get("/v1/orders").await.expect(200).rows().len(), 2);
    let mut done = given("h-4");
    done["completed_at"] = json!("2011-06-01T02:00:00Z");
    let done = scene.ada.post_keyed("/v1/orders/bulk", "done", json!({"atomic": true, "items": [done]})).await.expect(200);
    let id = done.text("/data/0/body/id");
    assert_eq!((done.text("/data/0/body/fulfilment"), done.text("/data/0/body/billing")), ("completed".into(), "ready".into()));
    let billables = scene.ada.get(&format!("/v1/billables?filter[order_id]={id}")).await.expect(200);
    assert_eq!((billables.text("/data/0/amount"), billables.text("/data/0/service_date")), ("7.65".into(), "2011-05-31".into()));
    scene.create(json!({"completed_at": "2026-03-01T00:00:00Z"})).await.expect_problem(422, "validation_failed");
    let clerk = scene.app.client(&Persona { permissions: "orders:write".into(), ..Persona::administrator() });
    clerk
        .post_keyed("/v1/orders/bulk", "b", json!({"atomic": true, "items": [given("h-3")]}))
        .await
        .expect_problem(403, "missing_permission");
    scene.app.stop().await;
}

#[actix_web::test]
async fn an_order_that_is_not_committed_yet_keeps_no_other_from_its_number() {
    let app = testkit::App::start(crate::service()).await;
    // SQLite has one writer.
    if app.db.backend() == sea_orm::DbBackend::Postgres {
        let within = app.db.write("test.first", async |first| {
            let one = crate::order::store::next_number(first).await?;
            let other = app.db.write("test.second", async |second| crate::order::store::next_number(second).await).await?;
            Ok((one, other))
        });
        let (one, other) = tokio::time::timeout(std::time::Duration::from_secs(5), within).await.unwrap().unwrap();
        assert_eq!((one.as_str(), other.as_str()), ("O-1001", "O-1002"));
    }
    app.stop().await;
}
