//! A quote's life over HTTP.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use testkit::Persona;

use super::quoting::Quoting;

#[actix_web::test]
async fn a_quote_is_priced_sent_accepted_and_ordered_in_parts() {
    let quoting = Quoting::start().await;
    let made = quoting.create(json!({})).await.expect(201);
    assert_eq!((made.text("/total"), made.text("/state")), ("1920.00".into(), "draft".into()));
    assert_eq!(made.text("/number"), "Q-2026-000001");
    assert_eq!(made.text("/lines/0/trace/engine_version"), crate::engine::ENGINE_VERSION);
    let path = made.header("location").to_owned();
    quoting.customer.get(&path).await.expect_problem(404, "not_found");
    let submitted = quoting.act(&path, "submit", Value::Null).await.expect(200);
    assert_eq!(submitted.text("/state"), "approved");
    let _ = quoting.act(&path, "send", Value::Null).await.expect(200);
    assert!(quoting.customer.get(&path).await.expect(200).body["lines"][0]["trace"].is_null());
    quoting.convert(&path, "o-1", "5").await.expect_problem(409, "illegal_transition");
    let read: clients::pricing::Quote = serde_json::from_slice(&quoting.scene.ada.get(&path).await.expect(200).bytes).unwrap();
    assert_eq!((read.lines.len(), read.lines[0].remaining.to_string()), (1, "12".into()));
    let accepted = quoting.accept(&path, 1).await.expect(200);
    assert_eq!(accepted.text("/decision/signer"), "Cleo Customer");
    let first = quoting.convert(&path, "o-1", "5").await.expect(201);
    let record: clients::pricing::Conversion = serde_json::from_slice(&first.bytes).unwrap();
    assert_eq!((record.reference.as_str(), record.lines[0].line), ("o-1", 1));
    let again = quoting.convert(&path, "o-1", "5").await.expect(200);
    assert_eq!(first.bytes, again.bytes);
    quoting.convert(&path, "o-2", "8").await.expect_problem(409, "over_remaining");
    let _ = quoting.convert(&path, "o-2", "7").await.expect(201);
    quoting.convert(&path, "o-3", "1").await.expect_problem(409, "over_remaining");
    let after = quoting.scene.ada.get(&path).await.expect(200);
    assert_eq!((after.text("/state"), after.text("/lines/0/remaining")), ("converted".into(), "0".into()));
    quoting.scene.app.set_time("2026-09-02T00:00:00Z");
    assert_eq!(quoting.scene.ada.get(&path).await.expect(200).text("/state"), "converted", "time changes no decision");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn a_quote_is_valid_through_its_last_local_day() {
    let quoting = Quoting::start().await;
    let (first, second) = (quoting.sent().await, quoting.sent().await);
    quoting.scene.app.set_time("2026-09-01T04:59:59Z");
    let _ = quoting.accept(&first, 1).await.expect(200);
    quoting.scene.app.set_time("2026-09-01T05:00:00Z");
    quoting.accept(&second, 1).await.expect_problem(409, "quote_expired");
    assert_eq!(quoting.scene.ada.get(&second).await.expect(200).text("/state"), "expired");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn sending_a_later_version_supersedes_the_one_before() {
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    let content = json!({"valid_until": "2026-08-31", "lines": [{"item_code": "DRUM55", "quantity": "10"}]});
    let _ = quoting.act(&path, "versions", content.clone()).await.expect(201);
    quoting.act(&path, "versions", content).await.expect_problem(409, "version_in_the_making");
    assert_eq!(quoting.customer.get(&path).await.expect(200).text("/version_no"), "1");
    quoting.customer.get(&format!("{path}/versions/2")).await.expect_problem(404, "not_found");
    for step in ["submit", "send"] {
        let _ = quoting.act(&path, step, Value::Null).await.expect(200);
    }
    quoting.accept(&path, 1).await.expect_problem(409, "superseded");
    assert_eq!(quoting.accept(&path, 2).await.expect(200).text("/total"), "1600.00");
    assert_eq!(quoting.customer.get(&format!("{path}/versions")).await.expect(200).text("/0/state"), "superseded");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn each_change_of_a_quote_is_audited_with_what_was_before() {
    use platform::audit::entity::{Column, Entity};
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    let _ = quoting.accept(&path, 1).await.expect(200);
    let entries = Entity::find().filter(Column::SubjectType.eq("quote")).order_by_asc(Column::Seq);
    let entries = entries.all(quoting.scene.app.db.read()).await.unwrap();
    let state = |text: &Option<String>| text.as_deref().map(|text| serde_json::from_str::<Value>(text).unwrap()["version_state"].clone());
    let steps: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), state(&entry.before), state(&entry.after))).collect();
    let expected = [
        ("quote.created", None, Some(json!("draft"))),
        ("quote.submitted", Some(json!("draft")), Some(json!("approved"))),
        ("quote.sent", Some(json!("approved")), Some(json!("sent"))),
        ("quote.accepted", Some(json!("sent")), Some(json!("accepted"))),
    ];
    assert_eq!(steps, expected);
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn only_the_customer_decides_and_only_once() {
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    let body = json!({"version_no": 1, "signer": "Ada"});
    quoting.scene.ada.post(&format!("{path}/accept"), body.clone()).await.expect_problem(403, "not_authorised_contact");
    let stranger = quoting.scene.app.client(&Persona::customer(&[kernel::id::new_uuid()], "quotes:*"));
    stranger.post(&format!("{path}/accept"), body.clone()).await.expect_problem(404, "not_found");
    let echoed = json!({"version_no": 1, "signer": "Cleo", "lines": [{"line": 1, "unit_price": "1.00"}]});
    let acceptance = format!("{path}/accept");
    let posts = (0..8).map(|_| quoting.customer.post(&acceptance, echoed.clone()));
    let answers = futures_util::future::join_all(posts).await;
    assert!(answers.iter().all(|answer| answer.status.as_u16() == 200 && answer.bytes == answers[0].bytes));
    assert_eq!(answers[0].text("/total"), "1920.00");
    let rejected = quoting.customer.post(&format!("{path}/reject"), json!({"version_no": 1, "reason": "no"})).await;
    rejected.expect_problem(409, "illegal_transition");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn a_list_price_raised_after_sending_does_not_change_the_quote() {
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    let draft_quote = quoting.create(json!({})).await.expect(201).header("location").to_owned();
    let books = quoting.scene.ada.get("/v1/pricebooks").await.expect(200).text("/data/0/id");
    let draft = quoting.scene.draft(books.parse().unwrap(), "2026-03-02").await;
    let entry = quoting.scene.ada.get(&format!("{}/entries", draft.path)).await.expect(200).text("/data/0/id");
    let _ = quoting.scene.ada.post(&format!("{}/entries/{entry}/end", draft.path), json!({"end": "2026-03-02"})).await.expect(200);
    let raised = json!([{"item_code": "DRUM55", "terms": {"model": "flat", "unit_price": "200.00"}}]);
    let _ = quoting.scene.add(&draft, raised).await.expect(201);
    quoting.scene.publish(&draft).await;
    assert_eq!(quoting.scene.price("DRUM55", "12", json!({})).await.expect(200).text("/total"), "2400.00");
    assert_eq!(quoting.accept(&path, 1).await.expect(200).text("/lines/0/unit_price"), "160.00");
    quoting.act(&path, "price", Value::Null).await.expect_problem(409, "not_a_draft");
    assert_eq!(quoting.act(&draft_quote, "price", Value::Null).await.expect(200).text("/total"), "2400.00");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn a_price_given_far_below_the_list_needs_another_person() {
    let quoting = Quoting::start().await;
    let given =
        |price: &str| json!({"lines": [{"item_code": "DRUM55", "quantity": "12", "override": {"unit_price": price, "reason": "volume"}}]});
    let near = quoting.create(given("150.00")).await.expect(201);
    assert_eq!((near.text("/total"), near.text("/lines/0/list_total")), ("1800.00".into(), "1920.00".into()));
    assert_eq!(quoting.act(near.header("location"), "submit", Value::Null).await.expect(200).text("/state"), "approved");
    let far = quoting.create(given("100.00")).await.expect(201).header("location").to_owned();
    assert_eq!(quoting.act(&far, "submit", Value::Null).await.expect(200).text("/state"), "pending_approval");
    let other = quoting.scene.app.administrator();
    let etag = other.get(&far).await.expect(200).etag();
    let _ = other.act(&format!("{far}/approve"), &etag, Value::Null).await.expect(200);
    let revision = json!({"lines": [{"item_code": "DRUM55", "quantity": "1"}]});
    let etag = other.get(&far).await.expect(200).etag();
    other.write(reqwest::Method::PUT, &format!("{far}/content"), &etag, revision.clone()).await.expect_problem(409, "not_a_draft");
    let etag = other.act(&format!("{far}/return"), &etag, Value::Null).await.expect(200).etag();
    let revised = other.write(reqwest::Method::PUT, &format!("{far}/content"), &etag, revision).await.expect(200);
    assert_eq!(revised.text("/total"), "160.00");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_quotes_lines_is_reported_at_once() {
    let quoting = Quoting::start().await;
    let lines = json!({"lines": [{"item_code": "GONE", "quantity": "1"}, {"item_code": "DRUM55", "quantity": "0"}]});
    let refused = quoting.create(lines).await;
    assert_eq!(
        (refused.text("/errors/0/pointer"), refused.text("/errors/1/pointer")),
        ("/lines/0/item_code".into(), "/lines/1/quantity".into())
    );
    refused.expect_problem(422, "validation_failed");
    quoting.scene.app.stop().await;
}

#[actix_web::test]
async fn what_remains_is_ordered_once_however_many_ask() {
    let quoting = Quoting::start().await;
    let path = quoting.sent().await;
    let _ = quoting.accept(&path, 1).await.expect(200);
    let references: Vec<String> = (0..20).map(|n| format!("o-{n}")).collect();
    let posts = references.iter().map(|reference| quoting.convert(&path, reference, "1"));
    let answers = futures_util::future::join_all(posts).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 12);
    assert_eq!(answers.iter().filter(|answer| answer.body["code"] == "over_remaining").count(), 8);
    assert_eq!(quoting.scene.ada.get(&path).await.expect(200).text("/lines/0/remaining"), "0");
    let listed = quoting.scene.ada.get(&format!("{path}/conversions")).await.expect(200);
    assert_eq!(listed.body.as_array().unwrap().len(), 12);
    quoting.scene.app.stop().await;
}
