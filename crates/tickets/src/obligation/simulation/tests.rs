//! Acceptance scenarios as simulations, through the API: what is simulated is what happens.

use serde_json::{Value, json};

use crate::tests::world::World;

fn of<'a>(simulated: &'a Value, kind: &str) -> &'a Value {
    simulated["data"].as_array().unwrap().iter().rev().find(|one| one["kind"] == kind).unwrap()
}

async fn simulated(world: &World, body: Value) -> Value {
    world.ada.post("/v1/obligations/simulate", body).await.expect(200).body
}

async fn resolution(world: &World) {
    let targets = json!([
        {"metric": "first_resolution", "clock": "business", "target_s": 28_800},
        {"metric": "first_resolution", "priority": "urgent", "clock": "business", "target_s": 7_200},
    ]);
    let _ = world.policy(targets).await;
}

#[actix_web::test]
async fn a_promise_carries_over_the_weekend_and_asks_no_ticket() {
    let world = World::at("2026-01-08T15:00:00Z").await;
    let friday = json!({"start_at": "2026-01-09T22:30:00Z"});
    let shown = simulated(&world, friday.clone()).await;
    let promise = of(&shown, "first_response");
    assert_eq!((&promise["due_at"], &promise["state"]), (&json!("2026-01-12T15:30:00Z"), &json!("running")));
    assert_eq!(promise["explanation"]["segments"].as_array().unwrap().len(), 1);
    let mut internal = friday.clone();
    internal["ticket"] = json!({"requester_kind": "internal"});
    assert_eq!(of(&simulated(&world, internal).await, "first_response")["due_at"], "2026-01-10T22:30:00Z");
    let mut cancellation = friday.clone();
    cancellation["ticket"] = json!({"type": "cancellation_request"});
    assert_eq!(of(&simulated(&world, cancellation).await, "first_response")["due_at"], "2026-01-12T23:00:00Z");
    let mut later = friday;
    later["seen_at"] = json!("2026-01-12T15:30:01Z");
    let missed = simulated(&world, later).await;
    assert_eq!(of(&missed, "first_response")["state"], "missed_open");
    assert!(world.ada.get("/v1/tickets").await.expect(200).rows().is_empty());
    assert!(world.app.events().await.is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn happenings_are_led_through_in_their_order() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    resolution(&world).await;
    let happenings = json!([
        {"kind": "answered", "at": "2026-03-02T21:00:00Z"},
        {"kind": "status_changed", "to": "waiting_customer"},
    ]);
    let mut body = json!({"start_at": "2026-03-02T15:00:00Z", "happenings": happenings});
    let waiting = simulated(&world, body.clone()).await;
    let paused = of(&waiting, "first_resolution");
    assert_eq!((&paused["state"], &paused["due_at"], &paused["remaining_s"]), (&json!("paused"), &Value::Null, &json!(7_200)));
    assert_eq!(waiting["status"], "waiting_customer");
    body["happenings"].as_array_mut().unwrap().push(json!({"kind": "customer_wrote", "at": "2026-03-03T16:00:00Z"}));
    let resumed = simulated(&world, body.clone()).await;
    assert_eq!((&of(&resumed, "first_resolution")["due_at"], &resumed["status"]), (&json!("2026-03-03T18:00:00Z"), &json!("open")));
    body["happenings"].as_array_mut().unwrap().push(json!({"kind": "status_changed", "to": "resolved", "at": "2026-03-03T17:00:00Z"}));
    assert_eq!(of(&simulated(&world, body).await, "first_resolution")["state"], "met");
    world.stop().await;
}

#[actix_web::test]
async fn changed_traits_and_hours_close_a_segment() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    resolution(&world).await;
    let at = |happening: Value| json!({"start_at": "2026-03-02T14:00:00Z", "happenings": [happening]});
    let urgent = |instant: &str| at(json!({"kind": "ticket_changed", "at": instant, "to": {"priority": "urgent"}}));
    let early = simulated(&world, urgent("2026-03-02T15:00:00Z")).await;
    assert_eq!(of(&early, "first_resolution")["due_at"], "2026-03-02T16:00:00Z");
    let late = simulated(&world, urgent("2026-03-02T17:00:00Z")).await;
    let reduced = of(&late, "first_resolution");
    assert_eq!((&reduced["due_at"], &reduced["cause"]), (&json!("2026-03-02T17:00:00Z"), &json!("target_reduced")));
    assert_eq!(reduced["explanation"]["segments"][0]["consumed_s"], 10_800);
    let calendar = crate::tests::rules::default_calendar(&world).await;
    let hours = crate::tests::rules::week(480, 630);
    let published = json!({"kind": "calendar_published", "at": "2026-03-02T16:00:00Z", "calendar_id": calendar, "hours": hours});
    assert_eq!(of(&simulated(&world, at(published)).await, "first_resolution")["due_at"], "2026-03-05T14:30:00Z");
    // What is published for later is carried at its time.
    let later = json!({"hours": hours, "effective_from": "2026-03-02T16:00:00Z"});
    let _ = world.ada.post(&format!("/v1/calendars/{calendar}/versions"), later).await.expect(201);
    let seen = json!({"start_at": "2026-03-02T14:00:00Z", "seen_at": "2026-03-02T16:30:00Z"});
    assert_eq!(of(&simulated(&world, seen).await, "first_resolution")["due_at"], "2026-03-05T14:30:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn what_the_desk_would_refuse_is_refused() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let simulate = async |happenings: Value| world.ada.post("/v1/obligations/simulate", json!({"happenings": happenings})).await;
    simulate(json!([{"kind": "status_changed", "to": "closed"}])).await.expect_problem(409, "illegal_transition");
    simulate(json!([{"kind": "status_changed", "to": "waiting_customer"}])).await.expect_problem(409, "reply_needed");
    let backwards = json!([{"kind": "answered"}, {"kind": "customer_wrote", "at": "2026-03-02T14:00:00Z"}]);
    let refused = simulate(backwards).await;
    assert_eq!(refused.text("/errors/0/pointer"), "/happenings/1/at");
    refused.expect_problem(422, "validation_failed");
    simulate(json!([{"kind": "answered", "at": "2028-03-02T14:00:00Z"}])).await.expect_problem(422, "validation_failed");
    let nowhere =
        json!({"kind": "calendar_published", "calendar_id": kernel::id::new_uuid(), "hours": crate::tests::rules::week(480, 630)});
    simulate(json!([nowhere])).await.expect_problem(422, "validation_failed");
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_is_simulated_as_it_then_goes() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    resolution(&world).await;
    let account = world.neighbours.account(None);
    let id = world.ticket(json!({"account_id": account})).await.id();
    world.app.set_time("2026-03-02T15:00:00Z");
    let before = world.promise(id, "first_resolution").await;
    let path = format!("/v1/tickets/{id}/obligations/simulate");
    let urgent = json!({"happenings": [{"kind": "ticket_changed", "to": {"priority": "urgent"}}]});
    let shown = world.ada.post(&path, urgent.clone()).await.expect(200).body;
    assert_eq!(of(&shown, "first_resolution")["due_at"], "2026-03-02T16:00:00Z");
    assert_eq!(world.promise(id, "first_resolution").await, before);
    world.patch(id, json!({"priority": "urgent"})).await;
    assert_eq!(world.promise(id, "first_resolution").await["due_at"], "2026-03-02T16:00:00Z");
    let cleo = world.app.client(&testkit::Persona::customer(&[account], "tickets:read tickets:write"));
    cleo.post(&path, urgent).await.expect_problem(404, "not_found");
    world.stop().await;
}
