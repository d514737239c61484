//! What becomes of work while somebody is away, through the API.

use serde_json::json;

use crate::tests::world::World;

#[actix_web::test]
async fn urgent_work_goes_to_the_cover_and_what_nobody_touched_comes_back() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (ann, ben) = (world.agent("Ann", json!({"capacity_points": 100})).await, world.agent("Ben", json!({})).await);
    let group = world.group("Desk", &[ann], json!({})).await;
    let mut ids = Vec::new();
    for priority in ["urgent", "high", "normal"] {
        ids.push(world.ticket(json!({"group_id": group, "priority": priority})).await.id());
    }
    let out = json!({"state": "out", "from": "2026-03-02T16:00:00Z", "to": "2026-03-03T15:00:00Z", "cover_agent_id": ben});
    let _ = world.availability(ann, out).await.expect(200);
    world.app.work().await;
    assert_eq!(world.current(ids[0]).await.text("/assignee_id"), ann.to_string(), "the absence has not begun");
    world.app.set_time("2026-03-02T16:00:00Z");
    world.app.work().await;
    for (id, assignee, cover) in [(ids[0], ben, json!(ann)), (ids[1], ben, json!(ann)), (ids[2], ann, json!(null))] {
        let ticket = world.current(id).await;
        assert_eq!((ticket.text("/assignee_id"), &ticket.body["cover_for_id"]), (assignee.to_string(), &cover));
    }
    let new = world.ticket(json!({"group_id": group})).await;
    assert_eq!((new.text("/assignee_id"), new.text("/cover_for_id")), (ben.to_string(), ann.to_string()));
    world.app.set_time("2026-03-02T17:00:00Z");
    world.reply(ids[1], None).await;
    world.app.set_time("2026-03-03T15:00:00Z");
    world.app.work().await;
    for (id, assignee) in [(ids[0], ann), (ids[1], ben), (ids[2], ann), (new.id(), ann)] {
        let ticket = world.current(id).await;
        assert_eq!((ticket.text("/assignee_id"), ticket.text("/cover_for_id")), (assignee.to_string(), "null".to_owned()));
    }
    let his = world.app.client(&testkit::Persona { id: ben, ..testkit::Persona::administrator() });
    let words = his.get("/v1/notifications").await.expect(200);
    let texts: Vec<&str> = words.rows().iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert!(texts.iter().any(|text| text.ends_with("is yours: you cover for Ann.")), "{texts:?}");
    let occasions = world.ada.get(&format!("/v1/tickets/{}/assignment-decisions", ids[0])).await.expect(200);
    let occasions: Vec<_> = occasions.rows().iter().map(|row| row["occasion"].as_str().unwrap()).collect();
    assert_eq!(occasions, ["returned", "covering", "opened"]);
    world.stop().await;
}

#[actix_web::test]
async fn who_is_back_early_gets_the_work_back_at_once_and_downtime_changes_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    let group = world.group("Desk", &[ann], json!({})).await;
    let id = world.ticket(json!({"group_id": group, "priority": "urgent"})).await.id();
    let _ = world.availability(ann, json!({"state": "out", "cover_agent_id": ben})).await.expect(200);
    world.app.work().await;
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/assignee_id"), ben.to_string());
    let _ = world.availability(ann, json!({"state": "available"})).await.expect(200);
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/assignee_id"), ann.to_string());
    // An absence that came and went while nothing ran moves nothing.
    let out = json!({"state": "out", "to": "2026-03-02T18:00:00Z", "cover_agent_id": ben});
    let _ = world.availability(ann, out).await.expect(200);
    world.app.set_time("2026-03-02T19:00:00Z");
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/assignee_id"), ann.to_string());
    world.stop().await;
}
