//! Texts, chats, portal forms and phone events: each told once, in the conversation it belongs to.

use serde_json::{Value, json};
use testkit::Answer;

use super::world::World;

async fn deliver(world: &World, channel: &str, body: &Value) -> Answer {
    world.ada.post(&format!("/v1/intake/{channel}"), body.clone()).await
}

async fn messages(world: &World, answer: &Answer) -> Vec<Value> {
    let listed = world.ada.get(&format!("/v1/tickets/{}/messages", answer.text("/ticket/id"))).await.expect(200);
    listed.rows().to_vec()
}

fn text(id: &str, from: &str, body: &str) -> Value {
    json!({"provider": "acme", "message_id": id, "from": from, "body": body})
}

#[actix_web::test]
async fn texts_of_one_number_are_one_conversation_and_each_is_told_once() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let first = deliver(&world, "sms", &text("1", "+1 312 555 0100", "The bin is full.")).await.expect(201);
    assert_eq!((first.text("/outcome"), first.text("/ticket/channel")), ("created".into(), "sms".into()));
    let again = deliver(&world, "sms", &text("1", "+1 312 555 0100", "The bin is full.")).await.expect(200);
    assert_eq!((again.text("/duplicate"), again.text("/message_id")), ("true".into(), first.text("/message_id")));
    let second = deliver(&world, "sms", &text("2", "0013125550100", "Since Monday.")).await.expect(201);
    assert_eq!((second.text("/outcome"), second.text("/ticket/id")), ("appended".into(), first.text("/ticket/id")));
    let other = deliver(&world, "sms", &text("3", "+13125550199", "Another matter.")).await.expect(201);
    assert_ne!(other.text("/ticket/id"), first.text("/ticket/id"));
    assert_eq!(messages(&world, &first).await.len(), 2);
    let id = first.text("/ticket/id").parse().unwrap();
    assert_eq!(world.promise(id, "first_response").await["start_at"], "2026-03-02T15:00:00Z");
    let same_id_elsewhere = json!({"provider": "other", "message_id": "1", "from": "+13125550142", "body": "Hi."});
    let _ = deliver(&world, "sms", &same_id_elsewhere).await.expect(201);
    assert_eq!(world.ada.get("/v1/tickets").await.expect(200).rows().len(), 3);
    world.stop().await;
}

#[actix_web::test]
async fn texts_at_once_are_one_ticket() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let bodies: Vec<Value> = (0..6).map(|number| text(&(number / 2).to_string(), "+13125550100", "The bin is full.")).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| deliver(&world, "sms", body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 3);
    assert_eq!(world.ada.get("/v1/tickets").await.expect(200).rows().len(), 1);
    assert_eq!(messages(&world, &answers[0]).await.len(), 3);
    world.stop().await;
}

#[actix_web::test]
async fn a_text_reopens_what_was_resolved_and_begins_anew_when_it_is_closed_for_good() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let first = deliver(&world, "sms", &text("1", "+13125550100", "The bin is full.")).await.expect(201);
    let id = first.text("/ticket/id").parse().unwrap();
    world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    let back = deliver(&world, "sms", &text("2", "+13125550100", "It is full again.")).await.expect(201);
    assert_eq!((back.text("/ticket/id"), back.text("/ticket/status")), (first.text("/ticket/id"), "open".into()));
    world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    let _ = world.act(id, "transition", json!({"to": "closed"})).await.expect(200);
    world.app.set_time("2026-04-02T15:00:00Z");
    let anew = deliver(&world, "sms", &text("3", "+13125550100", "A new question.")).await.expect(201);
    assert_eq!((anew.text("/outcome"), anew.text("/ticket/follow_up_of_id")), ("created".into(), "null".into()));
    assert_ne!(anew.text("/ticket/id"), first.text("/ticket/id"));
    world.stop().await;
}

#[actix_web::test]
async fn a_chat_on_a_ticket_closed_long_ago_goes_on_in_one_follow_up() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let said =
        |id: &str| json!({"provider": "acme", "message_id": id, "session_id": "s1", "name": "Cleo", "body": "The bin is full again."});
    let first = deliver(&world, "chat", &said("1")).await.expect(201);
    let ticket = first.text("/ticket/id").parse().unwrap();
    let _ = world.reply(ticket, None).await;
    let _ = world.act(ticket, "resolve", json!({"code": "answered"})).await.expect(200);
    world.app.set_time("2026-03-05T15:00:01Z");
    world.app.work().await;
    assert_eq!(world.current(ticket).await.text("/status"), "closed");
    world.app.set_time("2026-03-20T15:00:00Z");
    let follow_up = deliver(&world, "chat", &said("2")).await.expect(201);
    assert_eq!((follow_up.text("/outcome"), follow_up.text("/ticket/follow_up_of_id")), ("created".into(), first.text("/ticket/id")));
    let next = deliver(&world, "chat", &said("3")).await.expect(201);
    assert_eq!((next.text("/outcome"), next.text("/ticket/id")), ("appended".into(), follow_up.text("/ticket/id")));
    assert_eq!(messages(&world, &first).await.len(), 2, "the closed one stays as it was");
    world.stop().await;
}

#[actix_web::test]
async fn a_chat_is_one_ticket_and_only_a_person_answers_it() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let said = |id: &str, author: &str, body: &str| {
        let mut said = json!({"provider": "acme", "message_id": id, "session_id": "s1", "author": author, "name": "Cleo", "body": body});
        if author == "agent" {
            said["agent_id"] = json!("019a0000-0000-7000-8000-000000000001");
        }
        said
    };
    let first = deliver(&world, "chat", &said("1", "customer", "Is anybody there?")).await.expect(201);
    let id = first.text("/ticket/id").parse().unwrap();
    let bot = deliver(&world, "chat", &said("2", "bot", "A colleague will be with you.")).await.expect(201);
    assert_eq!(bot.text("/ticket/id"), first.text("/ticket/id"));
    assert_eq!(world.promise(id, "first_response").await["state"], "running");
    let mut nobody = said("3", "agent", "Hello.");
    nobody["agent_id"] = Value::Null;
    deliver(&world, "chat", &nobody).await.expect_problem(422, "validation_failed");
    world.app.set_time("2026-03-02T15:01:00Z");
    let agent = deliver(&world, "chat", &said("3", "agent", "Hello, I am Ada.")).await.expect(201);
    assert_eq!(agent.text("/ticket/status"), "open");
    let promise = world.promise(id, "first_response").await;
    assert_eq!((&promise["state"], &promise["satisfied_at"]), (&json!("met"), &json!("2026-03-02T15:01:00Z")));
    let _ = deliver(&world, "chat", &said("3", "agent", "Hello, I am Ada.")).await.expect(200);
    let kinds: Vec<Value> = messages(&world, &first).await.iter().map(|message| message["kind"].clone()).collect();
    assert_eq!(kinds, ["inbound", "public_reply", "public_reply"]);
    let mut elsewhere = said("1", "customer", "Hi.");
    elsewhere["session_id"] = json!("s2");
    elsewhere["message_id"] = json!("9");
    let other = deliver(&world, "chat", &elsewhere).await.expect(201);
    assert_ne!(other.text("/ticket/id"), first.text("/ticket/id"));
    world.stop().await;
}

#[actix_web::test]
async fn a_form_joins_the_ticket_it_names_only_when_its_sender_belongs_there() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = world.ticket(json!({})).await.id();
    let form = |id: &str, email: &str| json!({"provider": "acme", "message_id": id, "ticket_id": ticket, "subject": "Photo", "body": "See.", "email": email});
    let joined = deliver(&world, "portal", &form("1", "CLEO@example.com")).await.expect(201);
    assert_eq!((joined.text("/outcome"), joined.text("/ticket/id")), ("appended".into(), ticket.to_string()));
    let stranger = deliver(&world, "portal", &form("2", "eve@else.test")).await.expect(201);
    assert_eq!((stranger.text("/outcome"), stranger.text("/ticket/channel")), ("created".into(), "portal".into()));
    assert_eq!(stranger.text("/ticket/entity_refs/0/type"), "possible_continuation");
    assert_eq!(stranger.text("/ticket/entity_refs/0/id"), ticket.to_string());
    let _ = deliver(&world, "portal", &form("2", "eve@else.test")).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn the_events_of_a_call_complete_one_message_in_any_order_and_once() {
    let world = World::at("2026-03-02T15:10:00Z").await;
    let event = |event: &str, at: &str, more: Value| {
        let mut body = json!({"provider": "acme", "call_id": "c1", "event": event, "occurred_at": at, "caller": {"phone": "+13125550100"}});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let ringing = event("ringing", "2026-03-02T15:00:00Z", json!({}));
    let first = deliver(&world, "phone/events", &ringing).await.expect(201);
    let id = first.text("/ticket/id").parse().unwrap();
    assert_eq!(world.promise(id, "first_response").await["state"], "running");
    let ended = event("ended", "2026-03-02T15:04:00Z", json!({"duration_s": 220}));
    assert_eq!(deliver(&world, "phone/events", &ended).await.expect(200).text("/outcome"), "enriched");
    let agent = json!({"agent_id": "019a0000-0000-7000-8000-000000000001", "contact_made": true});
    let answered = event("answered", "2026-03-02T15:00:20Z", agent);
    let _ = deliver(&world, "phone/events", &answered).await.expect(200);
    let recorded = event("recording", "2026-03-02T15:05:00Z", json!({"recording_url": "https://calls.test/c1"}));
    for outcome in ["enriched", "duplicate"] {
        assert_eq!(deliver(&world, "phone/events", &recorded).await.expect(200).text("/outcome"), outcome);
    }
    for repeated in [&ringing, &ended, &answered] {
        assert_eq!(deliver(&world, "phone/events", repeated).await.expect(200).text("/outcome"), "duplicate");
    }
    let told = messages(&world, &first).await;
    assert_eq!(told.len(), 1);
    let call = &told[0]["call"];
    assert_eq!((&call["answered"], &call["duration_s"], &call["contact_made"]), (&json!(true), &json!(220), &json!(true)));
    assert_eq!((&call["answered_at"], &call["ended_at"]), (&json!("2026-03-02T15:00:20Z"), &json!("2026-03-02T15:04:00Z")));
    assert_eq!((&call["recording_url"], &told[0]["author"]["type"]), (&json!("https://calls.test/c1"), &json!("agent")));
    let promise = world.promise(id, "first_response").await;
    assert_eq!((&promise["state"], &promise["satisfied_at"]), (&json!("met"), &json!("2026-03-02T15:00:00Z")));
    assert_eq!(world.current(id).await.text("/status"), "open");
    world.stop().await;
}
