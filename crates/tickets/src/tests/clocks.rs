//! Acceptance scenarios of the tickets service, through the API.

use serde_json::{Value, json};

use super::world::{World, ticket};

fn resolution(seconds: i64) -> Value {
    json!([{"metric": "first_resolution", "clock": "business", "target_s": seconds}])
}

#[actix_web::test]
async fn scenario_1_a_promise_carries_over_the_weekend() {
    let world = World::at("2026-01-09T22:30:00Z").await;
    let made = world.ticket(json!({})).await;
    let promise = world.promise(made.id(), "first_response").await;
    assert_eq!((promise["due_at"].as_str(), promise["state"].as_str()), (Some("2026-01-12T15:30:00Z"), Some("running")));
    assert_eq!(promise["explanation"]["steps"][0], json!({"step": "50%", "at": "2026-01-12T14:30:00Z"}));
    assert_eq!(promise["explanation"]["steps"][1], json!({"step": "75%", "at": "2026-01-12T15:00:00Z"}));
    assert_eq!(made.text("/due_at"), "2026-01-12T15:30:00Z");
    let internal = world.ticket(json!({"requester": {"kind": "internal", "name": "Ivo"}})).await;
    assert_eq!(world.promise(internal.id(), "first_response").await["due_at"], "2026-01-10T22:30:00Z");
    world.app.set_time("2026-01-12T14:31:00Z");
    world.app.work().await;
    assert_eq!(escalated(&world, made.id()).await, [json!(["#1 50%"])]);
    world.app.set_time("2026-01-12T15:00:00Z");
    world.app.work().await;
    assert_eq!(escalated(&world, made.id()).await, [json!(["#1 50%"]), json!(["#2 75%"])]);
    // Over the weekend nobody was told of the colleague's; then once, of all that fell due.
    assert_eq!(escalated(&world, internal.id()).await, [json!(["#1 50%", "#2 75%", "#3 due+0s", "#4 due+0s"])]);
    world.stop().await;
}

/// The steps of each escalation of a ticket, in their order.
async fn escalated(world: &World, ticket: uuid::Uuid) -> Vec<Value> {
    let told = world.app.envelopes().await.into_iter().filter(|one| one["type"] == "obligation.escalated");
    told.filter(|one| one["data"]["ticket_id"] == json!(ticket)).map(|one| one["data"]["steps"].clone()).collect()
}

#[actix_web::test]
async fn scenario_3_the_clocks_fall_back_in_between() {
    let world = World::at("2026-10-30T21:30:00Z").await;
    let made = world.ticket(json!({})).await;
    assert_eq!(world.promise(made.id(), "first_response").await["due_at"], "2026-11-02T15:30:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn scenario_5_what_runs_out_at_closing_is_due_at_closing() {
    let world = World::at("2026-01-12T21:00:00Z").await;
    let (kept, late) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    world.app.set_time("2026-01-12T21:00:01Z");
    let next_day = world.ticket(json!({})).await.id();
    assert_eq!(world.promise(next_day, "first_response").await["due_at"], "2026-01-13T14:00:01Z");
    world.app.set_time("2026-01-12T23:00:00.000Z");
    world.reply(kept, None).await;
    let promise = world.promise(kept, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("met"), &Value::Null));
    world.app.set_time("2026-01-12T23:00:00.001Z");
    // Nothing has run since: the clock alone says that it is missed.
    assert_eq!(world.promise(late, "first_response").await["state"], "missed_open");
    // The third was not touched all day.
    for (kind, count) in [("first_response", 1), ("daily_touch", 2)] {
        let missed = format!("/v1/tickets?filter[obligation_state]=missed_open&filter[obligation.kind]={kind}");
        assert_eq!(world.ada.get(&missed).await.expect(200).rows().len(), count, "{kind}");
    }
    world.reply(late, None).await;
    let promise = world.promise(late, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("missed_closed"), &json!("2026-01-12T23:00:00Z")));
    world.stop().await;
}

#[actix_web::test]
async fn scenario_7_a_night_shift_is_as_long_as_the_night() {
    let world = World::at("2026-02-01T15:00:00Z").await;
    let nights: Vec<Value> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .flat_map(|day| [json!({"day": day, "start_min": 0, "end_min": 360}), json!({"day": day, "start_min": 1320, "end_min": 1440})])
        .collect();
    let body = json!({"name": "Nights", "hours": {"time_zone": "America/Chicago", "weekly": nights}});
    let calendar = world.ada.post("/v1/calendars", body).await.expect(201).id();
    let path = format!("/v1/calendars/{calendar}/calculate");
    for (start, due) in [
        ("2026-02-08T04:00:00Z", "2026-02-08T12:00:00Z"),
        ("2026-03-08T04:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-11-01T03:00:00Z", "2026-11-01T11:00:00Z"),
    ] {
        let answer = world.ada.post(&path, json!({"start": start, "target_s": 28_800})).await.expect(200);
        assert_eq!((answer.text("/due_at"), answer.text("/worked_s")), (due.to_owned(), "28800".to_owned()));
    }
    world.stop().await;
}

#[actix_web::test]
async fn scenario_9_a_pause_counts_only_where_it_is_open() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    world.policy(resolution(28_800)).await;
    let id = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T21:00:00Z");
    world.reply(id, Some(json!({"to": "waiting_customer", "reason": "photo of the drums"}))).await;
    let paused = world.promise(id, "first_resolution").await;
    assert_eq!((&paused["state"], &paused["due_at"], &paused["remaining_s"]), (&json!("paused"), &Value::Null, &json!(7_200)));
    world.app.set_time("2026-03-03T16:00:00Z");
    let inbound = json!({"kind": "inbound", "body": "Here is the photo you asked for."});
    let added = world.ada.post(&format!("/v1/tickets/{id}/messages"), inbound).await.expect(201);
    assert_eq!(added.text("/ticket/status"), "open");
    assert_eq!(world.promise(id, "first_resolution").await["due_at"], "2026-03-03T18:00:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn scenario_11_priority_and_policy_change() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    let targets = json!([
        {"metric": "first_resolution", "clock": "business", "target_s": 28_800},
        {"metric": "first_resolution", "priority": "urgent", "clock": "business", "target_s": 7_200},
    ]);
    let policy = world.policy(targets).await;
    let (early, reduced) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let lowered = world.ticket(json!({"priority": "urgent"})).await.id();
    let missed = world.ticket(json!({"priority": "urgent"})).await.id();
    world.app.set_time("2026-03-02T15:00:00Z");
    world.patch(early, json!({"priority": "urgent"})).await;
    world.patch(lowered, json!({"priority": "normal"})).await;
    assert_eq!(world.promise(early, "first_resolution").await["due_at"], "2026-03-02T16:00:00Z");
    assert_eq!(world.promise(lowered, "first_resolution").await["due_at"], "2026-03-02T22:00:00Z");
    world.app.set_time("2026-03-02T16:30:00Z");
    world.patch(missed, json!({"priority": "normal"})).await;
    let promise = world.promise(missed, "first_resolution").await;
    assert_eq!((&promise["due_at"], &promise["breached_at"]), (&json!("2026-03-02T22:00:00Z"), &json!("2026-03-02T16:00:00Z")));
    world.app.set_time("2026-03-02T17:00:00Z");
    world.patch(reduced, json!({"priority": "urgent"})).await;
    let promise = world.promise(reduced, "first_resolution").await;
    assert_eq!((&promise["due_at"], &promise["cause"]), (&json!("2026-03-02T17:00:00Z"), &json!("target_reduced")));
    deactivated(&world, &policy.etag(), policy.id(), lowered).await;
    excused(&world, missed).await;
    world.stop().await;
}

async fn deactivated(world: &World, etag: &str, policy: uuid::Uuid, ticket: uuid::Uuid) {
    let path = format!("/v1/sla-policies/{policy}");
    let _ = world.ada.patch(&path, etag, json!({"active": false})).await.expect(200);
    assert_eq!(world.promise(ticket, "first_resolution").await["state"], "cancelled");
    let before = world.app.events().await.iter().filter(|name| *name == "obligation.escalated").count();
    world.app.set_time("2026-03-10T17:00:00Z");
    world.app.work().await;
    assert_eq!(world.app.events().await.iter().filter(|name| *name == "obligation.escalated").count(), before);
}

async fn excused(world: &World, ticket: uuid::Uuid) {
    let promise = world.promise(ticket, "first_resolution").await;
    let path = format!("/v1/obligations/{}/excuse", promise["id"].as_str().unwrap());
    let etag = format!("\"v{}\"", promise["version"]);
    let excused = world.ada.act(&path, &etag, json!({"reason": "flooded road"})).await.expect(200);
    assert_eq!((excused.text("/excused/reason"), excused.text("/breached_at")), ("flooded road".into(), "2026-03-02T16:00:00Z".into()));
}

#[actix_web::test]
async fn scenario_13_same_day_cancellation() {
    let world = World::at("2026-01-10T18:00:00Z").await;
    for (created, due) in [
        ("2026-01-10T18:00:00Z", "2026-01-12T23:00:00Z"),
        ("2026-01-13T20:30:00Z", "2026-01-13T23:00:00Z"),
        ("2026-01-13T21:00:00Z", "2026-01-13T23:00:00Z"),
        ("2026-01-13T21:00:01Z", "2026-01-14T23:00:00Z"),
    ] {
        world.app.set_time(created);
        let id = world.ticket(json!({"type": "cancellation_request"})).await.id();
        assert_eq!(world.promise(id, "first_response").await["due_at"], due, "{created}");
    }
    world.stop().await;
}

#[actix_web::test]
async fn scenario_17_one_call_makes_one_ticket() {
    let world = World::at("2026-01-12T13:30:00Z").await;
    let body = json!({"provider": "acme", "message_id": "m1", "occurred_at": "2026-01-11T08:10:00Z",
        "caller": {"name": "Cleo", "phone": "+13125550100"}, "message": "A drum leaks."});
    let first = world.ada.post("/v1/intake/answering-service", body.clone()).await.expect(201);
    let second = world.ada.post("/v1/intake/answering-service", body.clone()).await.expect(200);
    assert_eq!((first.text("/ticket/id"), second.text("/duplicate")), (second.text("/ticket/id"), "true".to_owned()));
    let id = first.text("/ticket/id").parse().unwrap();
    assert_eq!(world.promise(id, "first_response").await["due_at"], "2026-01-12T16:00:00Z");
    let mut old = body;
    old["message_id"] = json!("m2");
    old["occurred_at"] = json!("2026-01-08T13:30:00Z");
    world.ada.post("/v1/intake/answering-service", old).await.expect_problem(422, "validation_failed");
    let posts = (0..50).map(|_| world.ada.post_keyed("/v1/tickets", "k1", ticket(json!({}))));
    let answers = futures_util::future::join_all(posts).await;
    let bodies: std::collections::BTreeSet<Vec<u8>> = answers.into_iter().map(|answer| answer.expect(201).bytes).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(world.ada.get("/v1/tickets").await.expect(200).rows().len(), 2);
    world.ada.post_keyed("/v1/tickets", "k1", ticket(json!({"subject": "Other"}))).await.expect_problem(422, "idempotency_mismatch");
    world.stop().await;
}

#[actix_web::test]
async fn late_timers_are_told_once_and_say_how_late() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T19:00:00Z");
    world.app.work().await;
    world.app.work().await;
    let names = world.app.events().await;
    let told: Vec<_> = names.iter().filter(|name| name.starts_with("obligation.")).collect();
    assert_eq!(told, ["obligation.escalated", "obligation.breached"]);
    let late = world.app.envelopes().await.into_iter().find(|one| one["type"] == "obligation.escalated").unwrap();
    assert_eq!(late["data"]["late_by_s"], 10_800);
    assert_eq!(world.promise(id, "first_response").await["breached_at"], "2026-03-02T17:00:00Z");
    world.stop().await;
}
