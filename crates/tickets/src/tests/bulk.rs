//! Changing many tickets at once.

use kernel::id::new_uuid;
use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use super::world::World;

const PATH: &str = "/v1/tickets/bulk-changes";

async fn tickets(world: &World, count: usize) -> Vec<Uuid> {
    let items: Vec<Value> = (0..count).map(|_| super::world::ticket(json!({}))).collect();
    let made = world.ada.post("/v1/tickets/bulk", json!({"atomic": true, "items": items})).await.expect(200);
    made.rows().iter().map(|row| row["body"]["id"].as_str().unwrap().parse().unwrap()).collect()
}

#[actix_web::test]
async fn each_item_is_what_requests_to_its_ticket_would_be() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ids = tickets(&world, 4).await;
    let ada = new_uuid();
    let answer = json!({"body": "We are on it."});
    let items = json!([
        {"ticket_id": ids[0], "version": 1, "patch": {"priority": "high"}, "add_tags": ["recall"], "assign": {"assignee_id": ada},
            "message": answer, "transition": {"to": "resolved", "resolution": {"code": "answered"}}},
        {"ticket_id": ids[1], "version": 7, "add_tags": ["recall"]},
        {"ticket_id": ids[2], "transition": {"to": "resolved", "resolution": {"code": "answered"}}},
        {"ticket_id": ids[3], "add_tags": ["b", "a"], "remove_tags": ["b"]},
        {"ticket_id": new_uuid(), "add_tags": ["recall"]},
    ]);
    let report = world.ada.post(PATH, json!({"atomic": false, "items": items})).await.expect(200);
    let statuses: Vec<_> = report.rows().iter().map(|row| row["status"].as_u64().unwrap()).collect();
    assert_eq!((statuses, report.text("/succeeded")), (vec![200, 412, 409, 200, 404], "2".to_owned()));
    let first = &report.rows()[0]["body"];
    assert_eq!((&first["status"], &first["priority"], &first["tags"]), (&json!("resolved"), &json!("high"), &json!(["recall"])));
    assert_eq!((&first["assignee_id"], &first["last_human_touch_at"]), (&json!(ada), &json!("2026-03-02T15:00:00Z")));
    assert_eq!(report.rows()[2]["problem"]["code"], "reply_needed");
    assert_eq!(world.current(ids[3]).await.body["tags"], json!(["b", "a"]), "taken away first, added then");
    world.stop().await;
}

#[actix_web::test]
async fn an_atomic_bulk_changes_all_or_nothing_and_asks_for_each_permission() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ids = tickets(&world, 2).await;
    let items = json!([{"ticket_id": ids[0], "version": 1, "add_tags": ["x"]}, {"ticket_id": ids[1], "version": 2, "add_tags": ["x"]}]);
    let refused = world.ada.post(PATH, json!({"atomic": true, "items": items})).await;
    assert_eq!((refused.text("/item/index"), refused.text("/item/problem/code")), ("1".to_owned(), "stale_version".to_owned()));
    assert_eq!(world.current(ids[0]).await.body["tags"], json!([]));
    let editor = world.app.client(&Persona::new("Eve", ActorKind::User, "tickets:read tickets:edit"));
    let assign = json!([{"ticket_id": ids[0], "assign": {"assignee_id": new_uuid()}}]);
    editor.post(PATH, json!({"atomic": false, "items": assign})).await.expect_problem(403, "missing_permission");
    let elsewhere = world.app.client(&Persona::of_branches(&[new_uuid()]));
    let branch = world.ticket(json!({"branch_id": new_uuid()})).await.id();
    let foreign = json!([{"ticket_id": branch, "add_tags": ["x"]}]);
    let report = elsewhere.post(PATH, json!({"atomic": false, "items": foreign})).await.expect(200);
    assert_eq!(report.rows()[0]["status"], 404);
    world.stop().await;
}

#[actix_web::test]
async fn an_identical_note_on_sixty_tickets_touches_none_of_them() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ids = tickets(&world, 61).await;
    let note = |id: &Uuid, text: &str| json!({"ticket_id": id, "message": {"kind": "internal_note", "body": text}});
    let mut items: Vec<Value> = ids[..60].iter().map(|id| note(id, "Known outage in the south.")).collect();
    items.push(note(&ids[60], "This one is another matter."));
    let report = world.ada.post(PATH, json!({"atomic": true, "items": items})).await.expect(200);
    assert_eq!(report.rows()[0]["body"]["last_human_touch_at"], Value::Null);
    assert_eq!(report.rows()[60]["body"]["last_human_touch_at"], "2026-03-02T15:00:00Z");
    let messages = world.ada.get(&format!("/v1/tickets/{}/messages", ids[0])).await.expect(200);
    let counted = &messages.rows()[1];
    assert_eq!((&counted["bulk"], &counted["counts_as"]["touch"]), (&json!(true), &json!(false)));
    let items: Vec<Value> = ids[..50].iter().map(|id| note(id, "Called the driver.")).collect();
    let report = world.ada.post(PATH, json!({"atomic": false, "items": items})).await.expect(200);
    assert_eq!(report.rows()[0]["body"]["last_human_touch_at"], "2026-03-02T15:00:00Z", "fifty are looked at");
    world.stop().await;
}
