//! Words taken out of a conversation: nothing but history holds them afterwards, and nobody gets them any more.

use platform::db::Db;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use testkit::{Answer, Client};
use uuid::Uuid;

use super::world::World;
use crate::intake::tests::bounces::first_response;
use crate::intake::tests::desk::{Desk, mail};

const MARK: &str = "zebra4111";

/// What tells what was done, and what was delivered as it came: history, for those who may read it.
const HISTORY: [&str; 3] = ["outbox", "audit", "idempotency"];

/// The columns, but those of history, in which the database still has a text. What a full-text index holds is asked by searching.
async fn holders(db: &Db, text: &str) -> Vec<String> {
    let columns = match db.backend() {
        DbBackend::Postgres => {
            "SELECT table_name AS of, column_name AS named FROM information_schema.columns WHERE table_schema = current_schema()"
        }
        _ => "SELECT m.name AS of, p.name AS named FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'",
    };
    let query = |sql: String| db.read().query_all_raw(Statement::from_string(db.backend(), sql));
    let mut found = Vec::new();
    for row in query(columns.to_owned()).await.unwrap() {
        let (table, column): (String, String) = (row.try_get("", "of").unwrap(), row.try_get("", "named").unwrap());
        let full_text = table.contains("_words") || column == "words";
        if full_text || HISTORY.iter().any(|history| table.starts_with(history)) {
            continue;
        }
        let holding = query(format!("SELECT 1 AS one FROM {table} WHERE CAST(\"{column}\" AS text) LIKE '%{text}%'")).await.unwrap();
        found.extend((!holding.is_empty()).then(|| format!("{table}.{column}")));
    }
    found.sort();
    found
}

async fn texted(world: &World, id: &str, body: &str) -> Answer {
    let body = json!({"provider": "acme", "message_id": id, "from": "+13125550100", "body": body});
    world.ada.post("/v1/intake/sms", body).await
}

async fn redact(client: &Client, ticket: &str, message: &str) -> Answer {
    client.post(&format!("/v1/tickets/{ticket}/messages/{message}/redact"), json!({"reason": "A card number"})).await.expect(200)
}

async fn replied(client: &Client, ticket: &str, body: &str) -> String {
    let reply = client.post(&format!("/v1/tickets/{ticket}/messages"), json!({"body": body})).await.expect(201);
    reply.text("/message/id")
}

#[actix_web::test]
async fn a_redacted_message_keeps_its_place_and_loses_its_words_and_files() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({"description": "My card is 4111 1111 1111 1111."})).await.id();
    let path = format!("/v1/tickets/{id}/messages");
    let message = world.ada.get(&path).await.expect(200).rows()[0].clone();
    let redact = format!("{path}/{}/redact", message["id"].as_str().unwrap());
    world.ada.post(&redact, json!({})).await.expect_problem(422, "validation_failed");
    let done = world.ada.post(&redact, json!({"reason": "A card number"})).await.expect(200);
    assert_eq!((done.text("/body"), done.text("/redaction/at")), (String::new(), "2026-03-02T15:00:00Z".into()));
    let kept = world.ada.get(&path).await.expect(200).rows()[0].clone();
    assert_eq!((&kept["seq"], &kept["body"], &kept["counts_as"]), (&message["seq"], &json!(""), &message["counts_as"]));
    assert!(world.ada.get("/v1/search?q=4111").await.expect(200).rows().is_empty());
    world.ada.post(&redact, json!({"reason": "Again"})).await.expect_problem(409, "redacted_before");
    let told = world.app.envelopes().await.into_iter().find(|one| one["type"] == "message.redacted").unwrap();
    assert!(!told.to_string().contains("4111"), "{told}");
    assert_eq!(world.promise(id, "first_response").await["state"], "running", "what it asked is still owed");
    world.stop().await;
}

#[actix_web::test]
async fn nothing_but_history_holds_what_was_taken_away() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let first = texted(&world, "1", &format!("My card is {MARK}.")).await.expect(201);
    let (ticket, message) = (first.text("/ticket/id"), first.text("/message_id"));
    let id: Uuid = ticket.parse().unwrap();
    let _ = world.patch(id, json!({"type": "service_emergency"})).await;
    world.app.work().await;
    let reply = replied(&world.ada, &ticket, &format!("Is it {MARK}?")).await;
    let _ = world
        .act(id, "split", json!({"message_ids": [texted(&world, "2", "And the bin?").await.expect(201).text("/message_id")]}))
        .await
        .expect(201);
    let held = holders(&world.app.db, MARK).await;
    assert_eq!(held, ["message.body", "notification.text", "outgoing_text.body", "ticket.subject"]);
    for message in [message, reply] {
        let _ = redact(&world.ada, &ticket, &message).await;
    }
    assert_eq!(holders(&world.app.db, MARK).await, [""; 0]);
    assert_eq!(world.current(id).await.text("/subject"), "(no words)");
    assert!(world.ada.get(&format!("/v1/search?q={MARK}")).await.expect(200).rows().is_empty());
    let _ = texted(&world, "1", &format!("My card is {MARK}.")).await.expect(200);
    assert_eq!(holders(&world.app.db, MARK).await, [""; 0], "delivered again it does not come back");
    world.stop().await;
}

#[actix_web::test]
async fn a_text_of_a_redacted_reply_is_not_given_to_relays_and_keeps_no_promise() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1", "The bin is full.").await.expect(201).text("/ticket/id");
    let reply = replied(&world.ada, &ticket, MARK).await;
    let id = ticket.parse().unwrap();
    assert_eq!(world.promise(id, "first_response").await["state"], "met");
    let _ = redact(&world.ada, &ticket, &reply).await;
    assert_eq!(world.promise(id, "first_response").await["state"], "running");
    assert!(world.ada.post("/v1/outgoing-texts/claim", json!({})).await.expect(200).rows().is_empty());
    let failed = world.ada.get("/v1/outgoing-texts").await.expect(200);
    assert_eq!(
        (failed.text("/data/0/state"), failed.text("/data/0/error")),
        ("failed".into(), crate::intake::outgoing::model::REDACTED.into())
    );
    // A relay that has it sends it yet, and nobody else gets it when its lease is over.
    let reply = replied(&world.ada, &ticket, MARK).await;
    let text = world.ada.post("/v1/outgoing-texts/claim", json!({"lease_s": 30})).await.expect(200);
    let _ = redact(&world.ada, &ticket, &reply).await;
    assert_eq!(world.promise(id, "first_response").await["state"], "met");
    world.app.set_time("2026-03-02T15:01:00Z");
    assert!(world.ada.post("/v1/outgoing-texts/claim", json!({})).await.expect(200).rows().is_empty());
    let path = format!("/v1/outgoing-texts/{}/report", text.text("/data/0/id"));
    assert_eq!(world.ada.post(&path, json!({"outcome": "sent"})).await.expect(200).text("/state"), "sent");
    assert_eq!(holders(&world.app.db, MARK).await, [""; 0]);
    world.stop().await;
}

#[actix_web::test]
async fn a_mail_of_a_redacted_reply_is_neither_sent_nor_queued_again() {
    let desk = Desk::start().await;
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: Lift", "It is stuck.")).await;
    let ticket = first["ticket_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/tickets/{ticket}");
    let reply = replied(&desk.client, &ticket, MARK).await;
    desk.app.work().await;
    assert_eq!(first_response(&desk, &path).await, "met");
    assert_eq!(holders(&desk.app.db, MARK).await, ["message.body", "outgoing_mail.body"]);
    let _ = redact(&desk.client, &ticket, &reply).await;
    let mails = desk.client.get("/v1/outgoing-mails?filter[kind]=reply").await.expect(200);
    assert_eq!((mails.text("/data/0/state"), mails.text("/data/0/deliveries/0/state")), ("failed".into(), "failed".into()));
    assert_eq!((first_response(&desk, &path).await, holders(&desk.app.db, MARK).await), (json!("running"), Vec::new()));
    let mail = format!("/v1/outgoing-mails/{}", mails.text("/data/0/id"));
    let tag = desk.client.get(&mail).await.expect(200).etag();
    let again = desk.client.act(&format!("{mail}/report"), &tag, json!({"outcome": "retry"})).await;
    again.expect_problem(409, "message_redacted");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_redacted_reply_that_no_mail_was_made_of_never_becomes_one() {
    let desk = Desk::start().await;
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: Lift", "It is stuck.")).await;
    let ticket = first["ticket_id"].as_str().unwrap().to_owned();
    let reply = replied(&desk.client, &ticket, MARK).await;
    let _ = redact(&desk.client, &ticket, &reply).await;
    assert_eq!(first_response(&desk, &format!("/v1/tickets/{ticket}")).await, "running");
    desk.app.work().await;
    assert!(desk.client.get("/v1/outgoing-mails?filter[kind]=reply").await.expect(200).rows().is_empty());
    desk.app.stop().await;
}
