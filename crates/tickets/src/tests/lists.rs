//! The list of tickets: it shows what reading each ticket shows, and every frequent question walks an index.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;

use super::world::World;

/// A ticket with everything that a ticket can have.
async fn full(world: &World, account: uuid::Uuid) -> uuid::Uuid {
    let group = world.group("Desk", &[], json!({})).await;
    let made = world.ticket(json!({
        "type": "complaint", "account_id": account, "site_id": world.neighbours.site(account, None), "branch_id": new_uuid(),
        "group_id": group, "assignee_id": new_uuid(), "override_reason": "knows it", "priority": "high", "severity": 2, "channel": "email", "language": "en",
        "participants": [{"email": "bob@else.test", "role": "cc"}], "tags": ["a \"b\"", "ü"], "custom": {"lane": "3"},
        "entity_refs": [{"type": "invoice", "id": "INV-1", "label": null}], "source": {"system": "crm", "external_id": "7"},
        "requester": {"kind": "customer", "contact_id": new_uuid(), "name": "Cleo", "email": "cleo@example.com", "phone": "+1 312"},
    }));
    let id = made.await.id();
    world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered", "summary": "Done."}}))).await;
    id
}

#[actix_web::test]
async fn a_list_shows_each_ticket_as_reading_it_does() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let account = world.neighbours.account(None);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read"));
    let full = full(&world, account).await;
    let bare = world.ticket(json!({"account_id": account})).await.id();
    for client in [&world.ada, &cleo] {
        let listed = client.get("/v1/tickets?sort=id").await.expect(200);
        for (row, id) in listed.rows().iter().zip([full, bare]) {
            assert_eq!(*row, client.get(&format!("/v1/tickets/{id}")).await.expect(200).body);
        }
    }
    let sparse = world.ada.get("/v1/tickets?sort=id&limit=1&fields=tags,resolution").await.expect(200);
    let expected = json!({"tags": ["a \"b\"", "ü"], "resolution": {"code": "answered", "summary": "Done."}});
    assert_eq!(sparse.rows(), [expected]);
    world.stop().await;
}

#[actix_web::test]
async fn every_order_of_the_list_is_walked_page_by_page() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let mut ids = Vec::new();
    for minute in 0..5 {
        world.app.set_time(&format!("2026-03-02T15:0{minute}:00Z"));
        ids.push(json!(world.ticket(json!({})).await.id()));
    }
    for sort in ["id", "number", "due_at", "created_at", "updated_at"] {
        let (mut seen, mut next): (Vec<Value>, String) = (Vec::new(), String::new());
        while seen.len() < ids.len() {
            let page = world.ada.get(&format!("/v1/tickets?limit=2&sort={sort}{next}")).await.expect(200);
            seen.extend(page.rows().iter().map(|row| row["id"].clone()));
            next = format!("&cursor={}", page.text("/next_cursor"));
        }
        assert_eq!(seen, ids, "{sort}");
    }
    world.stop().await;
}
