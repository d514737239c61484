use kernel::id::MessageId;
use platform::scope::RowScope;
use serde_json::{Value, json};
use uuid::Uuid;

use super::NIGHT;
use crate::tests::world::World;

#[actix_web::test]
async fn a_ticket_that_becomes_a_service_emergency_raises_one() {
    let world = World::at(NIGHT).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    let promise = world.promise(ticket, "emergency_ack").await;
    assert_eq!((&promise["due_at"], &promise["state"]), (&json!("2026-03-02T09:45:00Z"), &json!("running")), "elapsed time, at night");
    assert_eq!(promise["subject"], json!({"type": "emergency", "id": emergency}));
    assert_eq!(world.current(ticket).await.text("/due_at"), "2026-03-02T09:45:00Z");
    assert_eq!(world.alert(emergency).await.text("/state"), "raised");
    let other = world.ticket(json!({})).await.id();
    assert_eq!(world.current(other).await.text("/emergency_id"), "null");
    world.app.set_time("2026-03-02T10:00:00Z");
    let retyped = world.patch(other, json!({"type": "service_emergency"})).await;
    assert_ne!(retyped.text("/emergency_id"), "null");
    assert_eq!(world.promise(other, "emergency_ack").await["due_at"], "2026-03-02T10:15:00Z", "from its raising");
    let same = world.patch(other, json!({"type": "complaint"})).await;
    assert_eq!(same.text("/emergency_id"), retyped.text("/emergency_id"), "another type ends no emergency");
    let back = world.patch(other, json!({"type": "service_emergency"})).await;
    assert_eq!(back.text("/emergency_id"), retyped.text("/emergency_id"), "one at a time");
    let open = world.ada.get("/v1/tickets?filter[emergency_id][exists]=true").await.expect(200);
    assert_eq!(open.rows().len(), 2);
    world.stop().await;
}

#[actix_web::test]
async fn one_is_raised_by_hand_on_an_open_ticket_that_has_none() {
    let world = World::at(NIGHT).await;
    let ticket = world.ticket(json!({})).await.id();
    let body = json!({"ticket_id": ticket, "hazard_code": "spill"});
    let raised = world.ada.post("/v1/emergencies", body.clone()).await.expect(201);
    assert_eq!((raised.text("/state"), raised.text("/hazard_code")), ("raised".into(), "spill".into()));
    let refused = world.ada.post("/v1/emergencies", body).await.expect_problem(409, "emergency_open");
    assert_eq!(refused.text("/conflicts/0"), raised.id().to_string());
    let unknown = json!({"ticket_id": ticket, "schedule_id": Uuid::nil()});
    world.ada.post("/v1/emergencies", unknown).await.expect_problem(422, "validation_failed");
    let path = format!("/v1/emergencies/{}", raised.id());
    let known = world.ada.patch(&path, &raised.etag(), json!({"hazard_code": "fire"})).await.expect(200);
    assert_eq!(known.text("/hazard_code"), "fire");
    assert_eq!(world.respond(raised.id(), "call-off", json!({"reason": "A drill."})).await.expect(200).text("/state"), "called_off");
    assert_eq!(world.promise(ticket, "emergency_ack").await["state"], "cancelled");
    let _ = world.act(ticket, "resolve", json!({"code": "drill", "no_reply_needed_reason": "A drill."})).await.expect(200);
    world.ada.post("/v1/emergencies", json!({"ticket_id": ticket})).await.expect_problem(409, "ticket_not_open");
    world.stop().await;
}

#[actix_web::test]
async fn the_way_from_acknowledgement_to_the_closed_loop() {
    let world = World::at(NIGHT).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    let early = world.said(ticket).await;
    let none = json!({});
    world.respond(emergency, "inform", json!({"message_id": early})).await.expect_problem(409, "not_acknowledged");
    world.respond(emergency, "contain", none.clone()).await.expect_problem(409, "illegal_transition");
    world.app.set_time("2026-03-02T09:40:00Z");
    let acknowledged = world.ada.post(&format!("/v1/emergencies/{emergency}/acknowledge"), none.clone()).await.expect(200);
    assert_eq!(
        (acknowledged.text("/state"), acknowledged.text("/acknowledged_at")),
        ("acknowledged".into(), "2026-03-02T09:40:00Z".into())
    );
    assert_ne!(acknowledged.text("/desk/acknowledged_by"), "null");
    assert_eq!(world.promise(ticket, "emergency_ack").await["state"], "met");
    assert_eq!(world.promise(ticket, "loop_close").await["due_at"], "2026-03-02T10:40:00Z", "an hour from the acknowledgement");
    world.ada.post(&format!("/v1/emergencies/{emergency}/acknowledge"), none.clone()).await.expect_problem(409, "illegal_transition");
    let past = json!({"to": "Crew 2", "eta": "2026-03-02T09:00:00Z"});
    world.respond(emergency, "dispatch", past).await.expect_problem(422, "validation_failed");
    let crew = json!({"to": "Crew 2", "eta": "2026-03-02T10:20:00Z"});
    assert_eq!(world.respond(emergency, "dispatch", crew).await.expect(200).text("/desk/dispatched_to"), "Crew 2");
    let same_moment = world.said(ticket).await;
    world.app.set_time("2026-03-02T10:00:00Z");
    let note = json!({"kind": "internal_note", "body": "She was not at home."});
    let note = world.ada.post(&format!("/v1/tickets/{ticket}/messages"), note).await.expect(201).body["message"]["id"].clone();
    for wrong in [early, same_moment, note] {
        world.respond(emergency, "inform", json!({"message_id": wrong})).await.expect_problem(422, "validation_failed");
    }
    let told = world.said(ticket).await;
    let informed = world.respond(emergency, "inform", json!({"message_id": told})).await.expect(200);
    assert_eq!(informed.body["customer_informed_message_id"], told);
    assert_eq!(world.promise(ticket, "loop_close").await["state"], "met");
    closed(&world, (ticket, emergency), told).await;
    world.stop().await;
}

/// Contains it and closes the loop, which `told` before it cannot do.
async fn closed(world: &World, (ticket, emergency): (Uuid, Uuid), told: Value) {
    world.app.set_time("2026-03-02T12:00:00Z");
    let _ = world.respond(emergency, "contain", json!({})).await.expect(200);
    world.respond(emergency, "close-loop", json!({"message_id": told})).await.expect_problem(422, "validation_failed");
    world.app.set_time("2026-03-02T12:05:00Z");
    let last = world.said(ticket).await;
    let over = world.respond(emergency, "close-loop", json!({"message_id": last})).await.expect(200);
    assert_eq!((over.text("/state"), over.text("/loop_closed_at")), ("loop_closed".into(), "2026-03-02T12:05:00Z".into()));
    assert_eq!((&over.body["customer_informed_message_id"], &over.body["loop_closed_message_id"]), (&told, &last));
    assert_eq!(world.current(ticket).await.text("/emergency_id"), "null");
    world.respond(emergency, "call-off", json!({"reason": "x"})).await.expect_problem(409, "illegal_transition");
    let _ = world.act(ticket, "resolve", json!({"code": "contained"})).await.expect(200);
    let reopened = world.act(ticket, "reopen", json!({"reason": "It smells."})).await.expect(200);
    assert_eq!(reopened.text("/emergency_id"), "null", "a ticket that is taken up again wakes nobody");
}

#[actix_web::test]
async fn what_reached_nobody_informed_nobody() {
    let world = World::at(NIGHT).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    let _ = world.ada.post(&format!("/v1/emergencies/{emergency}/acknowledge"), json!({})).await.expect(200);
    world.app.set_time("2026-03-02T09:35:00Z");
    let told = world.said(ticket).await;
    let _ = world.respond(emergency, "inform", json!({"message_id": told})).await.expect(200);
    let (rules, id) = (crate::rulebook::Rules::default(), told.as_str().unwrap().parse::<Uuid>().unwrap());
    let bounced = async |tx: &platform::db::Tx| {
        crate::ticket::commands::undelivered(tx, &rules, &RowScope::All, ticket.into(), MessageId::from(id)).await.map(drop)
    };
    world.app.db.write("test.bounce", bounced).await.unwrap();
    assert_eq!(world.alert(emergency).await.text("/customer_informed_message_id"), "null");
    let promise = world.promise(ticket, "loop_close").await;
    assert_eq!((&promise["state"], &promise["due_at"]), (&json!("running"), &json!("2026-03-02T10:30:00Z")));
    world.stop().await;
}
