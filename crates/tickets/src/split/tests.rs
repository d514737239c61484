//! Splitting through the API.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use crate::tests::world::World;

async fn say(world: &World, ticket: Uuid, body: Value) -> String {
    world.ada.post(&format!("/v1/tickets/{ticket}/messages"), body).await.expect(201).text("/message/id")
}

async fn rows(world: &World, ticket: Uuid) -> Vec<(String, i64)> {
    let listed = world.ada.get(&format!("/v1/tickets/{ticket}/messages")).await.expect(200);
    listed.rows().iter().map(|row| (row["body"].as_str().unwrap().to_owned(), row["seq"].as_i64().unwrap())).collect()
}

#[actix_web::test]
async fn a_second_matter_becomes_a_ticket_that_its_first_word_opened() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (account, agent) = (new_uuid(), new_uuid());
    let id = world.ticket(json!({"description": "The drums.", "account_id": account, "assignee_id": agent})).await.id();
    world.reply(id, None).await;
    world.app.set_time("2026-03-02T15:30:00Z");
    let asked = say(&world, id, json!({"kind": "inbound", "body": "And the zebra invoice is wrong."})).await;
    world.app.set_time("2026-03-02T15:40:00Z");
    let noted = say(&world, id, json!({"kind": "internal_note", "body": "That is for accounting."})).await;
    assert_eq!(world.promise(id, "next_response").await["state"], "running");
    let body = json!({"message_ids": [noted, asked], "subject": "Wrong invoice"});
    let made = world.act(id, "split", body).await.expect(201);
    let new = made.id();
    assert_eq!((made.text("/subject"), made.text("/clock_start_at")), ("Wrong invoice".into(), "2026-03-02T15:30:00Z".into()));
    assert_eq!((made.text("/account_id"), made.text("/assignee_id")), (account.to_string(), agent.to_string()));
    let owed = world.promise(new, "first_response").await;
    assert_eq!((&owed["state"], &owed["due_at"]), (&json!("running"), &json!("2026-03-02T17:30:00Z")));
    assert_eq!(world.promise(id, "next_response").await["state"], "cancelled");
    assert_eq!(rows(&world, new).await, [("And the zebra invoice is wrong.".to_owned(), 1), ("That is for accounting.".to_owned(), 2)]);
    let (left, moved) = (rows(&world, id).await, format!("Moved to {}.", made.text("/reference")));
    assert_eq!(left, [("The drums.".to_owned(), 1), ("We are on it.".to_owned(), 2), (moved.clone(), 3), (moved, 4)]);
    assert_eq!(say_seq(&world, id).await, 5, "numbers have no gap");
    let first = world.ada.get(&format!("/v1/tickets/{new}/messages")).await.expect(200);
    assert_eq!((&first.rows()[0]["split_from"], &first.rows()[0]["id"]), (&json!(id), &json!(asked)));
    let found = world.ada.get("/v1/tickets?q=zebra").await.expect(200);
    assert_eq!(found.rows().iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [json!(new)]);
    let links = world.ada.get(&format!("/v1/tickets/{id}/links")).await.expect(200);
    assert_eq!((links.text("/data/0/kind"), links.text("/data/0/ticket_id")), ("related".into(), new.to_string()));
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write"));
    let seen = cleo.get(&format!("/v1/tickets/{id}/messages")).await.expect(200);
    let bodies: Vec<&str> = seen.rows().iter().filter_map(|row| row["body"].as_str()).collect();
    assert_eq!(bodies, ["The drums.", "We are on it.", "More."], "the note of the move is internal");
    world.stop().await;
}

async fn say_seq(world: &World, ticket: Uuid) -> i64 {
    let path = format!("/v1/tickets/{ticket}/messages");
    world.ada.post(&path, json!({"body": "More."})).await.expect(201).body["message"]["seq"].as_i64().unwrap()
}

#[actix_web::test]
async fn an_answer_that_moves_keeps_the_promise_of_the_new_ticket() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let early = say(&world, id, json!({"body": "Before anybody asked."})).await;
    world.app.set_time("2026-03-02T16:00:00Z");
    let asked = say(&world, id, json!({"kind": "inbound", "body": "Is it safe?"})).await;
    world.app.set_time("2026-03-02T17:00:00Z");
    let answered = say(&world, id, json!({"body": "It is."})).await;
    let made = world.act(id, "split", json!({"message_ids": [early, asked, answered]})).await.expect(201);
    let promise = world.promise(made.id(), "first_response").await;
    assert_eq!((&promise["state"], &promise["satisfied_at"]), (&json!("met"), &json!("2026-03-02T17:00:00Z")));
    world.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_split_stays() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let reply = world.reply(id, None).await.text("/message/id");
    let first = world.ada.get(&format!("/v1/tickets/{id}/messages")).await.expect(200).text("/data/0/id");
    for (ids, status, code) in [
        (json!([new_uuid()]), 422, "validation_failed"),
        (json!([reply]), 422, "validation_failed"),
        (json!([]), 422, "validation_failed"),
        (json!([first, reply]), 409, "nothing_left"),
    ] {
        world.act(id, "split", json!({"message_ids": ids})).await.expect_problem(status, code);
    }
    assert_eq!(rows(&world, id).await.len(), 2);
    world.stop().await;
}
