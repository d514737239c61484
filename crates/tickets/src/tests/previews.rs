//! What a change of the rules would do, seen before it is done, through the API.

use serde_json::{Value, json};
use testkit::{Answer, Persona};

use super::rules::{default_calendar, week};
use super::world::World;

/// A desk that promises no daily touches, so that each ticket has the clocks that are looked at.
async fn quiet(instant: &str) -> World {
    let world = World::at(instant).await;
    let house = world.ada.get("/v1/sla-policies?filter[name]=House promises").await.expect(200).rows()[0].clone();
    let (path, etag) = (format!("/v1/sla-policies/{}", house["id"].as_str().unwrap()), format!("\"v{}\"", house["version"]));
    let _ = world.ada.patch(&path, &etag, json!({"active": false})).await.expect(200);
    world
}

async fn preview(world: &World, path: &str, body: Value) -> Answer {
    world.ada.post(&format!("{path}/preview"), body).await.expect(200)
}

/// How many of each effect, without those of which there are none.
fn counts(preview: &Answer) -> Value {
    let counts = preview.body["counts"].as_object().unwrap();
    counts.iter().filter(|(_, count)| **count != 0).map(|(name, count)| (name.clone(), count.clone())).collect()
}

#[actix_web::test]
async fn a_calendar_is_previewed_as_it_is_then_published() {
    let world = quiet("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let _ = world.ticket(json!({"requester": {"kind": "internal", "name": "Ivo"}})).await;
    world.app.set_time("2026-03-02T16:00:00Z");
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let before = world.promise(id, "first_response").await;
    let shown = preview(&world, &calendar, json!({"hours": week(480, 630)})).await;
    // All time counts for a colleague, whatever the hours.
    assert_eq!(counts(&shown), json!({"due_later": 1, "unchanged": 1}));
    let clock = &shown.body["data"][0];
    assert_eq!((&clock["obligation_id"], &clock["ticket_id"], &clock["kind"]), (&before["id"], &json!(id), &json!("first_response")));
    assert_eq!((&clock["due_now"], &clock["due_then"]), (&json!("2026-03-02T17:00:00Z"), &json!("2026-03-03T14:30:00Z")));
    assert_eq!(world.promise(id, "first_response").await, before);
    assert_eq!(world.ada.get(&format!("{calendar}/versions")).await.expect(200).rows().len(), 1);
    let _ = world.ada.post(&format!("{calendar}/versions"), json!({"hours": week(480, 630)})).await.expect(201);
    assert_eq!(world.promise(id, "first_response").await["due_at"], clock["due_then"]);
    world.stop().await;
}

#[actix_web::test]
async fn a_version_of_tomorrow_is_previewed_for_tomorrow() {
    let world = quiet("2026-03-02T22:30:00Z").await;
    let _ = world.ticket(json!({})).await;
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let later = json!({"hours": week(540, 1_020), "effective_from": "2026-03-03T06:00:00Z"});
    let shown = preview(&world, &calendar, later).await;
    assert_eq!(shown.body["data"][0]["due_then"], "2026-03-03T16:30:00Z");
    let week_later = json!({"hours": week(540, 1_020), "effective_from": "2026-03-10T06:00:00Z"});
    // By then it is broken, if nothing happens until then, and a later opening does not mend that.
    assert_eq!(counts(&preview(&world, &calendar, week_later).await), json!({"unchanged": 1}));
    world.stop().await;
}

#[actix_web::test]
async fn a_back_dated_version_is_refused_with_what_its_preview_shows() {
    let world = quiet("2026-03-02T15:00:00Z").await;
    let (missed, kept) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    world.reply(kept, None).await;
    world.app.set_time("2026-03-02T18:00:00Z");
    let running = world.ticket(json!({})).await.id();
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let mut holiday = week(480, 1_020);
    holiday["exceptions"] = json!([{"date": "2026-03-02", "kind": "closed"}]);
    let mut body = json!({"hours": holiday, "effective_from": "2026-03-02T14:00:00Z"});
    let shown = preview(&world, &calendar, body.clone()).await;
    assert_eq!(counts(&shown), json!({"would_not_breach": 1, "due_later": 1}));
    let refused = world.ada.post(&format!("{calendar}/versions"), body.clone()).await;
    let named: Vec<&Value> = shown.body["data"].as_array().unwrap().iter().map(|clock| &clock["obligation_id"]).collect();
    assert_eq!(refused.body["conflicts"].as_array().unwrap().iter().collect::<Vec<_>>(), named);
    assert!(refused.body["detail"].as_str().unwrap().contains("due_later 1, would_not_breach 1"), "{}", refused.body);
    refused.expect_problem(409, "recompute_required");
    body["recompute"] = json!(true);
    let _ = world.ada.post(&format!("{calendar}/versions"), body).await.expect(201);
    for (clock, ticket) in shown.body["data"].as_array().unwrap().iter().zip([missed, running]) {
        assert_eq!(world.promise(ticket, "first_response").await["due_at"], clock["due_then"]);
    }
    // Nobody answers by the corrected instant either: then it would have been broken all the same.
    assert_eq!(world.promise(missed, "first_response").await["explanation"]["would_not_breach"], true);
    world.app.set_time("2026-03-03T17:00:00Z");
    let promise = world.promise(missed, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("missed_open"), &json!("2026-03-02T17:00:00Z")));
    world.reply(missed, None).await;
    assert_eq!(world.promise(missed, "first_response").await["explanation"]["would_not_breach"], false);
    world.stop().await;
}

#[actix_web::test]
async fn other_terms_another_place_and_the_end_of_a_policy_are_previewed() {
    let world = quiet("2026-03-02T14:00:00Z").await;
    let target = |seconds: i64| json!([{"metric": "first_resolution", "clock": "business", "target_s": seconds}]);
    let made = world.policy(target(28_800)).await;
    let policy = format!("/v1/sla-policies/{}", made.id());
    let id = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T17:00:00Z");
    let terms = |seconds: i64| json!({"terms": {"targets": target(seconds)}});
    assert_eq!(counts(&preview(&world, &policy, json!({})).await), json!({"unchanged": 1}));
    assert_eq!(counts(&preview(&world, &policy, terms(14_400)).await), json!({"due_earlier": 1}));
    assert_eq!(counts(&preview(&world, &policy, terms(32_400)).await), json!({"due_later": 1}));
    let used_up = preview(&world, &policy, terms(7_200)).await;
    assert_eq!((counts(&used_up), &used_up.body["data"][0]["due_then"]), (json!({"newly_breached": 1}), &json!("2026-03-02T17:00:00Z")));
    let gone = preview(&world, &policy, json!({"active": false})).await;
    assert_eq!((counts(&gone), &gone.body["data"][0]["due_then"]), (json!({"cancelled": 1}), &Value::Null));
    // Behind the policy of customers, which promises no resolution.
    assert_eq!(counts(&preview(&world, &policy, json!({"position": 2_000})).await), json!({"cancelled": 1}));
    world.reply(id, Some(json!({"to": "waiting_customer", "reason": "photo of the drums"}))).await;
    assert_eq!(counts(&preview(&world, &policy, terms(14_400)).await), json!({"paused_changed": 1}));
    let past = json!({"effective_from": "2026-03-01T00:00:00Z"});
    world.ada.post(&format!("{policy}/preview"), past).await.expect_problem(422, "validation_failed");
    let _ = world.ada.patch(&policy, &made.etag(), json!({"active": false})).await.expect(200);
    assert_eq!(world.promise(id, "first_resolution").await["state"], "cancelled");
    world.stop().await;
}

#[actix_web::test]
async fn a_policy_is_made_ahead_of_its_use() {
    let world = quiet("2026-03-02T14:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let target = json!([{"metric": "first_response", "clock": "business", "target_s": 3_600}]);
    let draft = json!({"name": "Sooner", "position": 1, "active": false, "terms": {"targets": target}});
    let policy = world.ada.post("/v1/sla-policies", draft).await.expect(201);
    assert_eq!(world.promise(id, "first_response").await["due_at"], "2026-03-02T16:00:00Z");
    let path = format!("/v1/sla-policies/{}", policy.id());
    let shown = preview(&world, &path, json!({"active": true})).await;
    assert_eq!((counts(&shown), &shown.body["data"][0]["due_then"]), (json!({"due_earlier": 1}), &json!("2026-03-02T15:00:00Z")));
    let _ = world.ada.patch(&path, &policy.etag(), json!({"active": true})).await.expect(200);
    assert_eq!(world.promise(id, "first_response").await["due_at"], "2026-03-02T15:00:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn a_preview_is_paged_and_knows_only_what_the_caller_may_see() {
    let world = quiet("2026-03-02T15:00:00Z").await;
    let (ours, theirs) = (world.neighbours.branch("America/Chicago"), world.neighbours.branch("America/Chicago"));
    for branch in [ours, ours, ours, theirs] {
        let _ = world.ticket(json!({"branch_id": branch})).await;
    }
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let (mut named, mut after, mut pages) = (0, Value::Null, 0);
    loop {
        let body = json!({"hours": week(480, 630), "limit": 2, "after": after});
        let page = preview(&world, &calendar, body).await;
        named += page.body["data"].as_array().unwrap().len();
        pages += 1;
        after = page.body["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!((named, pages), (4, 3));
    let clerk = world.app.client(&Persona::of_branches(&[ours]));
    let shown = clerk.post(&format!("{calendar}/preview"), json!({"hours": week(480, 630)})).await.expect(200);
    assert_eq!(counts(&shown), json!({"due_later": 3}));
    world.stop().await;
}

#[actix_web::test]
async fn the_days_on_which_tickets_are_touched_are_previewed_too() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let mut holiday = week(480, 1_020);
    holiday["exceptions"] = json!([{"date": "2026-03-02", "kind": "closed"}]);
    let shown = preview(&world, &calendar, json!({"hours": holiday})).await;
    assert_eq!(counts(&shown), json!({"due_later": 1, "cancelled": 1}));
    let _ = world.ada.post(&format!("{calendar}/versions"), json!({"hours": holiday})).await.expect(201);
    assert_eq!(world.current(id).await.text("/touch_due_at"), "2026-03-03T23:00:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn a_branch_and_the_default_move_to_another_calendar_as_previewed() {
    let world = quiet("2026-03-02T15:00:00Z").await;
    let branch = world.neighbours.branch("America/Chicago");
    let old = json!({"name": "Old", "branch_id": branch, "hours": week(480, 1_020)});
    let old = format!("/v1/calendars/{}", world.ada.post("/v1/calendars", old).await.expect(201).id());
    let (ours, others) = (world.ticket(json!({"branch_id": branch})).await.id(), world.ticket(json!({})).await.id());
    let made = world.ada.post("/v1/calendars", json!({"name": "New", "hours": week(600, 1_020)})).await.expect(201);
    let new = format!("/v1/calendars/{}", made.id());
    assert_eq!(counts(&preview(&world, &new, json!({})).await), json!({}));
    let moved = preview(&world, &new, json!({"branch_id": branch})).await;
    assert_eq!(counts(&moved), json!({"due_later": 1, "unchanged": 1}));
    let default = preview(&world, &new, json!({"is_default": true})).await;
    assert_eq!((counts(&default), &default.body["data"][0]["ticket_id"]), (json!({"due_later": 1, "unchanged": 1}), &json!(others)));
    let both = preview(&world, &new, json!({"is_default": true, "branch_id": branch, "hours": week(480, 1_020)})).await;
    assert_eq!(counts(&both), json!({"unchanged": 2}));
    assert_eq!(world.promise(ours, "first_response").await["due_at"], "2026-03-02T17:00:00Z");
    let _ = world.ada.patch(&new, &made.etag(), json!({"branch_id": branch})).await.expect(200);
    assert_eq!(world.promise(ours, "first_response").await["due_at"], moved.body["data"][0]["due_then"]);
    assert_eq!(world.promise(others, "first_response").await["due_at"], "2026-03-02T17:00:00Z");
    let left = world.ada.get(&old).await.expect(200);
    assert_eq!((left.text("/branch_id"), left.text("/version")), ("null".into(), "2".into()));
    let _ = world.ada.post("/v1/calendars", json!({"name": "Late", "is_default": true, "hours": week(660, 1_020)})).await.expect(201);
    assert_eq!(world.promise(others, "first_response").await["due_at"], "2026-03-02T19:00:00Z");
    world.stop().await;
}

#[actix_web::test]
async fn what_was_answered_late_is_marked_when_a_correction_would_have_kept_it() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let late = world.ticket(json!({})).await.id();
    world.app.set_time("2026-03-02T18:00:00Z");
    world.reply(late, None).await;
    let before = world.promise(late, "first_response").await;
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let mut holiday = week(480, 1_020);
    holiday["exceptions"] = json!([{"date": "2026-03-02", "kind": "closed"}]);
    let mut body = json!({"hours": holiday, "effective_from": "2026-03-02T18:00:00Z", "recompute": true});
    let _ = world.ada.post(&format!("{calendar}/versions"), body.clone()).await.expect(201);
    assert_eq!(world.promise(late, "first_response").await, before, "it was broken before the correction began");
    body["effective_from"] = json!("2026-03-02T14:00:00Z");
    let asked = json!({"hours": holiday, "effective_from": "2026-03-02T14:00:00Z"});
    let shown = preview(&world, &calendar, asked).await;
    let named: Vec<&Value> = shown.body["data"].as_array().unwrap().iter().map(|clock| &clock["effect"]).collect();
    assert!(named.contains(&&json!("would_not_breach")), "{}", shown.body);
    let _ = world.ada.post(&format!("{calendar}/versions"), body).await.expect(201);
    let after = world.promise(late, "first_response").await;
    assert_eq!((&after["state"], &after["breached_at"]), (&json!("missed_closed"), &before["breached_at"]));
    assert_eq!(after["explanation"]["would_not_breach"], true);
    world.stop().await;
}

#[actix_web::test]
async fn a_missed_day_is_marked_when_it_turns_out_to_have_been_a_holiday() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.work_at("2026-03-03T15:00:00Z").await;
    world.reply(id, None).await;
    let missed = format!("/v1/obligations?filter[ticket_id]={id}&filter[kind]=daily_touch&filter[state]=missed_closed");
    assert_eq!(world.ada.get(&missed).await.expect(200).rows().len(), 1);
    let calendar = format!("/v1/calendars/{}", default_calendar(&world).await);
    let mut holiday = week(480, 1_020);
    holiday["exceptions"] = json!([{"date": "2026-03-02", "kind": "closed"}]);
    let body = json!({"hours": holiday, "effective_from": "2026-03-02T14:00:00Z", "recompute": true});
    let _ = world.ada.post(&format!("{calendar}/versions"), body).await.expect(201);
    let day = format!("/v1/tickets/{id}/obligations?filter[cycle]=20260302&explain=true");
    let day = world.ada.get(&day).await.expect(200).rows()[0].clone();
    assert_eq!((&day["state"], &day["explanation"]["would_not_breach"]), (&json!("missed_closed"), &json!(true)));
    world.stop().await;
}
