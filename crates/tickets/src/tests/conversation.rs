//! The state machine and the conversation, through the API.

use serde_json::{Value, json};

use super::world::World;

#[actix_web::test]
async fn a_ticket_goes_from_new_to_resolved_and_back() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let made = world.ticket(json!({})).await;
    let id = made.id();
    assert_eq!((made.text("/reference"), made.text("/status")), ("T-1001".into(), "new".into()));
    let refused = world.act(id, "transition", json!({"to": "closed"})).await;
    assert_eq!(refused.body["allowed"], json!(["open", "waiting_customer", "waiting_vendor", "scheduled", "resolved"]));
    refused.expect_problem(409, "illegal_transition");
    world.act(id, "resolve", json!({"code": "answered"})).await.expect_problem(409, "reply_needed");
    world.act(id, "transition", json!({"to": "waiting_customer", "reason": "x"})).await.expect_problem(409, "reply_needed");
    let added = world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    assert_eq!((added.text("/ticket/status"), added.text("/message/seq")), ("resolved".into(), "2".into()));
    let thanks = json!({"kind": "inbound", "body": "Thank you!"});
    let thanked = world.ada.post(&format!("/v1/tickets/{id}/messages"), thanks).await.expect(201);
    assert_eq!((thanked.text("/message/courtesy"), thanked.text("/ticket/status")), ("true".into(), "resolved".into()));
    let question = json!({"kind": "inbound", "body": "But when will you come?"});
    let asked = world.ada.post(&format!("/v1/tickets/{id}/messages"), question).await.expect(201);
    assert_eq!((asked.text("/ticket/status"), asked.text("/ticket/reopen_count")), ("open".into(), "1".into()));
    assert_eq!(world.promise(id, "next_response").await["due_at"], "2026-03-02T17:00:00Z");
    let names = world.app.events().await;
    let told: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.starts_with("ticket.")).collect();
    let expected =
        ["ticket.created", "ticket.message_added", "ticket.resolved", "ticket.message_added", "ticket.message_added", "ticket.reopened"];
    assert_eq!(told, expected);
    world.stop().await;
}

#[actix_web::test]
async fn a_resolved_ticket_closes_and_a_late_word_opens_a_follow_up() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    assert_eq!(world.current(id).await.text("/first_contact_at"), "2026-03-02T15:00:00Z");
    world.app.set_time("2026-03-05T15:00:00Z");
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/status"), "closed");
    world.app.set_time("2026-03-25T15:00:00Z");
    let question = json!({"kind": "inbound", "body": "It happened again, please come."});
    let asked = world.ada.post(&format!("/v1/tickets/{id}/messages"), question).await.expect(201);
    assert_eq!(asked.text("/ticket/follow_up_of_id"), id.to_string());
    assert_eq!(world.current(id).await.text("/status"), "closed");
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_put_aside_comes_back_by_itself() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.act(id, "transition", json!({"to": "scheduled"})).await.expect_problem(422, "validation_failed");
    let aside = json!({"to": "scheduled", "wake_at": "2026-03-04T15:00:00Z", "reason": "pickup on Wednesday"});
    assert_eq!(world.act(id, "transition", aside).await.expect(200).text("/status"), "scheduled");
    world.app.set_time("2026-03-04T15:00:00Z");
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/status"), "open");
    world.stop().await;
}

#[actix_web::test]
async fn a_deleted_ticket_owes_nothing_until_it_is_restored() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let made = world.ticket(json!({})).await;
    let path = made.header("location").to_owned();
    let _ = world.ada.delete(&path, "\"v9\"").await.expect_problem(412, "stale_version");
    let _ = world.ada.delete(&path, &made.etag()).await.expect(204);
    world.ada.get(&path).await.expect_problem(404, "not_found");
    assert!(world.ada.get("/v1/tickets").await.expect(200).rows().is_empty());
    let restored = world.ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
    assert_eq!(restored.text("/due_at"), "2026-03-02T17:00:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn another_systems_ticket_is_created_once_and_changed_after() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let path = "/v1/tickets/by-external/crm/c-7";
    let body = super::world::ticket(json!({}));
    let made = world.ada.put(path, body.clone()).await.expect(201);
    let mut changed = body;
    changed["subject"] = json!("Missed pickup again");
    let again = world.ada.put(path, changed.clone()).await.expect(200);
    assert_eq!((again.id(), again.text("/subject")), (made.id(), "Missed pickup again".into()));
    assert_eq!(world.ada.get(path).await.expect(200).id(), made.id());
    let forced = world.ada.request(reqwest::Method::PUT, path).header("If-None-Match", "*").json(&changed);
    world.ada.send(forced).await.expect_problem(409, "source_taken");
    world.stop().await;
}

#[actix_web::test]
async fn what_was_said_is_found_at_once() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({"subject": "Leaking drum", "description": "It stands in the courtyard."})).await.id();
    let _ = world.ticket(json!({})).await;
    let note = json!({"kind": "internal_note", "body": "Ask the hydrologist."});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), note).await.expect(201);
    for text in ["leak", "courtyard", "hydrologist", "T-1001"] {
        let found = world.ada.get(&format!("/v1/tickets?q={text}")).await.expect(200);
        let ids: Vec<&Value> = found.rows().iter().map(|row| &row["id"]).collect();
        assert_eq!(ids, [&json!(id)], "{text}");
    }
    let whole = world.ada.get(&format!("/v1/tickets/{id}?include=messages,obligations")).await.expect(200);
    let kinds: Vec<&Value> = whole.body["obligations"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["first_response", "daily_touch", "daily_touch"], "the note touched it today");
    assert_eq!(whole.body["messages"].as_array().unwrap().len(), 2);
    world.stop().await;
}

#[actix_web::test]
async fn a_reply_that_reached_nobody_leaves_the_promise_owed() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let reply = world.reply(id, None).await.text("/message/id");
    assert_eq!(world.promise(id, "first_response").await["state"], "met");
    world.app.set_time("2026-03-02T18:00:00Z");
    let path = format!("/v1/tickets/{id}/messages/{reply}/undelivered");
    let owed = world.ada.post(&path, json!({})).await.expect(200);
    assert_eq!(owed.text("/last_public_reply_at"), "null");
    let promise = world.promise(id, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("missed_open"), &json!("2026-03-02T17:00:00Z")));
    world.stop().await;
}

#[actix_web::test]
async fn a_word_that_was_no_mere_thanks_counts_from_its_own_time() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.reply(id, None).await;
    world.app.set_time("2026-03-02T15:30:00Z");
    let path = format!("/v1/tickets/{id}/messages");
    let thanks = world.ada.post(&path, json!({"kind": "inbound", "body": "Thanks"})).await.expect(201).text("/message/id");
    world.app.set_time("2026-03-02T16:00:00Z");
    let marked = world.ada.patch(&format!("{path}/{thanks}"), "*", json!({"courtesy": false})).await.expect(200);
    assert_eq!(marked.text("/courtesy"), "false");
    let promise = world.promise(id, "next_response").await;
    assert_eq!((&promise["start_at"], &promise["due_at"]), (&json!("2026-03-02T15:30:00Z"), &json!("2026-03-02T17:30:00Z")));
    world.stop().await;
}

#[actix_web::test]
async fn a_bulk_of_tickets_tells_what_became_of_each() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let items = json!([super::world::ticket(json!({})), {"subject": ""}]);
    let report = world.ada.post("/v1/tickets/bulk", json!({"atomic": false, "items": items})).await.expect(200);
    assert_eq!((report.text("/succeeded"), report.text("/failed")), ("1".into(), "1".into()));
    world.stop().await;
}

#[actix_web::test]
async fn bad_input_is_refused_and_never_a_failure_of_ours() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let messages = format!("/v1/tickets/{id}/messages");
    for (path, body) in [
        ("/v1/tickets", super::world::ticket(json!({"subject": "a\u{0}b"}))),
        ("/v1/tickets", super::world::ticket(json!({"custom": {"a\u{0}": "b"}}))),
        ("/v1/tickets", super::world::ticket(json!({"tags": ["\u{0}"]}))),
        (messages.as_str(), json!({"body": "\u{0}"})),
        (messages.as_str(), json!({"body": "x", "occurred_at": "9999-12-31T23:59:60Z"})),
        (messages.as_str(), json!({"kind": "call", "body": "x"})),
        (messages.as_str(), json!({"kind": "auto_ack", "body": "x"})),
    ] {
        let answer = world.ada.post(path, body.clone()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.body);
    }
    let path = "/v1/tickets/by-external/crm/%00";
    assert!(world.ada.put(path, super::world::ticket(json!({}))).await.status.is_client_error());
    world.stop().await;
}
