//! Acceptance 15, daily touch, through the API: which days are owed, what counts as a touch, and the report that is counted from them.

use kernel::id::new_uuid;
use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use super::reports::{count, report, traced};
use super::rules::{default_calendar, week};
use super::world::{World, ticket};

/// Monday 10:00 in Chicago.
const MONDAY: &str = "2026-03-02T16:00:00Z";
const BULK: &str = "/v1/tickets/bulk-changes";

/// The days of a ticket, as `date state`.
async fn days(world: &World, ticket: Uuid) -> Vec<String> {
    let path = format!("/v1/obligations?filter[ticket_id]={ticket}&filter[kind]=daily_touch&sort=start_at");
    let listed = world.ada.get(&path).await.expect(200);
    listed.rows().iter().map(|day| format!("{} {}", day["cycle"], day["state"].as_str().unwrap())).collect()
}

async fn note(world: &World, ticket: Uuid, text: &str) {
    let body = json!({"kind": "internal_note", "body": text});
    let _ = world.ada.post(&format!("/v1/tickets/{ticket}/messages"), body).await.expect(201);
}

async fn due(world: &World, ticket: Uuid) -> String {
    world.current(ticket).await.text("/touch_due_at")
}

/// Lets time pass, with the workers at work at its end.
async fn later(world: &World, instant: &str) {
    world.app.set_time(instant);
    world.app.work().await;
}

#[actix_web::test]
async fn scenario_15_three_days_are_required_and_two_of_them_met() {
    let world = World::at("2026-03-01T16:00:00Z").await;
    let mut hours = week(480, 1_020);
    hours["exceptions"] = json!([{"date": "2026-03-04", "kind": "closed"}]);
    let _ =
        world.ada.post(&format!("/v1/calendars/{}/versions", default_calendar(&world).await), json!({"hours": hours})).await.expect(201);
    world.app.set_time(MONDAY);
    let (branch, ann) = (world.neighbours.branch("America/Chicago"), new_uuid());
    let id = world.ticket(json!({"branch_id": branch, "assignee_id": ann})).await.id();
    assert_eq!(due(&world, id).await, "2026-03-02T23:00:00Z");
    world.app.set_time("2026-03-02T17:00:00Z");
    note(&world, id, "Asked the driver for a photo.").await;
    later(&world, "2026-03-03T18:00:00Z").await;
    let robot = world.app.client(&Persona::new("Robot", ActorKind::Key, "*:*"));
    let etag = world.current(id).await.etag();
    let _ = robot.patch(&format!("/v1/tickets/{id}"), &etag, json!({"tags": ["late"]})).await.expect(200);
    let _ = world.current(id).await;
    later(&world, "2026-03-03T23:00:01Z").await;
    assert_eq!(days(&world, id).await, ["20260302 met", "20260303 missed_open", "20260305 running"]);
    assert_eq!(due(&world, id).await, "2026-03-05T23:00:00Z");
    later(&world, "2026-03-05T22:59:00Z").await;
    world.reply(id, None).await;
    assert_eq!(days(&world, id).await, ["20260302 met", "20260303 missed_closed", "20260305 met", "20260306 running"]);
    let period = "/v1/reports/touch?from=2026-03-02&to=2026-03-06";
    let rows = report(&world.ada, &format!("{period}&group_by=branch,assignee")).await;
    assert_eq!((rows.len(), &rows[0]["branch_id"], &rows[0]["assignee_id"]), (1, &json!(branch), &json!(ann)));
    assert_eq!((&rows[0]["required"], &rows[0]["met"], &rows[0]["met_percent"]), (&json!(3), &json!(2), &json!("66.67")));
    traced(&world.ada, &rows[0], &["met", "missed", "excused", "open"]).await;
    let by_day = report(&world.ada, period).await;
    let shown: Vec<_> = by_day.iter().map(|row| (row["starts_on"].as_str().unwrap(), row["met_percent"].as_str().unwrap())).collect();
    assert_eq!(shown, [("2026-03-02", "100.00"), ("2026-03-03", "0.00"), ("2026-03-05", "100.00")]);
    for day in &by_day {
        traced(&world.ada, day, &["met", "missed"]).await;
    }
    let excused = format!("/v1/obligations?filter[kind]=daily_touch&filter[outcome]=missed&filter[ticket_id]={id}");
    let missed = world.ada.get(&excused).await.expect(200).rows()[0].clone();
    let path = format!("/v1/obligations/{}/excuse", missed["id"].as_str().unwrap());
    let _ = world.ada.act(&path, &format!("\"v{}\"", missed["version"]), json!({"reason": "Storm."})).await.expect(200);
    let rows = report(&world.ada, &format!("{period}&group_by=branch")).await;
    assert_eq!((&rows[0]["required"], &rows[0]["excused"], &rows[0]["met_percent"]), (&json!(2), &json!(1), &json!("100.00")));
    world.stop().await;
}

#[actix_web::test]
async fn scenario_15_half_an_hour_of_a_day_and_what_is_put_aside_owe_nothing() {
    let world = World::at("2026-03-02T22:30:00Z").await;
    let id = world.ticket(json!({})).await.id();
    assert_eq!(days(&world, id).await, ["20260303 running"]);
    world.app.set_time("2026-03-03T14:10:00Z");
    let aside = json!({"to": "scheduled", "wake_at": "2026-03-06T15:00:00Z", "reason": "pickup on Friday"});
    let _ = world.act(id, "transition", aside).await.expect(200);
    assert_eq!((days(&world, id).await, due(&world, id).await), (vec!["20260303 cancelled".to_owned()], "null".to_owned()));
    later(&world, "2026-03-05T15:00:00Z").await;
    assert_eq!(days(&world, id).await, ["20260303 cancelled"]);
    later(&world, "2026-03-06T15:00:00Z").await;
    assert_eq!(days(&world, id).await, ["20260303 cancelled", "20260306 running"]);
    let kept = world.promise(id, "daily_touch").await;
    assert_eq!((&kept["start_at"], &kept["due_at"]), (&json!("2026-03-06T15:00:00Z"), &json!("2026-03-06T23:00:00Z")));
    world.stop().await;
}

#[actix_web::test]
async fn scenario_15_the_same_note_on_sixty_tickets_touches_none() {
    let world = World::at(MONDAY).await;
    let items = (0..60).map(|_| ticket(json!({}))).collect::<Vec<_>>();
    let mut ids = Vec::new();
    for body in items {
        ids.push(world.ada.post("/v1/tickets", body).await.expect(201).id());
    }
    let write = |id: &Uuid| json!({"ticket_id": id, "message": {"kind": "internal_note", "body": "Known outage in the south."}});
    let items: Vec<Value> = ids.iter().map(write).collect();
    let _ = world.ada.post(BULK, json!({"atomic": true, "items": items})).await.expect(200);
    let met = "/v1/obligations?filter[kind]=daily_touch&filter[state]=met";
    assert_eq!(count(&world.ada, met).await, 0);
    let items: Vec<Value> = ids[..50].iter().map(write).collect();
    let _ = world.ada.post(BULK, json!({"atomic": true, "items": items})).await.expect(200);
    assert_eq!(count(&world.ada, met).await, 50, "fifty are looked at");
    world.stop().await;
}

#[actix_web::test]
async fn what_a_person_does_is_a_touch_and_what_a_machine_does_or_a_word_is_none() {
    let world = World::at(MONDAY).await;
    let robot = world.app.client(&Persona::new("Robot", ActorKind::Key, "*:*"));
    let path = |id: Uuid, more: &str| format!("/v1/tickets/{id}{more}");
    let mut touched = Vec::new();
    for what in 0..5 {
        let id = world.ticket(json!({})).await.id();
        match what {
            0 => drop(world.patch(id, json!({"priority": "high"})).await),
            1 => drop(world.act(id, "assign", json!({"assignee_id": new_uuid()})).await.expect(200)),
            2 => drop(world.act(id, "transition", json!({"to": "open"})).await.expect(200)),
            3 => drop(world.reply(id, None).await),
            _ => {
                let stop =
                    json!({"ticket_id": id, "kind": "cancel_stop", "reason": "Closed.", "service_stop_ref": {"type": "stop", "id": "1"}});
                let _ = world.ada.post("/v1/scheduling-requests", stop).await.expect(201);
            }
        }
        touched.push(days(&world, id).await);
    }
    assert!(touched.iter().all(|days| days[0] == "20260302 met"), "{touched:?}");
    let id = world.ticket(json!({})).await.id();
    let _ = world.patch(id, json!({"tags": ["south"], "subject": "Missed pickup at the dock"})).await;
    note(&world, id, "see above").await;
    for changes in [json!({"priority": "high"}), json!({"priority": "low"})] {
        let _ = robot.patch(&path(id, ""), &world.current(id).await.etag(), changes).await.expect(200);
    }
    let _ = robot.post(&path(id, "/messages"), json!({"kind": "internal_note", "body": "Twelve drums on the dock."})).await.expect(201);
    assert_eq!(days(&world, id).await, ["20260302 running"]);
    world.stop().await;
}

#[actix_web::test]
async fn a_fan_out_to_many_touches_the_tracker_only() {
    let world = World::at(MONDAY).await;
    let etag = world.ada.get("/v1/ticket-settings").await.expect(200).etag();
    let one = json!({"bulk_touches": 1});
    let _ = world.ada.write(reqwest::Method::PUT, "/v1/ticket-settings", &etag, one).await.expect(200);
    let parent = world.ticket(json!({"subject": "The plant is down"})).await.id();
    let mut children = Vec::new();
    for _ in 0..2 {
        let child = world.ticket(json!({})).await.id();
        let _ = world.ada.post(&format!("/v1/tickets/{child}/links"), json!({"kind": "parent", "ticket_id": parent})).await.expect(201);
        children.push(child);
    }
    let _ = world.act(parent, "fan-out", json!({"body": "Power is back at ten."})).await.expect(200);
    assert_eq!(days(&world, parent).await, ["20260302 met", "20260303 running"]);
    for child in children {
        assert_eq!(days(&world, child).await, ["20260302 running"]);
        assert_eq!(world.promise(child, "first_response").await["state"], "met", "it answers all the same");
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_missed_day_is_of_whoever_had_it_at_its_close() {
    let world = World::at(MONDAY).await;
    let (ann, bo) = (new_uuid(), new_uuid());
    let id = world.ticket(json!({"assignee_id": ann})).await.id();
    // Nobody has looked until Wednesday.
    world.app.set_time("2026-03-04T16:00:00Z");
    let _ = world.act(id, "assign", json!({"assignee_id": bo})).await.expect(200);
    assert_eq!(days(&world, id).await, ["20260302 missed_closed", "20260303 missed_closed", "20260304 met", "20260305 running"]);
    let rows = report(&world.ada, "/v1/reports/touch?from=2026-03-02&to=2026-03-05&group_by=assignee").await;
    for (agent, missed, met) in [(ann, 2, 0), (bo, 0, 1)] {
        let row = rows.iter().find(|row| row["assignee_id"] == json!(agent)).unwrap();
        assert_eq!((&row["missed"], &row["met"]), (&json!(missed), &json!(met)));
    }
    let told = world.app.envelopes().await.into_iter().filter(|one| one["type"] == "obligation.breached");
    let when: Vec<Value> = told.filter(|one| one["data"]["kind"] == "daily_touch").map(|one| one["occurred_at"].clone()).collect();
    assert_eq!(when, ["2026-03-02T23:00:00.000000Z", "2026-03-03T23:00:00.000000Z"]);
    world.stop().await;
}

#[actix_web::test]
async fn after_downtime_the_workers_go_through_every_day_of_every_ticket() {
    let world = World::at(MONDAY).await;
    let items = vec![ticket(json!({})); 30];
    let _ = world.ada.post("/v1/tickets/bulk", json!({"atomic": true, "items": items})).await.expect(200);
    later(&world, "2026-05-04T16:00:00Z").await;
    let weeks = 9 * 5 * 30;
    assert_eq!(count(&world.ada, "/v1/obligations?filter[kind]=daily_touch&filter[state]=missed_open").await, weeks);
    let today = "/v1/tickets?filter[touch_due_at][eq]=2026-05-04T22:00:00Z";
    assert_eq!(count(&world.ada, today).await, 30);
    let told = world.app.envelopes().await.into_iter().filter(|one| one["type"] == "obligation.breached");
    let told = told.filter(|one| one["data"]["kind"] == "daily_touch").count();
    assert_eq!(i64::try_from(told).unwrap(), weeks, "each once");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_deleted_merged_or_spam_is_owed_no_touch_and_what_is_restored_is() {
    let world = World::at(MONDAY).await;
    let (spam, gone) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let _ = world.patch(spam, json!({"spam": true})).await;
    let etag = world.current(gone).await.etag();
    assert_eq!(world.ada.delete(&format!("/v1/tickets/{gone}"), &etag).await.status, 204);
    assert_eq!(
        (days(&world, spam).await, days(&world, gone).await),
        (vec!["20260302 cancelled".into()], vec!["20260302 cancelled".into()])
    );
    world.app.set_time("2026-03-03T16:00:00Z");
    let _ = world.patch(spam, json!({"spam": false})).await;
    let _ = world.ada.post(&format!("/v1/tickets/{gone}/restore"), json!({})).await.expect(200);
    for id in [spam, gone] {
        assert_eq!(days(&world, id).await, ["20260302 cancelled", "20260303 running"]);
    }
    world.stop().await;
}

#[actix_web::test]
async fn tickets_are_listed_by_when_they_must_be_touched_for_the_desk_alone() {
    let world = World::at(MONDAY).await;
    let account = world.neighbours.account(None);
    let (today, tomorrow) = (world.ticket(json!({"account_id": account})).await.id(), world.ticket(json!({})).await.id());
    note(&world, tomorrow, "Asked the driver for a photo.").await;
    let listed = world.ada.get("/v1/tickets?sort=touch_due_at").await.expect(200);
    let shown: Vec<_> = listed.rows().iter().map(|row| (row["id"].clone(), row["touch_due_at"].clone())).collect();
    assert_eq!(shown, [(json!(today), json!("2026-03-02T23:00:00Z")), (json!(tomorrow), json!("2026-03-03T23:00:00Z"))]);
    assert_eq!(count(&world.ada, "/v1/tickets?filter[touch_due_at][lte]=2026-03-02T23:00:00Z").await, 1);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read"));
    for query in ["filter[touch_due_at][exists]=true", "sort=touch_due_at", "sort=-touch_due_at"] {
        cleo.get(&format!("/v1/tickets?{query}")).await.expect_problem(400, "invalid_query");
    }
    assert_eq!(cleo.get("/v1/tickets").await.expect(200).rows()[0]["touch_due_at"], Value::Null);
    assert_eq!(cleo.get(&format!("/v1/tickets/{today}")).await.expect(200).body["touch_due_at"], Value::Null);
    let kinds = cleo.get(&format!("/v1/tickets/{today}/obligations")).await.expect(200);
    assert!(kinds.rows().iter().all(|one| one["kind"] != "daily_touch"));
    world.stop().await;
}

#[actix_web::test]
async fn the_days_are_those_of_the_owning_branch() {
    let world = World::at(MONDAY).await;
    let (chicago, denver) = (world.neighbours.branch("America/Chicago"), world.neighbours.branch("America/Denver"));
    let hours = json!({"time_zone": "America/Denver", "weekly": week(480, 720)["weekly"]});
    let _ = world.ada.post("/v1/calendars", json!({"name": "Denver", "branch_id": denver, "hours": hours})).await.expect(201);
    let night = world.ada.post("/v1/calendars", json!({"name": "Night", "hours": week(1_200, 1_320)})).await.expect(201).id();
    let id = world.ticket(json!({"branch_id": denver, "calendar_id": night})).await.id();
    assert_eq!(due(&world, id).await, "2026-03-02T19:00:00Z", "whatever calendar its other promises have");
    let _ = world.patch(id, json!({"branch_id": chicago})).await;
    assert_eq!((days(&world, id).await, due(&world, id).await), (vec!["20260302 running".to_owned()], "2026-03-02T23:00:00Z".to_owned()));
    world.stop().await;
}

#[actix_web::test]
async fn a_touch_is_promised_by_the_day_and_ends_with_its_policy() {
    let world = World::at(MONDAY).await;
    let end = json!({"cutoff_before_close_s": 7_200});
    for target in [
        json!({"metric": "daily_touch", "clock": "business", "target_s": 3_600}),
        json!({"metric": "daily_touch", "clock": "elapsed", "end_of_business_day": end}),
        json!({"metric": "daily_touch", "clock": "business", "end_of_business_day": end, "pause_states": ["waiting_customer"]}),
    ] {
        let policy = json!({"name": "x", "position": 1, "terms": {"targets": [target]}});
        world.ada.post("/v1/sla-policies", policy).await.expect_problem(422, "validation_failed");
    }
    let id = world.ticket(json!({})).await.id();
    let _ = world.policy(json!([{"metric": "daily_touch", "clock": "business", "end_of_business_day": end}])).await;
    assert_eq!(days(&world, id).await, ["20260302 running"]);
    let policies = world.ada.get("/v1/sla-policies?limit=50").await.expect(200);
    for policy in policies.rows() {
        let path = format!("/v1/sla-policies/{}", policy["id"].as_str().unwrap());
        let _ = world.ada.patch(&path, &format!("\"v{}\"", policy["version"]), json!({"active": false})).await.expect(200);
    }
    let ended = world.promise(id, "daily_touch").await;
    assert_eq!((&ended["state"], &ended["cause"]), (&json!("cancelled"), &json!("policy_removed")));
    later(&world, "2026-03-04T16:00:00Z").await;
    assert_eq!(days(&world, id).await, ["20260302 cancelled"]);
    world.stop().await;
}
