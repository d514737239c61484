//! Escalation through the API, with the clock under control.

use serde_json::{Value, json};
use testkit::{Client, Persona};
use uuid::Uuid;

use crate::tests::world::World;

fn person(name: &str) -> Persona {
    Persona::new(name, platform::caller::ActorKind::User, "tickets:* notifications:read notifications:write")
}

/// An SLA policy that is tried first, with two business hours and these steps.
async fn escalating(world: &World, steps: Value) -> Uuid {
    let policy = world.ada.post("/v1/escalation-policies", json!({"name": "Scenario", "steps": steps})).await.expect(201).id();
    let targets = json!([{"metric": "first_response", "clock": "business", "target_s": 7_200}]);
    let terms = json!({"targets": targets, "escalation_policy_id": policy});
    let body = json!({"name": "Scenario", "position": 1, "terms": terms});
    let _ = world.ada.post("/v1/sla-policies", body).await.expect(201);
    policy
}

async fn told(client: &Client) -> Vec<Value> {
    client.get("/v1/notifications?sort=id").await.expect(200).rows().to_vec()
}

async fn runs(world: &World, policy: Uuid) -> Vec<(String, String, String)> {
    let answer = world.ada.get(&format!("/v1/escalation-policies/{policy}/runs?sort=id")).await.expect(200);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    answer.rows().iter().map(|row| (text(row, "step"), text(row, "ran_at"), text(row, "outcome"))).collect()
}

#[actix_web::test]
async fn scenario_1_the_responsible_are_told_at_half_and_at_three_quarters_of_the_time() {
    let world = World::at("2026-01-09T22:30:00Z").await;
    let agent = person("Ann");
    let id = world.ticket(json!({"assignee_id": agent.id})).await.id();
    let ann = world.app.client(&agent);
    for (now, count) in [
        ("2026-01-10T18:00:00Z", 0),
        ("2026-01-12T14:29:59Z", 0),
        ("2026-01-12T14:30:00Z", 1),
        ("2026-01-12T14:59:59Z", 1),
        ("2026-01-12T15:00:00Z", 2),
        ("2026-01-12T15:30:00Z", 2),
    ] {
        world.app.set_time(now);
        world.app.work().await;
        world.app.work().await;
        assert_eq!(told(&ann).await.len(), count, "{now}");
    }
    let word = &told(&ann).await[0];
    assert_eq!((&word["class"], &word["ticket_id"]), (&json!("escalation"), &json!(id)));
    assert!(word["text"].as_str().unwrap().ends_with("is due at 2026-01-12T15:30:00Z."), "{word}");
    world.stop().await;
}

#[actix_web::test]
async fn each_step_is_carried_out_once_and_logged() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (ann, lead) = (person("Ann"), person("Lea"));
    let steps = json!([
        {"at": {"percent": 50}, "action": "raise_priority"},
        {"at": {"offset_s": -1_800}, "action": "notify", "to": "assignee"},
        {"at": {"offset_s": 0}, "action": "page", "to": "user", "user_id": lead.id, "repeat": {"every_s": 600, "max": 2}},
        {"at": {"offset_s": 3_600}, "action": "reassign", "to": "user", "user_id": lead.id},
    ]);
    let policy = escalating(&world, steps).await;
    let id = world.ticket(json!({"assignee_id": ann.id})).await.id();
    for now in ["16:00:00", "16:30:00", "17:00:01", "17:10:01", "17:20:01", "17:30:01", "18:00:01"] {
        world.app.set_time(&format!("2026-03-02T{now}Z"));
        world.app.work().await;
        world.app.work().await;
    }
    let steps: Vec<_> = runs(&world, policy).await.into_iter().map(|(step, ran, _)| (step, ran)).collect();
    let expected = [
        ("#1 50%", "2026-03-02T16:00:00Z"),
        ("#2 due-1800s", "2026-03-02T16:30:00Z"),
        ("#3 due+0s", "2026-03-02T17:00:01Z"),
        ("#3 due+0s x2", "2026-03-02T17:10:01Z"),
        ("#3 due+0s x3", "2026-03-02T17:20:01Z"),
        ("#4 due+3600s", "2026-03-02T18:00:01Z"),
    ];
    assert_eq!(steps, expected.map(|(step, ran)| (step.to_owned(), ran.to_owned())));
    let ticket = world.current(id).await;
    assert_eq!((ticket.text("/priority"), ticket.text("/assignee_id")), ("high".to_owned(), lead.id.to_string()));
    assert_eq!(ticket.body["last_human_touch_at"], Value::Null, "no machine touches a ticket");
    let classes = |words: Vec<Value>| words.iter().map(|word| word["class"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(classes(told(&world.app.client(&ann)).await), ["escalation"]);
    assert_eq!(classes(told(&world.app.client(&lead)).await), ["page", "page", "page", "assignment"]);
    world.stop().await;
}

#[actix_web::test]
async fn after_downtime_each_is_told_once_how_late_it_is() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (ann, lead) = (person("Ann"), person("Lea"));
    let steps = json!([
        {"at": {"percent": 50}, "action": "notify", "to": "assignee", "repeat": {"every_s": 600, "max": 3}},
        {"at": {"percent": 75}, "action": "notify", "to": "user", "user_id": lead.id},
        {"at": {"offset_s": 0}, "action": "notify", "to": "assignee"},
    ]);
    let policy = escalating(&world, steps).await;
    let _ = world.ticket(json!({"assignee_id": ann.id})).await;
    world.app.set_time("2026-03-02T19:00:00Z");
    world.app.work().await;
    world.app.work().await;
    for persona in [&ann, &lead] {
        let words = told(&world.app.client(persona)).await;
        assert_eq!(words.len(), 1, "{words:?}");
        assert!(words[0]["text"].as_str().unwrap().ends_with("was due at 2026-03-02T17:00:00Z."));
    }
    assert_eq!(runs(&world, policy).await.len(), 6, "the log has each step");
    let escalated: Vec<Value> = world.app.envelopes().await.into_iter().filter(|one| one["type"] == "obligation.escalated").collect();
    assert_eq!((escalated.len(), &escalated[0]["data"]["late_by_s"]), (1, &json!(10_800)));
    world.stop().await;
}

#[actix_web::test]
async fn a_kept_or_paused_promise_and_an_inactive_policy_escalate_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ann = person("Ann");
    let steps = json!([{"at": {"percent": 50}, "action": "notify", "to": "assignee"}, {"at": {"offset_s": 0}, "action": "notify", "to": "assignee"}]);
    let policy = escalating(&world, steps).await;
    let (kept, _) = (world.ticket(json!({"assignee_id": ann.id})).await.id(), ());
    world.reply(kept, None).await;
    world.app.set_time("2026-03-02T16:00:00Z");
    world.app.work().await;
    assert!(told(&world.app.client(&ann)).await.is_empty());
    let open = world.ticket(json!({"assignee_id": ann.id})).await.id();
    world.app.set_time("2026-03-02T17:00:00Z");
    world.app.work().await;
    assert_eq!(told(&world.app.client(&ann)).await.len(), 1);
    world.patch(open, json!({"type": "complaint"})).await;
    let path = format!("/v1/escalation-policies/{policy}");
    let etag = world.ada.get(&path).await.expect(200).etag();
    let _ = world.ada.patch(&path, &etag, json!({"active": false})).await.expect(200);
    world.app.set_time("2026-03-02T20:00:00Z");
    world.app.work().await;
    assert_eq!(told(&world.app.client(&ann)).await.len(), 1, "the breach escalates nothing any more");
    assert_eq!(runs(&world, policy).await.len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn what_had_its_time_is_not_told_again_when_the_clock_goes_on() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ann = person("Ann");
    let targets = json!([{"metric": "first_resolution", "clock": "business", "target_s": 28_800}]);
    world.policy(targets).await;
    let id = world.ticket(json!({"assignee_id": ann.id})).await.id();
    world.app.set_time("2026-03-02T19:00:00Z");
    world.app.work().await;
    assert_eq!(told(&world.app.client(&ann)).await.len(), 1, "half of eight hours");
    world.reply(id, Some(json!({"to": "waiting_customer", "reason": "photo"}))).await;
    world.app.set_time("2026-03-02T20:00:00Z");
    let inbound = json!({"kind": "inbound", "body": "Here is the photo you asked for."});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), inbound).await.expect(201);
    world.app.work().await;
    assert_eq!(told(&world.app.client(&ann)).await.len(), 1, "half was told before the pause");
    world.app.set_time("2026-03-02T22:00:00Z");
    world.app.work().await;
    assert_eq!(told(&world.app.client(&ann)).await.len(), 2, "three quarters");
    world.stop().await;
}

#[actix_web::test]
async fn an_sla_policy_refers_to_an_escalation_policy_that_there_is() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let terms = json!({"targets": [{"metric": "first_response", "clock": "elapsed", "target_s": 60}], "escalation_policy_id": kernel::id::new_uuid()});
    let body = json!({"name": "Scenario", "position": 1, "terms": terms});
    world.ada.post("/v1/sla-policies", body).await.expect_problem(422, "validation_failed");
    let nobody = json!({"name": "X", "steps": [{"at": {"percent": 50}, "action": "notify"}]});
    world.ada.post("/v1/escalation-policies", nobody).await.expect_problem(422, "validation_failed");
    world.stop().await;
}
