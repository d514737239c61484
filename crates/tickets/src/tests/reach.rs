//! Who may see what: branches for staff, accounts for customers, and nothing internal for them.

use kernel::id::new_uuid;
use serde_json::json;
use testkit::Persona;

use super::world::{World, ticket};

const PORTAL: &str = "tickets:read tickets:write";

#[actix_web::test]
async fn customers_see_their_own_tickets_and_only_what_is_public() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (account, other) = (new_uuid(), new_uuid());
    let cleo = world.app.client(&Persona::customer(&[account], PORTAL));
    let eve = world.app.client(&Persona::customer(&[other], PORTAL));
    let made = cleo.post("/v1/tickets", json!({"subject": "Spill", "description": "Please come."})).await.expect(201);
    assert_eq!((made.text("/account_id"), made.text("/channel")), (account.to_string(), "portal".into()));
    let (id, path) = (made.id(), made.header("location").to_owned());
    let note = json!({"kind": "internal_note", "body": "They have not paid: zebra."});
    let _ = world.ada.post(&format!("{path}/messages"), note).await.expect(201);
    let _ = world.ada.act(&format!("{path}/assign"), &world.current(id).await.etag(), json!({"assignee_id": new_uuid()})).await.expect(200);
    let mine = cleo.get(&format!("{path}?include=messages")).await.expect(200);
    assert_eq!((mine.body["messages"].as_array().unwrap().len(), mine.text("/assignee_id")), (1, "null".into()));
    assert_eq!(cleo.get(&format!("{path}/messages")).await.expect(200).rows().len(), 1);
    assert!(cleo.get("/v1/tickets?q=zebra").await.expect(200).rows().is_empty());
    for refused in ["", "/messages", "/obligations"] {
        eve.get(&format!("{path}{refused}")).await.expect_problem(404, "not_found");
    }
    assert!(eve.get("/v1/tickets").await.expect(200).rows().is_empty());
    eve.post(&format!("{path}/messages"), json!({"body": "x"})).await.expect_problem(404, "not_found");
    cleo.post(&format!("{path}/messages"), json!({"kind": "internal_note", "body": "x"})).await.expect_problem(422, "validation_failed");
    cleo.patch(&path, "*", json!({"priority": "urgent"})).await.expect_problem(403, "missing_permission");
    let priority = json!({"subject": "Spill", "description": "x", "priority": "urgent"});
    cleo.post("/v1/tickets", priority).await.expect_problem(422, "validation_failed");
    cleo.get("/v1/tickets?filter[assignee_id][exists]=true").await.expect_problem(400, "invalid_query");
    let foreign = json!({"subject": "Spill", "description": "x", "account_id": other});
    cleo.post("/v1/tickets", foreign).await.expect_problem(422, "validation_failed");
    world.stop().await;
}

#[actix_web::test]
async fn staff_see_the_tickets_of_their_branches() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (chicago, denver) = (new_uuid(), new_uuid());
    let bo = world.app.client(&Persona::of_branches(&[chicago]));
    let ours = world.ticket(json!({"branch_id": chicago})).await.id();
    let theirs = world.ticket(json!({"branch_id": denver})).await.id();
    assert_eq!(bo.get("/v1/tickets").await.expect(200).rows().len(), 1);
    let _ = bo.get(&format!("/v1/tickets/{ours}")).await.expect(200);
    bo.get(&format!("/v1/tickets/{theirs}")).await.expect_problem(404, "not_found");
    bo.post("/v1/tickets", ticket(json!({"branch_id": denver}))).await.expect_problem(422, "validation_failed");
    world.stop().await;
}

#[actix_web::test]
async fn the_queue_of_an_assignee_is_read_page_by_page() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let assignee = new_uuid();
    for _ in 0..5 {
        let _ = world.ticket(json!({"assignee_id": assignee})).await;
    }
    let _ = world.ticket(json!({})).await;
    let path = format!("/v1/tickets?filter[assignee_id]={assignee}&filter[open]=true&limit=3");
    let first = world.ada.get(&path).await.expect(200);
    assert_eq!((first.rows().len(), first.rows()[0]["number"].as_i64()), (3, Some(1_005)));
    let rest = world.ada.get(&format!("{path}&cursor={}", first.text("/next_cursor"))).await.expect(200);
    assert_eq!((rest.rows().len(), rest.text("/next_cursor")), (2, "null".into()));
    world.stop().await;
}
