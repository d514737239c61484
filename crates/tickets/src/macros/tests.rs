//! Macros through the API.

use kernel::id::new_uuid;
use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::Persona;

use crate::tests::world::World;

async fn made(world: &World, actions: Value) -> Value {
    let one = world.ada.post("/v1/macros", json!({"name": "Missed pickup", "actions": actions})).await.expect(201);
    json!({"macro_id": one.id()})
}

#[actix_web::test]
async fn a_macro_does_all_it_says_as_the_persons_own_acts() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let lead = Persona::new("Lea", ActorKind::User, "notifications:read");
    let actions = json!({
        "priority": "high", "add_tags": ["missed"], "assignee_id": lead.id,
        "reply": "Dear {{requester}}, we are on {{reference}}.",
        "notify": [{"responsible": true, "text": "{{reference}} is yours: {{subject}}"}],
        "transition": {"to": "waiting_customer", "reason": "the dock's hours"},
    });
    let apply = made(&world, actions).await;
    let ticket = world.ticket(json!({"subject": "{{status}} of the drums"})).await;
    let done = world.act(ticket.id(), "apply-macro", apply).await.expect(200);
    assert_eq!((done.text("/status"), done.text("/priority")), ("waiting_customer".to_owned(), "high".to_owned()));
    assert_eq!((&done.body["tags"], &done.body["assignee_id"]), (&json!(["missed"]), &json!(lead.id)));
    assert_eq!(world.promise(ticket.id(), "first_response").await["state"], "met", "the reply is a person's");
    let messages = world.ada.get(&format!("/v1/tickets/{}/messages", ticket.id())).await.expect(200);
    assert_eq!(messages.rows()[1]["body"], json!(format!("Dear Cleo, we are on {}.", ticket.text("/reference"))));
    let words = world.app.client(&lead).get("/v1/notifications").await.expect(200);
    assert_eq!(words.rows()[0]["text"], json!(format!("{} is yours: {{{{status}}}} of the drums", ticket.text("/reference"))));
    world.stop().await;
}

#[actix_web::test]
async fn a_macro_is_refused_as_a_whole_and_does_no_more_than_its_user_may() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let apply = made(&world, json!({"priority": "urgent", "transition": {"to": "waiting_customer", "reason": "photo"}})).await;
    let id = world.ticket(json!({})).await.id();
    world.act(id, "apply-macro", apply.clone()).await.expect_problem(409, "reply_needed");
    assert_eq!(world.current(id).await.text("/priority"), "normal", "nothing of it");
    let path = format!("/v1/tickets/{id}/apply-macro");
    let reader = world.app.client(&Persona::new("Rea", ActorKind::User, "tickets:read macros:read"));
    reader.act(&path, &world.current(id).await.etag(), apply.clone()).await.expect_problem(403, "missing_permission");
    let elsewhere = json!({"name": "Joliet", "branch_id": new_uuid(), "actions": {"priority": "high"}});
    let theirs = world.ada.post("/v1/macros", elsewhere).await.expect(201).id();
    let cora = world.app.client(&Persona::of_branches(&[new_uuid()]));
    cora.get(&format!("/v1/macros/{theirs}")).await.expect_problem(404, "not_found");
    world.stop().await;
}
