//! Many writers at once, the events they leave, and how lists are read.

use platform::outbox::entity::{Column, Entity};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::world::World;

#[actix_web::test]
async fn messages_written_at_once_are_numbered_without_gaps() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let path = format!("/v1/tickets/{id}/messages");
    let posts = (0..20).map(|count| world.ada.post(&path, json!({"body": format!("reply {count}")})));
    for answer in futures_util::future::join_all(posts).await {
        let _ = answer.expect(201);
    }
    let listed = world.ada.get(&format!("{path}?limit=50")).await.expect(200);
    let numbers: Vec<i64> = listed.rows().iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
    assert_eq!(world.current(id).await.text("/message_count"), "21");
    world.stop().await;
}

#[actix_web::test]
async fn of_two_who_change_or_answer_a_ticket_at_once_one_is_told_of_the_other() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let created = world.ticket(json!({})).await;
    let (path, etag) = (format!("/v1/tickets/{}", created.id()), created.etag());
    let statuses = async |answers: [testkit::Answer; 2]| {
        let mut statuses = answers.map(|answer| answer.status.as_u16());
        statuses.sort_unstable();
        statuses
    };
    let patch = |priority: &str| world.ada.patch(&path, &etag, json!({"priority": priority}));
    let (one, other) = futures_util::join!(patch("low"), patch("urgent"));
    assert_eq!(statuses([one, other]).await, [200, 412]);
    let messages = format!("{path}/messages");
    let seen = world.ada.get(&messages).await.expect(200).text("/data/0/id");
    let reply = |body: &str| world.ada.post(&messages, json!({"body": body, "expected_last_message_id": seen}));
    let (one, other) = futures_util::join!(reply("We come today."), reply("We come tomorrow."));
    assert_eq!(statuses([one, other]).await, [201, 409]);
    assert_eq!(world.current(created.id()).await.text("/message_count"), "2");
    world.stop().await;
}

#[actix_web::test]
async fn a_call_delivered_twice_at_once_makes_one_ticket() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let body = json!({"provider": "acme", "call_id": "c1", "occurred_at": "2026-03-02T14:50:00Z", "answered": true,
        "agent_id": kernel::id::new_uuid(), "caller": {"phone": "+13125550100"}, "notes": "Asks for a pickup."});
    let posts = (0..8).map(|_| world.ada.post("/v1/intake/phone", body.clone()));
    let answers = futures_util::future::join_all(posts).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.status.is_success()));
    let id = answers[0].text("/ticket/id").parse().unwrap();
    // A call that a person took is its own first response.
    let promise = world.promise(id, "first_response").await;
    assert_eq!((&promise["state"], &promise["satisfied_at"]), (&json!("met"), &json!("2026-03-02T14:50:00Z")));
    let mut later = body;
    later["notes"] = json!("Asks for a pickup of four drums.");
    for _ in 0..2 {
        let _ = world.ada.post("/v1/intake/phone", later.clone()).await.expect(200);
    }
    assert_eq!(world.current(id).await.text("/message_count"), "2");
    world.stop().await;
}

#[actix_web::test]
async fn a_portal_event_says_nothing_internal() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let made = world.ticket(json!({"account_id": kernel::id::new_uuid(), "tags": ["zebra"], "assignee_id": kernel::id::new_uuid()})).await;
    let path = format!("/v1/tickets/{}/messages", made.id());
    let _ = world.ada.post(&path, json!({"kind": "internal_note", "body": "They owe us: zebra."})).await.expect(201);
    world.reply(made.id(), None).await;
    let _ = world.patch(made.id(), json!({"tags": ["zebra", "quagga"]})).await;
    let rows = Entity::find().order_by_asc(Column::Seq).all(world.app.db.read()).await.unwrap();
    let events: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.payload).unwrap()).collect();
    let (portal, internal): (Vec<&Value>, Vec<&Value>) = events.iter().partition(|event| event["portal"] == true);
    let names: Vec<&str> = portal.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(names, ["ticket.created", "ticket.status_changed", "ticket.message_added"]);
    for event in portal {
        let text = event["data"].to_string();
        assert!(!text.contains("zebra") && !text.contains("assignee"), "{text}");
    }
    assert!(internal.iter().any(|event| event["data"].to_string().contains("quagga")));
    world.stop().await;
}

#[test]
fn the_document_names_every_operation_once() {
    let document = serde_json::to_value(crate::service().document()).unwrap();
    let mut ids = Vec::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            ids.extend(operation["operationId"].as_str().map(str::to_owned));
        }
    }
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    for id in ["tickets.create", "tickets.transition", "messages.add", "obligations.excuse", "calendars.calculate", "intake.phone"] {
        assert!(unique.contains(&id.to_owned()), "{id} in {ids:?}");
    }
}
