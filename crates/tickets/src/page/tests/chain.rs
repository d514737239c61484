use serde_json::{Value, json};

use super::page;
use crate::emergency::tests::NIGHT;
use crate::tests::world::World;

/// Replaces the numbers for paging.
async fn settings(world: &World, on_call: Value) {
    let path = "/v1/ticket-settings";
    let etag = world.ada.get(path).await.expect(200).etag();
    let _ = world.ada.write(reqwest::Method::PUT, path, &etag, json!({"on_call": on_call})).await.expect(200);
}

#[actix_web::test]
async fn a_page_in_the_hour_that_comes_twice_goes_on_after_fifteen_minutes_exactly_once() {
    let world = World::at("2026-11-01T06:50:00Z").await;
    settings(&world, json!({"page_timeout_s": 900})).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    world.on_call(&[ann, ben]).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    assert_eq!(world.pages(emergency).await, [page(1, 1, "sent")]);
    assert_eq!(world.promise(ticket, "emergency_ack").await["due_at"], "2026-11-01T07:05:00Z", "01:50 CDT and a quarter of an hour");
    world.work_at("2026-11-01T07:04:59Z").await;
    assert_eq!(world.pages(emergency).await, [page(1, 1, "sent")]);
    world.work_at("2026-11-01T07:05:00Z").await;
    for _ in 0..3 {
        world.app.work().await;
    }
    assert_eq!(world.pages(emergency).await, [page(1, 1, "timed_out"), page(2, 1, "sent")], "01:05 CST");
    let paged = world.app.events().await.iter().filter(|event| *event == "page.sent").count();
    assert_eq!(paged, 2);
    world.stop().await;
}

#[actix_web::test]
async fn two_workers_at_once_page_each_level_once() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    world.on_call(&[ann, ben]).await;
    let mut emergencies = Vec::new();
    for _ in 0..4 {
        emergencies.push(world.emergency(json!({})).await.1);
    }
    for instant in [NIGHT, "2026-03-02T09:40:00Z", "2026-03-02T09:50:00Z"] {
        world.app.set_time(instant);
        let _ = futures_util::future::join_all((0..3).map(|_| world.app.work())).await;
    }
    for emergency in emergencies {
        assert_eq!(world.pages(emergency).await, [page(1, 1, "timed_out"), page(2, 1, "timed_out"), page(0, 1, "sent")]);
    }
    world.stop().await;
}

#[actix_web::test]
async fn when_no_level_answers_the_duty_manager_is_paged_until_that_is_enough() {
    let world = World::at(NIGHT).await;
    settings(&world, json!({"duty_max": 2})).await;
    let ann = world.agent("Ann", json!({})).await;
    world.on_call(&[ann]).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    world.work_at("2026-03-02T09:40:00Z").await;
    assert_eq!(world.alert(emergency).await.text("/state"), "exhausted");
    world.work_at("2026-03-02T09:45:00Z").await;
    world.work_at("2026-03-02T09:50:00Z").await;
    let expected = [page(1, 1, "timed_out"), page(0, 1, "timed_out"), page(0, 2, "timed_out")];
    assert_eq!(world.pages(emergency).await, expected);
    let silent = world.alert(emergency).await;
    assert_eq!((silent.text("/desk/duty_pages"), silent.text("/desk/next_page_at")), ("2".into(), "null".into()));
    world.work_at("2026-03-02T11:00:00Z").await;
    assert_eq!(world.pages(emergency).await, expected);
    let told = world.ada.get(&format!("/v1/notifications?filter[ticket_id]={ticket}&sort=deliver_at")).await.expect(200);
    let duty: Vec<&Value> = told.rows().iter().filter(|row| row["role"] == "duty_manager").collect();
    assert_eq!((duty.len(), &duty[0]["class"], &duty[0]["channel"]), (2, &json!("emergency"), &json!("email")));
    let _ = world.ada.post(&format!("/v1/emergencies/{emergency}/acknowledge"), json!({})).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn with_nobody_on_call_the_duty_manager_is_paged_at_once() {
    let world = World::at(NIGHT).await;
    let (_, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    assert_eq!(world.pages(emergency).await, [page(0, 1, "sent")]);
    world.stop().await;
}

#[actix_web::test]
async fn what_fell_due_during_downtime_is_made_up_for_without_a_storm() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    // Ann is on the first two levels.
    world.on_call(&[ann, ann, ben]).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    world.work_at("2026-03-02T11:30:00Z").await;
    let all = [page(1, 1, "sent"), page(2, 1, "sent"), page(3, 1, "sent"), page(0, 1, "sent")];
    assert_eq!(world.pages(emergency).await, all);
    let pages = world.ada.get(&format!("/v1/emergencies/{emergency}/pages")).await.expect(200);
    assert_eq!(pages.rows()[0]["late_by_s"], 7_200);
    let told = world.app.envelopes().await;
    let told = told.iter().filter(|event| event["type"] == "notification.left" && event["data"]["class"] == "emergency");
    let told: Vec<&Value> = told.filter(|event| event["data"]["ticket_id"] == json!(ticket)).collect();
    assert_eq!(told.len(), 3, "Ann, Ben and the duty manager, each once: {told:?}");
    world.app.work().await;
    assert_eq!(world.pages(emergency).await.len(), 4);
    world.stop().await;
}

#[actix_web::test]
async fn the_schedule_that_was_named_counts_before_the_branchs_and_an_override_before_the_layers() {
    let world = World::at(NIGHT).await;
    let (ann, ben, cid) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await, world.agent("Cid", json!({})).await);
    world.on_call(&[ann]).await;
    let layer = json!({"name": "Chemists", "handoff": {"time_min": 480}, "starts_on": "2026-03-01", "members": [ben], "channel": "phone"});
    let body = json!({"name": "Chemists", "plan": {"time_zone": "America/Chicago", "layers": [layer]}});
    let chemists = world.ada.post("/v1/oncall-schedules", body).await.expect(201).id();
    let ticket = world.ticket(json!({})).await.id();
    let raise = json!({"ticket_id": ticket, "schedule_id": chemists});
    let emergency = world.ada.post("/v1/emergencies", raise).await.expect(201).id();
    let stand_in = json!({"user_id": cid, "start_at": "2026-03-02T09:00:00Z", "end_at": "2026-03-02T20:00:00Z"});
    let _ = world.ada.post(&format!("/v1/oncall-schedules/{chemists}/overrides"), stand_in).await.expect(201);
    world.app.work().await;
    let pages = world.ada.get(&format!("/v1/emergencies/{emergency}/pages")).await.expect(200);
    assert_eq!((&pages.rows()[0]["user_id"], &pages.rows()[0]["channel"]), (&json!(cid), &json!("phone")));
    world.stop().await;
}
