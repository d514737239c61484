use serde_json::{Value, json};
use testkit::Persona;

use super::NIGHT;
use crate::tests::world::World;

const PORTAL: &str = "tickets:read tickets:write emergencies:read";

#[actix_web::test]
async fn a_customer_sees_how_it_stands_and_nothing_of_who_is_woken_or_sent() {
    let world = World::at(NIGHT).await;
    let (ann, account) = (world.agent("Ann", json!({})).await, world.neighbours.account(None));
    world.on_call(&[ann]).await;
    let cleo = world.app.client(&Persona::customer(&[account], PORTAL));
    let body = json!({"subject": "Acid spill", "description": "Come at once.", "type": "service_emergency"});
    let made = cleo.post("/v1/tickets", body).await.expect(201);
    let (ticket, path) = (made.id(), format!("/v1/emergencies/{}", made.text("/emergency_id")));
    let emergency = made.text("/emergency_id").parse().unwrap();
    world.app.work().await;
    assert_eq!(world.alert(emergency).await.text("/state"), "paging");
    let seen = cleo.get(&path).await.expect(200);
    assert_eq!((seen.text("/state"), seen.text("/updated_at")), ("raised".into(), NIGHT.into()));
    assert!(seen.body.get("desk").is_none(), "{}", seen.body);
    assert_eq!(cleo.get("/v1/emergencies").await.expect(200).rows()[0]["state"], "raised");
    cleo.get("/v1/emergencies?filter[state]=paging").await.expect_problem(400, "invalid_query");
    for hidden in [format!("{path}/pages"), "/v1/oncall-schedules".to_owned()] {
        cleo.get(&hidden).await.expect_problem(403, "missing_permission");
    }
    let _ = world.ada.post(&format!("{path}/acknowledge"), json!({})).await.expect(200);
    let _ = world.respond(emergency, "dispatch", json!({"to": "Crew Zebra", "eta": "2026-03-02T10:20:00Z"})).await.expect(200);
    let seen = cleo.get(&path).await.expect(200);
    assert_eq!((seen.text("/state"), seen.text("/eta")), ("dispatched".into(), "2026-03-02T10:20:00Z".into()));
    let stranger = world.app.client(&Persona::customer(&[world.neighbours.account(None)], PORTAL));
    stranger.get(&path).await.expect_problem(404, "not_found");
    assert!(stranger.get("/v1/emergencies").await.expect(200).rows().is_empty());
    events_say_nothing_internal(&world, &ann.to_string()).await;
    let _ = world.patch(ticket, json!({"confidential": true})).await;
    cleo.get(&path).await.expect_problem(404, "not_found");
    world.stop().await;
}

async fn events_say_nothing_internal(world: &World, ann: &str) {
    let events: Vec<Value> = world.app.envelopes().await;
    let portal: Vec<&Value> = events.iter().filter(|event| event["portal"] == true).collect();
    let names: Vec<&str> = portal.iter().filter_map(|event| event["type"].as_str()).filter(|name| name.starts_with("emergency.")).collect();
    assert_eq!(names, ["emergency.status_changed"; 3], "raised, acknowledged, dispatched");
    for event in portal {
        let text = event["data"].to_string();
        assert!(!text.contains(ann) && !text.contains("Zebra") && !text.contains("paging"), "{text}");
    }
    let dispatched = events.iter().find(|event| event["type"] == "emergency.dispatched").unwrap();
    assert_eq!(dispatched["data"]["desk"]["dispatched_to"], "Crew Zebra", "the desk is told all");
    let all = Value::from(events).to_string();
    assert!(all.contains("page.sent") && !all.contains("/v1/public/pages/"), "no event says the key of a page");
}

#[actix_web::test]
async fn staff_of_another_branch_see_neither_emergency_nor_pages() {
    let world = World::at(NIGHT).await;
    let (ours, theirs) = (world.neighbours.branch("America/Chicago"), world.neighbours.branch("America/Chicago"));
    let (_, emergency) = world.emergency(json!({"branch_id": ours})).await;
    let path = format!("/v1/emergencies/{emergency}");
    let elsewhere = world.app.client(&Persona::of_branches(&[theirs]));
    for hidden in [path.clone(), format!("{path}/pages")] {
        elsewhere.get(&hidden).await.expect_problem(404, "not_found");
    }
    elsewhere.post(&format!("{path}/acknowledge"), json!({})).await.expect_problem(404, "not_found");
    let _ = world.app.client(&Persona::of_branches(&[ours])).post(&format!("{path}/acknowledge"), json!({})).await.expect(200);
    world.stop().await;
}
