//! Scheduling requests through the API: decided in time, answered by the customer, told before the ticket is resolved.

use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use crate::tests::world::World;

const PORTAL: &str = "tickets:read tickets:write scheduling-requests:read scheduling-requests:write";

/// A desk, a customer of an account, and a ticket of theirs.
async fn desk() -> (World, Client, Uuid) {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let account = world.neighbours.account(None);
    let cleo = world.app.client(&Persona::customer(&[account], PORTAL));
    let ticket = cleo.post("/v1/tickets", json!({"subject": "Move the pickup", "description": "Please."})).await.expect(201).id();
    (world, cleo, ticket)
}

fn window(start: &str, end: &str) -> Value {
    json!({"start_at": start, "end_at": end})
}

fn wish(ticket: Uuid, more: Value) -> Value {
    let mut body = json!({
        "ticket_id": ticket, "kind": "reschedule", "reason": "The gate is closed on Thursday.",
        "service_stop_ref": {"type": "occurrence", "id": "stop-7"},
        "original_window": window("2026-03-05T14:00:00Z", "2026-03-05T18:00:00Z"),
        "requested_window": window("2026-03-06T14:00:00Z", "2026-03-06T18:00:00Z"),
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn ask(client: &Client, ticket: Uuid, more: Value) -> Answer {
    client.post("/v1/scheduling-requests", wish(ticket, more)).await
}

/// Takes a step of a request on its present version.
async fn step(client: &Client, id: Uuid, action: &str, body: Value) -> Answer {
    let path = format!("/v1/scheduling-requests/{id}");
    let etag = client.get(&path).await.expect(200).etag();
    client.act(&format!("{path}/{action}"), &etag, body).await
}

#[actix_web::test]
async fn a_request_stands_when_its_ticket_is_merged_and_its_customer_is_told_where_the_conversation_goes_on() {
    let (world, cleo, ticket) = desk().await;
    let account = world.current(ticket).await.body["account_id"].clone();
    let target = world.ticket(json!({"account_id": account})).await.id();
    let asked = ask(&cleo, ticket, json!({})).await.expect(201);
    let _ = world.act(ticket, "merge", json!({"into_ticket_id": target})).await.expect(200);
    assert_eq!(world.promise(ticket, "appointment_confirm").await["state"], "running");
    world.act(target, "resolve", solved()).await.expect_problem(409, "scheduling_undecided");
    let confirmed = step(&world.ada, asked.id(), "confirm", json!({"message": "Friday it is."})).await.expect(200);
    assert_eq!(world.promise(ticket, "appointment_confirm").await["state"], "met");
    let said = world.ada.get(&format!("/v1/tickets/{target}/messages?sort=-id")).await.expect(200);
    let own = said.rows().iter().find(|row| row["body"] == "Friday it is.").unwrap();
    assert_eq!((&own["id"], &own["merged_from"]), (&confirmed.body["customer_informed_message_id"], &Value::Null));
    let _ = world.act(target, "resolve", solved()).await.expect(200);
    world.stop().await;
}

fn solved() -> Value {
    json!({"code": "rescheduled", "no_reply_needed_reason": "Told by phone."})
}

#[actix_web::test]
async fn an_undecided_request_keeps_its_ticket_open_and_an_untold_decision_does_too() {
    let (world, cleo, ticket) = desk().await;
    let asked = ask(&cleo, ticket, json!({})).await.expect(201);
    assert_eq!((asked.text("/state"), asked.text("/requested_by")), ("requested".into(), "null".into()));
    let blocked = world.act(ticket, "resolve", solved()).await.expect_problem(409, "scheduling_undecided");
    assert_eq!(blocked.text("/conflicts/0"), asked.id().to_string());
    let before = world.current(ticket).await.text("/last_human_touch_at");
    let confirmed = step(&world.ada, asked.id(), "confirm", json!({})).await.expect(200);
    assert_eq!(confirmed.text("/state"), "confirmed");
    let after = world.current(ticket).await;
    assert_eq!((before.as_str(), after.text("/status")), ("null", "open".to_owned()), "deciding is a human touch");
    assert_eq!(after.text("/last_human_touch_at"), "2026-03-02T15:00:00Z");
    world.act(ticket, "resolve", solved()).await.expect_problem(409, "customer_not_informed");
    let note = json!({"kind": "internal_note", "body": "She knows already."});
    let note = world.ada.post(&format!("/v1/tickets/{ticket}/messages"), note).await.expect(201).text("/message/id");
    step(&world.ada, asked.id(), "inform", json!({"message_id": note})).await.expect_problem(422, "validation_failed");
    let reply = world.reply(ticket, None).await.text("/message/id");
    let told = step(&world.ada, asked.id(), "inform", json!({"message_id": reply})).await.expect(200);
    assert_eq!(told.text("/customer_informed_message_id"), reply);
    let _ = world.act(ticket, "resolve", solved()).await.expect(200);
    ask(&cleo, ticket, json!({})).await.expect_problem(409, "ticket_not_open");
    world.stop().await;
}

#[actix_web::test]
async fn the_promise_runs_until_the_cutoff_and_is_kept_by_a_decision() {
    let (world, _, ticket) = desk().await;
    let cutoff = json!({"cutoff_at": "2026-03-04T18:00:00Z"});
    let asked = ask(&world.ada, ticket, cutoff).await.expect(201);
    let promise = world.promise(ticket, "appointment_confirm").await;
    assert_eq!((&promise["due_at"], &promise["state"]), (&json!("2026-03-04T18:00:00Z"), &json!("running")));
    assert_eq!(promise["subject"], json!({"type": "scheduling_request", "id": asked.id()}));
    let message = json!({"message": "Friday it is."});
    let confirmed = step(&world.ada, asked.id(), "confirm", message).await.expect(200);
    assert_eq!(world.promise(ticket, "appointment_confirm").await["state"], "met");
    assert_ne!(confirmed.text("/customer_informed_message_id"), "null", "the message of the decision tells the customer");
    let other = ask(&world.ada, ticket, json!({})).await.expect(201);
    let promise = world.promise(ticket, "appointment_confirm").await;
    assert_eq!(promise["due_at"], "2026-03-02T19:00:00Z", "four business hours where no cutoff is known");
    let _ = step(&world.ada, other.id(), "decline", json!({"reason": "No lorry.", "message": "Sorry."})).await.expect(200);
    let _ = world.act(ticket, "resolve", solved()).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn after_the_cutoff_nothing_is_asked_or_granted_without_a_reason() {
    let (world, _, ticket) = desk().await;
    let past = json!({"cutoff_at": "2026-03-02T14:00:00Z"});
    let refused = ask(&world.ada, ticket, past).await.expect_problem(422, "validation_failed");
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/0/code")), ("/late_reason".into(), "past_cutoff".into()));
    let late = json!({"cutoff_at": "2026-03-02T14:00:00Z", "late_reason": "The road is flooded."});
    let _ = ask(&world.ada, ticket, late).await.expect(201);
    let asked = ask(&world.ada, ticket, json!({"cutoff_at": "2026-03-02T16:00:00Z"})).await.expect(201);
    world.app.set_time("2026-03-02T17:00:00Z");
    step(&world.ada, asked.id(), "confirm", json!({})).await.expect_problem(422, "validation_failed");
    let _ = step(&world.ada, asked.id(), "confirm", json!({"late_reason": "The driver agrees."})).await.expect(200);
    assert_eq!(world.promise(ticket, "appointment_confirm").await["state"], "missed_closed");
    world.stop().await;
}

#[actix_web::test]
async fn each_kind_says_what_it_needs() {
    let (world, cleo, ticket) = desk().await;
    let body = json!({"ticket_id": ticket, "kind": "reschedule", "reason": "x", "service_stop_ref": {"type": "occurrence", "id": "7"}});
    let refused = cleo.post("/v1/scheduling-requests", body).await.expect_problem(422, "validation_failed");
    let pointers: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().filter_map(|one| one["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/original_window", "/requested_window"]);
    let empty = json!({"requested_window": window("2026-03-06T18:00:00Z", "2026-03-06T14:00:00Z")});
    assert_eq!(ask(&cleo, ticket, empty).await.expect_problem(422, "validation_failed").text("/errors/0/code"), "empty_window");
    let past = json!({"kind": "extra", "requested_window": window("2026-03-01T14:00:00Z", "2026-03-01T18:00:00Z")});
    assert_eq!(ask(&cleo, ticket, past).await.expect_problem(422, "validation_failed").text("/errors/0/code"), "in_the_past");
    let frequency = json!({"kind": "frequency", "original_window": null, "requested_window": null});
    assert_eq!(ask(&cleo, ticket, frequency).await.expect_problem(422, "validation_failed").text("/errors/0/pointer"), "/details");
    let own_cutoff = json!({"cutoff_at": "2026-03-04T18:00:00Z"});
    assert_eq!(ask(&cleo, ticket, own_cutoff).await.expect_problem(422, "validation_failed").text("/errors/0/code"), "not_for_customers");
    world.stop().await;
}

#[actix_web::test]
async fn a_customer_answers_a_counter_proposal_before_it_lapses() {
    let (world, cleo, ticket) = desk().await;
    let counter = json!({"window": window("2026-03-07T14:00:00Z", "2026-03-07T18:00:00Z"), "message": "Saturday?"});
    let (first, second, third) = (
        ask(&cleo, ticket, json!({})).await.expect(201).id(),
        ask(&cleo, ticket, json!({})).await.expect(201).id(),
        ask(&cleo, ticket, json!({})).await.expect(201).id(),
    );
    for id in [first, second, third] {
        let countered = step(&world.ada, id, "counter", counter.clone()).await.expect(200);
        assert_eq!(countered.text("/expires_at"), "2026-03-04T15:00:00Z", "two days unless it says otherwise");
    }
    world.act(ticket, "resolve", solved()).await.expect_problem(409, "scheduling_undecided");
    let early = json!({"window": window("2026-03-07T14:00:00Z", "2026-03-07T18:00:00Z"), "expires_at": "2026-03-07T15:00:00Z"});
    let another = ask(&cleo, ticket, json!({})).await.expect(201).id();
    step(&world.ada, another, "counter", early).await.expect_problem(422, "validation_failed");
    let accepted = step(&cleo, first, "accept", json!({})).await.expect(200);
    assert_eq!((accepted.text("/state"), accepted.text("/decided_by")), ("confirmed".into(), "null".into()));
    assert_eq!(step(&cleo, second, "reject", json!({"reason": "Closed then."})).await.expect(200).text("/state"), "declined");
    world.app.set_time("2026-03-04T15:00:00Z");
    assert_eq!(cleo.get(&format!("/v1/scheduling-requests/{third}")).await.expect(200).text("/state"), "expired", "by the clock");
    step(&cleo, third, "accept", json!({})).await.expect_problem(409, "illegal_transition");
    world.app.work().await;
    world.app.work().await;
    let expired = world.ada.get("/v1/scheduling-requests?filter[state]=expired").await.expect(200);
    assert_eq!(expired.rows().len(), 1);
    let told = world.app.events().await.iter().filter(|event| *event == "scheduling_request.expired").count();
    assert_eq!(told, 1, "once, however often the worker runs");
    let _ = step(&world.ada, another, "decline", json!({"reason": "No lorry.", "message": "Sorry."})).await.expect(200);
    let _ = world.act(ticket, "resolve", solved()).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn a_confirmed_request_is_carried_out_or_fails() {
    let (world, cleo, ticket) = desk().await;
    for (action, body, state) in [("complete", json!({}), "completed"), ("fail", json!({"reason": "The gate was shut."}), "failed")] {
        let asked = ask(&cleo, ticket, json!({})).await.expect(201).id();
        step(&world.ada, asked, action, body.clone()).await.expect_problem(409, "illegal_transition");
        let _ = step(&world.ada, asked, "confirm", json!({})).await.expect(200);
        assert_eq!(step(&world.ada, asked, action, body).await.expect(200).text("/state"), state);
    }
    world.stop().await;
}

#[actix_web::test]
async fn customers_ask_and_answer_only_on_their_own_tickets_and_never_decide() {
    let (world, cleo, ticket) = desk().await;
    let asked = ask(&cleo, ticket, json!({})).await.expect(201);
    let path = format!("/v1/scheduling-requests/{}", asked.id());
    let stranger = world.app.client(&Persona::customer(&[world.neighbours.account(None)], PORTAL));
    stranger.get(&path).await.expect_problem(404, "not_found");
    assert!(stranger.get("/v1/scheduling-requests").await.expect(200).rows().is_empty());
    ask(&stranger, ticket, json!({})).await.expect_problem(404, "not_found");
    stranger.act(&format!("{path}/accept"), &asked.etag(), json!({})).await.expect_problem(404, "not_found");
    cleo.act(&format!("{path}/confirm"), &asked.etag(), json!({})).await.expect_problem(403, "missing_permission");
    assert_eq!(cleo.get("/v1/scheduling-requests").await.expect(200).rows().len(), 1);
    let _ = world.patch(ticket, json!({"confidential": true})).await;
    cleo.get(&path).await.expect_problem(404, "not_found");
    assert!(cleo.get("/v1/scheduling-requests").await.expect(200).rows().is_empty(), "not by a list either");
    world.stop().await;
}

#[actix_web::test]
async fn a_customers_wish_takes_up_a_waiting_ticket() {
    let (world, cleo, ticket) = desk().await;
    let _ = world.reply(ticket, Some(json!({"to": "waiting_customer", "reason": "The date."}))).await;
    let _ = ask(&cleo, ticket, json!({})).await.expect(201);
    assert_eq!(world.current(ticket).await.text("/status"), "open");
    world.stop().await;
}
