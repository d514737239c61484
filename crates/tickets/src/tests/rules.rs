//! Publishing rules while promises run, through the API.

use serde_json::{Value, json};

use super::world::World;

pub(crate) fn week(start_min: u16, end_min: u16) -> Value {
    let day = |day: &str| json!({"day": day, "start_min": start_min, "end_min": end_min});
    let weekly = ["mon", "tue", "wed", "thu", "fri"].map(day);
    json!({"time_zone": "America/Chicago", "weekly": weekly})
}

pub(crate) async fn default_calendar(world: &World) -> String {
    world.ada.get("/v1/calendars?filter[is_default]=true").await.expect(200).text("/data/0/id")
}

#[actix_web::test]
async fn a_new_calendar_version_recalculates_what_is_running() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T16:00:00Z");
    let path = format!("/v1/calendars/{}/versions", default_calendar(&world).await);
    let _ = world.ada.post(&path, json!({"hours": week(480, 630)})).await.expect(201);
    // An hour was worked by 10:00; half an hour is left today, the other half tomorrow from 8:00.
    let promise = world.promise(id, "first_response").await;
    assert_eq!(promise["due_at"], "2026-03-03T14:30:00Z");
    let segments = promise["explanation"]["segments"].as_array().unwrap();
    assert_eq!((segments.len(), &segments[0]["consumed_s"], &segments[1]["cause"]), (2, &json!(3_600), &json!("calendar_changed")));
    assert_eq!(world.ada.get(&path).await.expect(200).rows().len(), 2);
    world.stop().await;
}

#[actix_web::test]
async fn a_version_of_tomorrow_changes_nothing_until_tomorrow() {
    let world = World::at("2026-03-02T22:30:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let path = format!("/v1/calendars/{}/versions", default_calendar(&world).await);
    let later = json!({"hours": week(540, 1_020), "effective_from": "2026-03-03T06:00:00Z"});
    let _ = world.ada.post(&path, later).await.expect(201);
    world.app.work().await;
    assert_eq!(world.promise(id, "first_response").await["due_at"], "2026-03-03T15:30:00Z");
    world.app.set_time("2026-03-03T15:00:00Z");
    world.app.work().await;
    assert_eq!(world.promise(id, "first_response").await["due_at"], "2026-03-03T16:30:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn a_back_dated_version_names_what_it_changes_and_keeps_the_breach() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T18:00:00Z");
    let path = format!("/v1/calendars/{}/versions", default_calendar(&world).await);
    let mut holiday = week(480, 1_020);
    holiday["exceptions"] = json!([{"date": "2026-03-02", "kind": "closed"}]);
    let mut body = json!({"hours": holiday, "effective_from": "2026-03-02T14:00:00Z"});
    let refused = world.ada.post(&path, body.clone()).await;
    // The answer, and the day's touch, which would not be owed.
    assert_eq!(refused.body["conflicts"].as_array().unwrap().len(), 2, "{}", refused.body);
    refused.expect_problem(409, "recompute_required");
    body["recompute"] = json!(true);
    let _ = world.ada.post(&path, body).await.expect(201);
    let promise = world.promise(id, "first_response").await;
    assert_eq!((&promise["due_at"], &promise["breached_at"]), (&json!("2026-03-03T16:00:00Z"), &json!("2026-03-02T17:00:00Z")));
    assert_eq!(promise["explanation"]["would_not_breach"], true);
    world.stop().await;
}

#[actix_web::test]
async fn rules_that_make_no_sense_are_refused_with_every_fault() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let hours = json!({"time_zone": "Mars/Olympus", "weekly": [{"day": "mon", "start_min": 600, "end_min": 600}]});
    let refused = world.ada.post("/v1/calendars", json!({"name": "x", "hours": hours})).await;
    let pointers: Vec<&Value> = refused.body["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/hours/time_zone", "/hours/weekly/0"]);
    refused.expect_problem(422, "validation_failed");
    let both =
        json!([{"metric": "first_response", "clock": "business", "target_s": 60, "end_of_business_day": {"cutoff_before_close_s": 0}}]);
    let policy = json!({"name": "x", "position": 1, "terms": {"targets": both}});
    world.ada.post("/v1/sla-policies", policy).await.expect_problem(422, "validation_failed");
    world.stop().await;
}

#[actix_web::test]
async fn the_desks_settings_are_the_organisations_own() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let settings = world.ada.get("/v1/ticket-settings").await.expect(200);
    assert_eq!(settings.text("/reopen_window_s"), "1209600");
    let replaced = world.ada.write(reqwest::Method::PUT, "/v1/ticket-settings", &settings.etag(), json!({"auto_close_s": 3_600})).await;
    assert_eq!(replaced.expect(200).text("/auto_close_s"), "3600");
    let id = world.ticket(json!({})).await.id();
    world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    world.app.set_time("2026-03-02T16:00:00Z");
    world.app.work().await;
    assert_eq!(world.current(id).await.text("/status"), "closed");
    world.stop().await;
}

#[actix_web::test]
async fn a_due_instant_is_set_by_hand() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let promise = world.promise(id, "first_response").await;
    let path = format!("/v1/obligations/{}/override", promise["id"].as_str().unwrap());
    let body = json!({"due_at": "2026-03-04T15:00:00Z", "reason": "agreed by phone"});
    assert_eq!(world.ada.act(&path, "\"v1\"", body).await.expect(200).text("/due_at"), "2026-03-04T15:00:00Z");
    assert_eq!(world.current(id).await.text("/due_at"), "2026-03-04T15:00:00Z");
    let path = path.replace("override", "excuse");
    world.ada.act(&path, "\"v2\"", json!({"reason": "x"})).await.expect_problem(409, "not_breached");
    world.stop().await;
}
