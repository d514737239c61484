//! Consolidating billables into invoices.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Answer;

use super::world::World;

async fn preview(world: &World, by: Value) -> Answer {
    let body = json!({"period_start": "2026-01-01", "period_end": "2026-02-01", "consolidate_by": by});
    world.clerk.post("/v1/bill-runs", body).await.expect(201)
}

async fn commit(world: &World, run: &Answer) -> Answer {
    let path = format!("/v1/bill-runs/{}/commit", run.id());
    world.clerk.post(&path, json!({"preview_hash": run.text("/preview_hash")})).await
}

/// Each group's total and state.
fn groups(run: &Answer) -> Vec<(String, String)> {
    let list = run.body["group_list"].as_array().unwrap();
    list.iter().map(|group| (group["total"].as_str().unwrap().to_owned(), group["state"].as_str().unwrap().to_owned())).collect()
}

fn totals(run: &Answer) -> Vec<String> {
    let mut totals: Vec<String> = groups(run).into_iter().map(|(total, _)| total).collect();
    totals.sort();
    totals
}

async fn january(world: &World) -> Vec<Answer> {
    let (a, b) = (new_uuid(), new_uuid());
    let at = |instant: &str| json!({"completed_at": instant, "time_zone": "America/Los_Angeles"});
    let mut made = Vec::new();
    for (site, po, amount, when) in [
        (a, "PO1", "120.00", at("2026-01-05T18:00:00Z")),
        (a, "PO1", "80.00", at("2026-01-12T18:00:00Z")),
        (a, "PO1", "25.00", at("2026-02-01T07:30:00Z")),
        (a, "PO2", "50.00", at("2026-01-20T18:00:00Z")),
        (b, "PO1", "200.00", at("2026-01-21T18:00:00Z")),
        (a, "PO1", "10.00", at("2026-02-01T08:05:00Z")),
    ] {
        let mut more = json!({"site_id": site, "po_number": po});
        for (name, value) in when.as_object().unwrap() {
            more[name] = value.clone();
        }
        made.push(world.billable(amount, more).await.expect(201));
    }
    made
}

#[actix_web::test]
async fn what_is_due_by_other_terms_is_another_invoice_unless_the_run_states_them() {
    let world = World::new().await;
    for (amount, terms) in [("1.00", "net10"), ("2.00", "net10"), ("4.00", "eom15")] {
        let more = json!({"service_date": "2026-01-05", "payment_terms": terms});
        let _ = world.billable(amount, more).await.expect(201);
    }
    let stated = json!({"period_start": "2026-01-01", "period_end": "2026-02-01", "terms": "net60"});
    assert_eq!(totals(&world.clerk.post("/v1/bill-runs", stated).await.expect(201)), ["7.00"]);
    let run = preview(&world, json!([])).await;
    assert_eq!(totals(&run), ["3.00", "4.00"]);
    let _ = commit(&world, &run).await.expect(200);
    let invoices = world.clerk.get("/v1/invoices").await.expect(200);
    let mut terms: Vec<&str> = invoices.rows().iter().map(|row| row["terms"].as_str().unwrap()).collect();
    terms.sort_unstable();
    assert_eq!(terms, ["eom15", "net10"]);
    world.app.stop().await;
}

#[actix_web::test]
async fn acceptance_7_a_month_is_consolidated_by_site_and_purchase_order() {
    let world = World::new().await;
    let made = january(&world).await;
    assert_eq!(made[2].text("/service_date"), "2026-01-31");
    let run = preview(&world, json!(["site", "po"])).await;
    assert_eq!((totals(&run), run.text("/state")), (vec!["200.00".into(), "225.00".into(), "50.00".into()], "previewed".into()));
    let done = commit(&world, &run).await.expect(200);
    assert_eq!((done.text("/state"), done.text("/invoiced"), done.text("/failed")), ("done".into(), "3".into(), "0".into()));
    assert!(groups(&done).iter().all(|(_, state)| state == "done"));
    let open = world.clerk.get("/v1/billables?filter[state]=open").await.expect(200);
    assert_eq!((open.rows().len(), open.text("/data/0/amount")), (1, "10.00".into()));
    let again = commit(&world, &run).await.expect(200);
    assert_eq!(again.text("/invoiced"), "3");
    assert_eq!(preview(&world, json!(["site", "po"])).await.text("/groups"), "0");
    let invoices = world.clerk.get("/v1/invoices?sort=number").await;
    invoices.expect_problem(400, "unknown_field");
    assert_eq!(world.clerk.get("/v1/invoices").await.expect(200).rows().len(), 3);
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn acceptance_7_purchase_orders_are_never_mixed() {
    let world = World::new().await;
    let made = january(&world).await;
    let run = preview(&world, json!(["po"])).await;
    assert_eq!(totals(&run), ["425.00", "50.00"]);
    let mixed = json!({"lines": [], "billable_ids": [made[0].id(), made[3].id()]});
    world.create_invoice(mixed).await.expect_problem(422, "mixed_po");
    world.app.stop().await;
}

#[actix_web::test]
async fn a_stale_preview_is_refused_and_a_failed_group_is_listed() {
    let world = World::new().await;
    let made = january(&world).await;
    let run = preview(&world, json!(["po"])).await;
    let claimed = world.create_invoice(json!({"billable_ids": [made[3].id()], "post": false})).await.expect(201);
    commit(&world, &run).await.expect_problem(409, "stale_preview");
    let path = format!("/v1/invoices/{}", claimed.id());
    assert_eq!(world.clerk.delete(&path, &claimed.etag()).await.status.as_u16(), 204);
    let credit = json!({"po_number": "PO9", "service_date": "2026-01-09", "quantity": "-1"});
    let _credit = world.billable("5.00", credit).await.expect(201);
    let run = preview(&world, json!(["po"])).await;
    let done = commit(&world, &run).await.expect(200);
    assert_eq!((done.text("/state"), done.text("/invoiced"), done.text("/failed")), ("done_with_errors".into(), "2".into(), "1".into()));
    let failed = done.body["group_list"].as_array().unwrap().iter().find(|group| group["state"] == "failed").unwrap();
    assert_eq!(failed["failure"]["code"], "negative_total");
    let open = world.clerk.get("/v1/billables?filter[state]=open").await.expect(200);
    assert_eq!(open.rows().len(), 2);
    world.sound().await;
    world.app.stop().await;
}

#[actix_web::test]
async fn a_billable_is_claimed_once_billed_and_succeeded_when_its_invoice_is_voided() {
    let world = World::new().await;
    let billable =
        world.billable("75.00", json!({"service_date": "2026-01-05", "tax_code": "standard", "tax_rate": "0.1"})).await.expect(201);
    let path = format!("/v1/billables/{}", billable.id());
    let ids = json!({"billable_ids": [billable.id()], "post": false});
    let draft = world.create_invoice(ids.clone()).await.expect(201);
    assert_eq!((draft.text("/net"), draft.text("/tax")), ("75.00".into(), "7.50".into()));
    world.create_invoice(ids).await.expect_problem(409, "billable_not_open");
    let claimed = world.clerk.get(&path).await.expect(200);
    assert_eq!(claimed.text("/state"), "claimed");
    world.clerk.act(&format!("{path}/waive"), &claimed.etag(), json!({"reason": "x"})).await.expect_problem(409, "illegal_transition");
    let invoice = format!("/v1/invoices/{}", draft.id());
    let posted = world.clerk.act(&format!("{invoice}/post"), &draft.etag(), json!({})).await.expect(200);
    assert_eq!(world.clerk.get(&path).await.expect(200).text("/state"), "billed");
    world.sound().await;
    let reason = json!({"reason": "Wrong price"});
    let _voided = world.clerk.act(&format!("{invoice}/void"), &posted.etag(), reason).await.expect(200);
    let open = world.clerk.get("/v1/billables?filter[state]=open").await.expect(200);
    assert_eq!((open.text("/data/0/source_seq"), open.text("/data/0/amount")), ("2".into(), "75.00".into()));
    assert_eq!(world.clerk.get(&path).await.expect(200).text("/superseded_by"), open.text("/data/0/id"));
    world.sound().await;
    world.app.stop().await;
}
