//! Drafting, posting, numbering, voiding and seeing invoices.

use sea_orm::ConnectionTrait;
use serde_json::json;
use testkit::Persona;

use super::world::{World, line};

#[actix_web::test]
async fn acceptance_1_an_invoice_is_taxed_once_on_the_document() {
    let world = World::new().await;
    let jurisdictions =
        json!([{"name": "state", "rate": "0.04"}, {"name": "city", "rate": "0.045"}, {"name": "district", "rate": "0.00375"}]);
    let lines = json!([line("1", "10.05"), line("1", "10.05"), line("1", "10.05")]);
    let tax = json!({"mode": "computed", "jurisdictions": jurisdictions});
    let invoice = world.invoice_with(json!({"lines": lines, "tax": tax})).await;
    assert_eq!((invoice.text("/net"), invoice.text("/tax"), invoice.text("/total")), ("30.15".into(), "2.68".into(), "32.83".into()));
    let taxes: Vec<String> = (0..3).map(|index| invoice.text(&format!("/lines/{index}/tax"))).collect();
    assert_eq!(taxes, ["0.90", "0.89", "0.89"]);
    let shares: Vec<String> = (0..3).map(|index| invoice.text(&format!("/taxes/{index}/tax"))).collect();
    assert_eq!(shares, ["1.21", "1.36", "0.11"]);
    let by_line = json!({"mode": "computed", "rate": "0.08875", "rounding": "line"});
    assert_eq!(world.invoice_with(json!({"lines": lines, "tax": by_line})).await.text("/tax"), "2.67");
    world.app.stop().await;
}

#[actix_web::test]
async fn a_draft_is_posted_once_with_the_next_number() {
    let world = World::new().await;
    let first = world.invoice("100.00").await;
    assert_eq!(first.text("/number"), "INV-2026-000001");
    assert_eq!((first.text("/issue_date"), first.text("/due_date")), ("2026-03-02".into(), "2026-04-01".into()));
    let draft = world.invoice_with(json!({"lines": [line("3", "33.333333")], "post": false, "terms": "eom15"})).await;
    assert_eq!((draft.text("/state"), draft.text("/total"), draft.text("/number")), ("draft".into(), "100.00".into(), "null".into()));
    let path = format!("/v1/invoices/{}", draft.id());
    world.clerk.act(&format!("{path}/post"), "\"v9\"", json!({})).await.expect_problem(412, "stale_version");
    let posted = world.clerk.act(&format!("{path}/post"), &draft.etag(), json!({})).await.expect(200);
    assert_eq!((posted.text("/number"), posted.text("/due_date")), ("INV-2026-000002".into(), "2026-04-15".into()));
    world.clerk.act(&format!("{path}/post"), &posted.etag(), json!({})).await.expect_problem(409, "illegal_transition");
    world.clerk.delete(&path, &posted.etag()).await.expect_problem(409, "illegal_transition");
    let read = world.clerk.get(&path).await.expect(200);
    assert_eq!(read.body, posted.body);
    world.app.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_invoiced_is_refused_by_name() {
    let world = World::new().await;
    world.create_invoice(json!({})).await.expect_problem(422, "no_lines");
    world.create_invoice(json!({"lines": [line("-1", "5.00")]})).await.expect_problem(422, "negative_total");
    let faults = world.create_invoice(json!({"lines": [line("x", "5.0000001")], "colour": "red"})).await.expect(422);
    assert_eq!(faults.body["errors"].as_array().unwrap().len(), 3, "{}", faults.body);
    world.create_invoice(json!({"lines": [line("1", "5")], "issue_date": "2026-03-03"})).await.expect_problem(422, "validation_failed");
    let given = json!({"mode": "given", "amount": "1.005"});
    world.create_invoice(json!({"lines": [line("1", "5")], "tax": given})).await.expect_problem(422, "too_many_decimals");
    world.app.stop().await;
}

#[actix_web::test]
async fn imported_history_keeps_its_given_tax_and_freight() {
    let world = World::new().await;
    let lines = json!([line("2", "419.4589"), {"kind": "product", "description": "Socks", "quantity": "3", "unit_price": "5.7", "discount_rate": "0.02"}]);
    let tax = json!({"mode": "given", "amount": "68.49"});
    let more = json!({"lines": lines, "tax": tax, "freight": "21.40", "issue_date": "2011-05-31", "due_date": "2011-06-12"});
    let invoice = world.invoice_with(more).await;
    assert_eq!((invoice.text("/net"), invoice.text("/total")), ("877.08".into(), "945.57".into()));
    assert_eq!((invoice.text("/number"), invoice.body["overdue"].as_bool()), ("INV-2011-000001".into(), Some(true)));
    assert_eq!(invoice.text("/lines/2/tax"), "0.00");
    world.app.stop().await;
}

#[actix_web::test]
async fn a_customer_sees_only_own_posted_invoices() {
    let world = World::new().await;
    let posted = world.invoice("10.00").await;
    let draft = world.invoice_with(json!({"lines": [line("1", "1")], "post": false})).await;
    let own = world.app.client(&Persona::customer(&[world.account], "invoices:read"));
    assert_eq!(own.get("/v1/invoices").await.expect(200).rows().len(), 1);
    let _seen = own.get(&format!("/v1/invoices/{}", posted.id())).await.expect(200);
    own.get(&format!("/v1/invoices/{}", draft.id())).await.expect_problem(404, "not_found");
    let other = world.app.client(&Persona::customer(&[kernel::id::new_uuid()], "invoices:read"));
    other.get(&format!("/v1/invoices/{}", posted.id())).await.expect_problem(404, "not_found");
    own.post("/v1/invoices", json!({})).await.expect_problem(403, "missing_permission");
    world.app.stop().await;
}

#[actix_web::test]
async fn an_external_reference_is_held_by_one_invoice() {
    let world = World::new().await;
    let more = json!({"lines": [line("1", "5")], "external_ref": "SO43659"});
    let first = world.invoice_with(more.clone()).await;
    let refused = world.create_invoice(more).await.expect_problem(409, "external_ref_taken");
    assert_eq!(refused.body["conflicts"][0], first.text("/id"));
    world.app.stop().await;
}

#[actix_web::test]
async fn a_draft_can_be_changed_and_a_posted_invoice_cannot() {
    let world = World::new().await;
    let draft = world.invoice_with(json!({"lines": [line("1", "5")], "post": false, "memo": "First", "po_number": "PO1"})).await;
    let path = format!("/v1/invoices/{}", draft.id());
    let change = json!({"memo": null, "terms": "net10", "po_number": "PO2"});
    let changed = world.clerk.patch(&path, &draft.etag(), change).await.expect(200);
    assert_eq!((changed.text("/memo"), changed.text("/terms"), changed.text("/po_number")), ("null".into(), "net10".into(), "PO2".into()));
    world.clerk.patch(&path, &draft.etag(), json!({"memo": "x"})).await.expect_problem(412, "stale_version");
    world.clerk.patch(&path, &changed.etag(), json!({"terms": "soon"})).await.expect_problem(422, "validation_failed");
    let posted = world.clerk.act(&format!("{path}/post"), &changed.etag(), json!({})).await.expect(200);
    assert_eq!(posted.text("/due_date"), "2026-03-12");
    world.clerk.patch(&path, &posted.etag(), json!({"memo": "x"})).await.expect_problem(409, "illegal_transition");
    world.app.stop().await;
}

#[actix_web::test]
async fn a_closed_period_takes_no_posting() {
    let world = World::new().await;
    let close = "INSERT INTO accounting_period (month, state, epoch) VALUES ('2026-01', 'closed', 1), ('2026-02', 'closed', 1)";
    world.app.db.write("test.close", async |tx| Ok(tx.execute_unprepared(close).await?)).await.unwrap();
    let january = json!({"lines": [line("1", "5")], "issue_date": "2026-01-31"});
    let refused = world.create_invoice(january).await.expect_problem(409, "period_closed");
    assert_eq!(refused.text("/first_open_date"), "2026-03-01");
    assert_eq!(world.invoice("5").await.text("/number"), "INV-2026-000001");
    world.sound().await;
    world.app.stop().await;
}
