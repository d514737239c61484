//! Automations through the API, with the workers stepped.

use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::task_entity;
use crate::tests::world::World;

async fn rule(world: &World, terms: Value) -> Answer {
    world.ada.post("/v1/automations", json!({"name": "Rule", "position": 100, "terms": terms})).await.expect(201)
}

async fn runs(world: &World, rule: Uuid) -> Vec<Value> {
    world.ada.get(&format!("/v1/automations/{rule}/runs?sort=id")).await.expect(200).rows().to_vec()
}

#[actix_web::test]
async fn a_rule_acts_once_on_what_happened_and_touches_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let all =
        json!([{"field": "subject", "op": "contains", "values": ["LEAK"]}, {"field": "priority", "op": "is_not", "values": ["urgent"]}]);
    let actions = json!({"priority": "urgent", "add_tags": ["leak"], "note": "Seen: {{reference}} is {{status}}."});
    let rule = rule(&world, json!({"trigger": "ticket_created", "all": all, "actions": actions})).await.id();
    let (leak, other) = (world.ticket(json!({"subject": "A drum leaks"})).await.id(), world.ticket(json!({})).await.id());
    for _ in 0..2 {
        world.app.work().await;
    }
    let ticket = world.current(leak).await;
    assert_eq!((ticket.text("/priority"), &ticket.body["tags"], ticket.text("/status")), ("urgent".into(), &json!(["leak"]), "new".into()));
    assert_eq!((&ticket.body["last_human_touch_at"], &ticket.body["message_count"]), (&Value::Null, &json!(2)));
    assert_eq!(world.promise(leak, "first_response").await["state"], "running", "a machine answers nobody");
    assert_eq!(world.current(other).await.text("/priority"), "normal");
    let log = runs(&world, rule).await;
    assert_eq!((log.len(), &log[0]["refused"], &log[0]["depth"]), (1, &Value::Null, &json!(0)));
    world.stop().await;
}

#[actix_web::test]
async fn what_was_tried_is_forgotten_and_what_was_done_is_kept() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let rule = rule(&world, json!({"trigger": "ticket_created", "actions": {"add_tags": ["new"]}})).await.id();
    let _ = world.ticket(json!({})).await;
    world.app.work().await;
    let tasks = async || task_entity::Entity::find().count(world.app.db.read()).await.unwrap();
    world.app.set_time("2026-04-01T15:00:00Z");
    world.app.work().await;
    assert_eq!(tasks().await, 1);
    world.app.set_time("2026-04-01T15:00:01Z");
    world.app.work().await;
    assert_eq!((tasks().await, runs(&world, rule).await.len()), (0, 1));
    world.stop().await;
}

#[actix_web::test]
async fn rules_call_on_each_other_five_times_at_most() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    // The next link is tried before the one that calls on it, so that each needs a run of its own.
    for link in 0..7 {
        let all = json!([
            {"field": "tag", "op": "is", "values": [format!("t{link}")]},
            {"field": "tag", "op": "is_not", "values": [format!("t{}", link + 1)]},
        ]);
        let terms = json!({"trigger": "ticket_updated", "all": all, "actions": {"add_tags": [format!("t{}", link + 1)]}});
        let body = json!({"name": format!("Link {link}"), "position": 100 - link, "terms": terms});
        let _ = world.ada.post("/v1/automations", body).await.expect(201);
    }
    let id = world.ticket(json!({})).await.id();
    world.patch(id, json!({"tags": ["t0"]})).await;
    world.app.work().await;
    assert_eq!(world.current(id).await.body["tags"], json!(["t0", "t1", "t2", "t3", "t4", "t5"]));
    world.stop().await;
}

#[actix_web::test]
async fn no_rule_stops_a_clock_before_a_person_has_answered() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let actions = json!({"priority": "low", "transition": {"to": "waiting_customer", "reason": "photo"}});
    let rule = rule(&world, json!({"trigger": "message_added", "actions": actions})).await.id();
    let id = world.ticket(json!({})).await.id();
    let note = json!({"kind": "internal_note", "body": "Asked the driver about it."});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), note).await.expect(201);
    world.app.work().await;
    let ticket = world.current(id).await;
    assert_eq!((ticket.text("/status"), ticket.text("/priority")), ("open".to_owned(), "normal".to_owned()), "all of a rule or nothing");
    assert_eq!(runs(&world, rule).await[0]["refused"], "reply_needed");
    world.reply(id, None).await;
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/status"), "waiting_customer");
    world.stop().await;
}

#[actix_web::test]
async fn a_rule_waits_for_its_hours_and_begins_anew_when_it_happens_again() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let any = json!([{"field": "unanswered", "op": "is", "values": ["true"]}]);
    let terms =
        json!({"trigger": "hours_since", "since": "last_customer_message", "hours": 4, "any": any, "actions": {"add_tags": ["waiting"]}});
    let rule = rule(&world, terms).await.id();
    let (early, again) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    world.app.set_time("2026-03-02T17:00:00Z");
    let inbound = json!({"kind": "inbound", "body": "Are you there? The drums are leaking."});
    let _ = world.ada.post(&format!("/v1/tickets/{again}/messages"), inbound).await.expect(201);
    for (now, count) in [("2026-03-02T18:59:59Z", 0), ("2026-03-02T19:00:00Z", 1), ("2026-03-02T21:00:00Z", 2), ("2026-03-03T21:00:00Z", 2)]
    {
        world.app.set_time(now);
        world.app.work().await;
        assert_eq!(runs(&world, rule).await.len(), count, "{now}");
    }
    assert_eq!(world.current(early).await.body["tags"], json!(["waiting"]));
    world.stop().await;
}

#[actix_web::test]
async fn a_dry_run_shows_what_would_be_and_writes_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let actions = json!({"priority": "high", "note": "Seen.", "notify": [{"role": "triage", "text": "{{subject}}"}]});
    let rule = rule(&world, json!({"trigger": "ticket_created", "actions": actions})).await;
    let (path, before) = (format!("/v1/automations/{}/dry-run", rule.id()), world.app.events().await.len());
    let tried = world.ada.post(&path, json!({"ticket_id": id})).await.expect(200);
    assert_eq!((tried.text("/covers"), tried.text("/ticket/priority")), ("true".to_owned(), "high".to_owned()));
    assert_eq!((&tried.body["notices"], &tried.body["note"]), (&json!(["Missed pickup"]), &json!("Seen.")));
    world.app.work().await;
    assert_eq!((world.current(id).await.text("/priority"), world.app.events().await.len()), ("normal".to_owned(), before));
    let reply = json!({"name": "X", "position": 1, "terms": {"trigger": "ticket_created", "actions": {"reply": "We are on it."}}});
    world.ada.post("/v1/automations", reply).await.expect_problem(422, "validation_failed");
    world.stop().await;
}
