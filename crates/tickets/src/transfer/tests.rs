//! Warm flips through the API, with the controlled clock.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::{Client, Persona};
use uuid::Uuid;

use crate::tests::world::World;

fn person(world: &World, name: &str) -> (Uuid, Client) {
    let persona = Persona::new(name, platform::caller::ActorKind::User, "tickets:*");
    (persona.id, world.app.client(&persona))
}

/// An assigned ticket of a customer who wants to leave, opened in Chicago on Tuesday at 14:30, offered at 16:00.
async fn flipped(to: Value) -> (World, Uuid, Uuid, String) {
    let world = World::at("2026-01-13T20:30:00Z").await;
    let giver = new_uuid();
    let id = world.ticket(json!({"type": "cancellation_request", "assignee_id": giver})).await.id();
    world.app.set_time("2026-01-13T22:00:00Z");
    let mut body = json!({"reason": "You saved this account before."});
    for (name, value) in to.as_object().unwrap() {
        body[name] = value.clone();
    }
    let proposed = world.act(id, "transfer", body).await.expect(201);
    let path = proposed.header("location").to_owned();
    (world, id, giver, path)
}

#[actix_web::test]
async fn until_a_flip_is_accepted_the_giver_stays_assignee_and_owns_the_miss() {
    let (world, id, giver, path) = flipped(json!({"to_agent_ids": [new_uuid()]})).await;
    let ticket = world.current(id).await;
    assert_eq!((ticket.text("/assignee_id"), ticket.text("/due_at")), (giver.to_string(), "2026-01-13T23:00:00Z".to_owned()));
    let promise = world.promise(id, "transfer_accept").await;
    assert_eq!(promise["due_at"], "2026-01-14T17:00:00Z", "an hour is left on Tuesday, three are worked on Wednesday");
    world.app.set_time("2026-01-13T23:00:01Z");
    world.app.work().await;
    let missed = world.promise(id, "first_response").await;
    assert_eq!((&missed["state"], &missed["breached_at"]), (&json!("missed_open"), &json!("2026-01-13T23:00:00Z")));
    assert_eq!(world.current(id).await.text("/assignee_id"), giver.to_string());
    world.app.set_time("2026-01-14T17:00:01Z");
    world.app.work().await;
    let expired = world.ada.get(&path).await.expect(200);
    assert_eq!(expired.text("/state"), "expired");
    let promise = world.promise(id, "transfer_accept").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("cancelled"), &json!("2026-01-14T17:00:00Z")));
    assert_eq!(world.current(id).await.text("/assignee_id"), giver.to_string());
    assert_eq!(world.app.events().await.iter().filter(|event| *event == "transfer.expired").count(), 1);
    let told: Vec<Value> = world.app.envelopes().await.into_iter().filter(|one| one["type"] == "notification.left").collect();
    let told: Vec<String> = told.iter().map(|one| one["data"].to_string()).filter(|text| text.contains("in time")).collect();
    assert!(told.iter().any(|text| text.contains("branch_manager")) && told.iter().any(|text| text.contains(&giver.to_string())));
    world.stop().await;
}

#[actix_web::test]
async fn of_two_specialists_who_accept_at_once_one_gets_the_ticket() {
    let world = World::at("2026-01-13T20:30:00Z").await;
    let ((one, first), (two, second)) = (person(&world, "Rae"), person(&world, "Sam"));
    let id = world.ticket(json!({"type": "cancellation_request", "assignee_id": new_uuid()})).await.id();
    let due = world.current(id).await.text("/due_at");
    let offer = json!({"to_agent_ids": [one, two], "reason": "Save desk."});
    let path = world.act(id, "transfer", offer).await.expect(201).header("location").to_owned();
    for (agent, found) in [(one, 1), (two, 1), (new_uuid(), 0)] {
        let waiting = first.get(&format!("/v1/transfers?filter[state]=proposed&filter[offered_to_id]={agent}")).await.expect(200);
        assert_eq!(waiting.rows().len(), found);
    }
    let accept = format!("{path}/accept");
    let (left, right) = futures_util::join!(first.post(&accept, json!({})), second.post(&accept, json!({})));
    let (won, lost, winner) = if left.status == 200 { (left, right, one) } else { (right, left, two) };
    assert_eq!((won.text("/state"), won.text("/taken_by")), ("accepted".to_owned(), winner.to_string()));
    lost.expect_problem(409, "illegal_transition");
    let ticket = world.current(id).await;
    assert_eq!((ticket.text("/assignee_id"), ticket.text("/due_at")), (winner.to_string(), due));
    assert_eq!(world.promise(id, "transfer_accept").await["state"], "met");
    world.stop().await;
}

#[actix_web::test]
async fn a_flip_that_everyone_declines_leaves_the_ticket_where_it_was() {
    let world = World::at("2026-01-13T20:30:00Z").await;
    let ((one, first), (two, second)) = (person(&world, "Rae"), person(&world, "Sam"));
    let giver = new_uuid();
    let id = world.ticket(json!({"assignee_id": giver})).await.id();
    let offer = json!({"to_agent_ids": [one, two], "reason": "Save desk."});
    let path = world.act(id, "transfer", offer.clone()).await.expect(201).header("location").to_owned();
    world.act(id, "transfer", offer).await.expect_problem(409, "transfer_open");
    let reason = json!({"reason": "On leave from tomorrow."});
    let declined = first.post(&format!("{path}/decline"), reason.clone()).await.expect(200);
    assert_eq!((declined.text("/state"), declined.text("/offers/0/reason")), ("proposed".into(), "On leave from tomorrow.".into()));
    first.post(&format!("{path}/accept"), json!({})).await.expect_problem(409, "declined_before");
    assert_eq!(second.post(&format!("{path}/decline"), reason).await.expect(200).text("/state"), "declined");
    assert_eq!(world.current(id).await.text("/assignee_id"), giver.to_string());
    let promise = world.promise(id, "transfer_accept").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("cancelled"), &Value::Null));
    world.stop().await;
}

#[actix_web::test]
async fn a_flip_to_a_group_is_taken_by_a_member_and_brings_the_group() {
    let world = World::at("2026-01-13T20:30:00Z").await;
    let ((one, first), (_, second)) = (person(&world, "Rae"), person(&world, "Sam"));
    let agent = json!({"user_id": one, "name": "Rae", "time_zone": "America/Chicago", "capacity_points": 20});
    let _ = world.ada.post("/v1/agents", agent).await.expect(201);
    let group = world.ada.post("/v1/groups", json!({"name": "Save desk", "members": [one]})).await.expect(201).id();
    let id = world.ticket(json!({"assignee_id": new_uuid()})).await.id();
    let unknown = json!({"to_group_id": new_uuid(), "reason": "x"});
    world.act(id, "transfer", unknown).await.expect_problem(422, "validation_failed");
    let offer = json!({"to_group_id": group, "reason": "Save desk."});
    let path = world.act(id, "transfer", offer).await.expect(201).header("location").to_owned();
    second.post(&format!("{path}/accept"), json!({})).await.expect_problem(403, "not_offered");
    let _ = first.post(&format!("{path}/accept"), json!({})).await.expect(200);
    let ticket = world.current(id).await;
    assert_eq!((ticket.text("/assignee_id"), ticket.text("/group_id")), (one.to_string(), group.to_string()));
    world.stop().await;
}

#[actix_web::test]
async fn nobody_flips_what_is_not_his_to_give_or_take() {
    let world = World::at("2026-01-13T20:30:00Z").await;
    let giver = new_uuid();
    let unassigned = world.ticket(json!({})).await.id();
    let group = world.ada.post("/v1/groups", json!({"name": "Save desk"})).await.expect(201).id();
    let offer = json!({"to_agent_ids": [new_uuid()], "reason": "Save desk."});
    world.act(unassigned, "transfer", offer.clone()).await.expect_problem(409, "not_assigned");
    let id = world.ticket(json!({"assignee_id": giver})).await.id();
    for to in [json!({}), json!({"to_agent_ids": [giver]}), json!({"to_agent_ids": [new_uuid()], "to_group_id": group})] {
        let mut body = json!({"reason": "x"});
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        world.act(id, "transfer", body).await.expect_problem(422, "validation_failed");
    }
    let path = world.act(id, "transfer", offer).await.expect(201).header("location").to_owned();
    world.ada.post(&format!("{path}/accept"), json!({})).await.expect_problem(403, "not_offered");
    let cleo = world.app.client(&Persona::customer(&[new_uuid()], "tickets:read tickets:write"));
    cleo.get(&path).await.expect_problem(404, "not_found");
    assert!(cleo.get("/v1/transfers").await.expect(200).rows().is_empty());
    let elsewhere = world.app.client(&Persona::of_branches(&[new_uuid()]));
    assert_eq!(elsewhere.get("/v1/transfers").await.expect(200).rows().len(), 1, "a ticket of no branch is everyone's");
    let etag = world.ada.get(&path).await.etag();
    assert_eq!(world.ada.act(&format!("{path}/withdraw"), &etag, json!({})).await.expect(200).text("/state"), "withdrawn");
    world.stop().await;
}
