use serde_json::{Value, json};
use uuid::Uuid;

use super::NIGHT;
use crate::tests::world::World;

fn solved() -> Value {
    json!({"code": "done", "no_reply_needed_reason": "Told by phone."})
}

fn step() -> Value {
    json!({"to": "resolved", "resolution": {"code": "done"}, "no_reply_needed_reason": "Told by phone."})
}

#[actix_web::test]
async fn no_way_leads_to_resolved_before_the_loop_is_closed() {
    let world = World::at(NIGHT).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    let refused = world.act(ticket, "resolve", solved()).await.expect_problem(409, "loop_not_closed");
    assert_eq!(refused.text("/conflicts/0"), emergency.to_string());
    world.act(ticket, "transition", step()).await.expect_problem(409, "loop_not_closed");
    let messages = format!("/v1/tickets/{ticket}/messages");
    world.ada.post(&messages, json!({"body": "Done.", "transition": step()})).await.expect_problem(409, "loop_not_closed");
    assert_eq!(world.current(ticket).await.text("/message_count"), "1", "neither message nor status");
    let bulk = json!({"items": [{"ticket_id": ticket, "transition": step()}], "atomic": false});
    let report = world.ada.post("/v1/tickets/bulk-changes", bulk).await.expect(200);
    assert!(report.body.to_string().contains("loop_not_closed"), "{}", report.body);
    let actions = json!({"transition": step()});
    let handy = world.ada.post("/v1/macros", json!({"name": "Done", "actions": actions})).await.expect(201).id();
    world.act(ticket, "apply-macro", json!({"macro_id": handy})).await.expect_problem(409, "loop_not_closed");
    let rule = json!({"name": "Done", "position": 1, "terms": {"trigger": "ticket_updated", "all": [], "actions": actions}});
    let rule = world.ada.post("/v1/automations", rule).await.expect(201).id();
    let _ = world.patch(ticket, json!({"tags": ["zebra"]})).await;
    world.app.work().await;
    let runs = world.ada.get(&format!("/v1/automations/{rule}/runs")).await.expect(200);
    assert_eq!(runs.rows()[0]["refused"], "loop_not_closed");
    assert_ne!(world.current(ticket).await.text("/status"), "resolved");
    world.stop().await;
}

#[actix_web::test]
async fn an_open_emergency_is_neither_deleted_nor_spam_nor_merged_away() {
    let world = World::at(NIGHT).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    let other = world.ticket(json!({})).await.id();
    let path = format!("/v1/tickets/{ticket}");
    let etag = world.current(ticket).await.etag();
    world.ada.delete(&path, &etag).await.expect_problem(409, "emergency_open");
    world.ada.patch(&path, &etag, json!({"spam": true})).await.expect_problem(409, "emergency_open");
    world.ada.act(&format!("{path}/merge"), &etag, json!({"into_ticket_id": other})).await.expect_problem(409, "emergency_open");
    let _ = world.act(other, "merge", json!({"into_ticket_id": ticket})).await.expect(200);
    assert_eq!(world.current(ticket).await.text("/emergency_id"), emergency.to_string(), "others may join it");
    let _ = world.respond(emergency, "call-off", json!({"reason": "A drill."})).await.expect(200);
    let etag = world.current(ticket).await.etag();
    let _ = world.ada.patch(&path, &etag, json!({"spam": true})).await.expect(200);
    let back = world.patch(ticket, json!({"spam": false})).await;
    assert_eq!(back.text("/emergency_id"), "null", "what was called off stays off");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_split_off_an_emergency_raises_none() {
    let world = World::at(NIGHT).await;
    let (ticket, _) = world.emergency(json!({})).await;
    let also = json!({"kind": "inbound", "body": "And where is my invoice?"});
    let also = world.ada.post(&format!("/v1/tickets/{ticket}/messages"), also).await.expect(201).body["message"]["id"].clone();
    let split = world.act(ticket, "split", json!({"message_ids": [also]})).await.expect(201);
    let other: Uuid = split.body.pointer("/ticket/id").or(split.body.pointer("/id")).unwrap().as_str().unwrap().parse().unwrap();
    assert_eq!(world.current(other).await.text("/emergency_id"), "null");
    assert_eq!(world.ada.get("/v1/emergencies").await.expect(200).rows().len(), 1);
    world.stop().await;
}
