//! Links and trackers through the API.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::{Answer, Persona};
use uuid::Uuid;

use crate::tests::world::World;

async fn link(world: &World, ticket: Uuid, kind: &str, other: Uuid) -> Answer {
    world.ada.post(&format!("/v1/tickets/{ticket}/links"), json!({"kind": kind, "ticket_id": other})).await
}

async fn links(world: &World, ticket: Uuid) -> Answer {
    world.ada.get(&format!("/v1/tickets/{ticket}/links")).await.expect(200)
}

/// A tracker with two children.
async fn tracked() -> (World, Uuid, [Uuid; 2]) {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let parent = world.ticket(json!({"subject": "The plant is down"})).await.id();
    let children = [world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id()];
    for child in children {
        let _ = link(&world, child, "parent", parent).await.expect(201);
    }
    (world, parent, children)
}

#[actix_web::test]
async fn a_link_is_seen_from_both_ends_and_made_once() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (one, other) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let made = link(&world, one, "duplicate_of", other).await.expect(201);
    assert_eq!(links(&world, other).await.text("/data/0/kind"), "duplicated_by");
    link(&world, other, "duplicated_by", one).await.expect_problem(409, "link_exists");
    link(&world, one, "related", one).await.expect_problem(422, "validation_failed");
    link(&world, one, "related", new_uuid()).await.expect_problem(422, "validation_failed");
    let cleo = world.app.client(&Persona::customer(&[new_uuid()], "tickets:read tickets:write"));
    cleo.get(&format!("/v1/tickets/{one}/links")).await.expect_problem(404, "not_found");
    assert_eq!(world.ada.delete(&format!("/v1/tickets/{other}/links/{}", made.id()), "*").await.status, 204);
    assert!(links(&world, one).await.rows().is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn a_link_to_what_the_reader_may_not_see_is_not_shown() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (ours, theirs) = (new_uuid(), new_uuid());
    let one = world.ticket(json!({"branch_id": ours})).await.id();
    let other = world.ticket(json!({"branch_id": theirs, "subject": "Secret"})).await.id();
    let made = link(&world, one, "child", other).await.expect(201);
    let bo = world.app.client(&Persona::of_branches(&[ours]));
    let seen = bo.get(&format!("/v1/tickets/{one}/links")).await.expect(200);
    assert!(seen.rows().is_empty() && seen.body["children"]["total"] == 0);
    assert_eq!(bo.delete(&format!("/v1/tickets/{one}/links/{}", made.id()), "*").await.status, 404);
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_has_one_parent_and_no_circle_above_it() {
    let (world, parent, [child, other]) = tracked().await;
    let counted = links(&world, parent).await.body["children"].clone();
    assert_eq!(counted, json!({"total": 2, "open": 2, "by_status": [{"status": "new", "count": 2}]}));
    link(&world, other, "child", child).await.expect_problem(409, "has_parent");
    link(&world, child, "child", parent).await.expect_problem(409, "link_circle");
    let top = world.ticket(json!({})).await.id();
    let _ = link(&world, top, "child", parent).await.expect(201);
    link(&world, top, "parent", child).await.expect_problem(409, "link_circle");
    world.stop().await;
}

#[actix_web::test]
async fn a_tracker_tells_and_ends_its_open_children_as_one_act() {
    let (world, parent, [child, other]) = tracked().await;
    world.reply(other, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    let told = world.act(parent, "fan-out", json!({"body": "Power is back at ten."})).await.expect(200);
    assert_eq!(told.body["children"], json!([{"ticket_id": child, "reference": "T-1002", "status": "open"}]));
    assert_eq!(world.promise(child, "first_response").await["state"], "met");
    let done = json!({"body": "Power is back.", "resolution": {"code": "fixed"}});
    let done = world.act(parent, "fan-out", done).await.expect(200);
    assert_eq!((done.text("/children/0/status"), done.text("/tracker/status")), ("resolved".into(), "resolved".into()));
    let again = json!({"body": "Power is back."});
    world.act(parent, "fan-out", again).await.expect_problem(409, "no_open_children");
    world.stop().await;
}

#[actix_web::test]
async fn a_tracker_waits_for_its_children_where_the_desk_wants_it_so() {
    let (world, parent, [child, other]) = tracked().await;
    let etag = world.ada.get("/v1/ticket-settings").await.expect(200).etag();
    let strict = world.ada.request(reqwest::Method::PUT, "/v1/ticket-settings").header("If-Match", etag);
    let _ = world.ada.send(strict.json(&json!({"parent_waits_for_children": true}))).await.expect(200);
    world.reply(parent, None).await;
    let refused = world.act(parent, "resolve", json!({"code": "fixed"})).await;
    assert_eq!(refused.body["conflicts"], json!([child, other]));
    refused.expect_problem(409, "children_open");
    for child in [child, other] {
        world.reply(child, Some(json!({"to": "resolved", "resolution": {"code": "fixed"}}))).await;
    }
    let _ = world.act(parent, "resolve", json!({"code": "fixed"})).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn an_open_thread_with_a_supplier_says_who_is_waited_for() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let wait = json!({"to": "waiting_vendor"});
    world.act(id, "transition", wait.clone()).await.expect_problem(422, "validation_failed");
    let vendor = json!({"direction": "outbound", "requester": {"kind": "vendor", "email": "v@example.com"}});
    let thread = world.ticket(vendor).await;
    let _ = link(&world, id, "child", thread.id()).await.expect(201);
    let waiting = world.act(id, "transition", wait).await.expect(200);
    assert_eq!((waiting.text("/status"), waiting.text("/status_reason")), ("waiting_vendor".into(), thread.text("/reference")));
    world.stop().await;
}

#[actix_web::test]
async fn follow_ups_and_possible_continuations_are_linked() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
    let deliver = async |id: &str, from: &str, head: &str| {
        let raw = format!("From: {from}\r\nTo: help@us.test\r\nMessage-ID: <{id}>\r\nSubject: Lift\r\n{head}\r\nIt is stuck.\r\n");
        let mail = world.ada.request(reqwest::Method::POST, "/v1/intake/email?recipient=help@us.test");
        world.ada.send(mail.header("content-type", "message/rfc822").body(raw)).await.expect(201)
    };
    let first: Uuid = deliver("m1@acme.test", "jane@acme.test", "").await.text("/ticket_id").parse().unwrap();
    let stranger = deliver("m2@else.test", "eve@else.test", "In-Reply-To: <m1@acme.test>\r\n").await;
    let second: Uuid = stranger.text("/ticket_id").parse().unwrap();
    assert_ne!(first, second);
    assert_eq!(links(&world, second).await.text("/data/0/kind"), "possible_continuation");
    assert_eq!(links(&world, first).await.text("/data/0/kind"), "possibly_continued_by");
    assert_eq!(world.current(second).await.body["entity_refs"], Value::Array(Vec::new()), "customers learn nothing of the other ticket");
    let unknown = json!({"follow_up_of_id": new_uuid()});
    world.ada.post("/v1/tickets", crate::tests::world::ticket(unknown)).await.expect_problem(422, "validation_failed");
    let follow_up = world.ticket(json!({"follow_up_of_id": first})).await.id();
    assert_eq!(links(&world, follow_up).await.text("/data/0/kind"), "follow_up_of");
    world.stop().await;
}
