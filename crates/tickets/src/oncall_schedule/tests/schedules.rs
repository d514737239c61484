use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use crate::tests::world::World;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn plan(members: &[Uuid], more: Value) -> Value {
    let mut layer = json!({"name": "Primary", "handoff": {"day": "mon", "time_min": 480}, "starts_on": "2026-03-02", "members": members});
    layer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"time_zone": "America/Chicago", "layers": [layer]})
}

impl World {
    /// An on-call schedule that takes what no branch's does, with one layer a level, each of one agent; its id.
    pub(crate) async fn on_call(&self, levels: &[Uuid]) -> Uuid {
        let layers: Vec<Value> = levels.iter().zip(1..).map(|(member, level)| {
            json!({"name": format!("Level {level}"), "level": level, "handoff": {"day": "mon", "time_min": 480}, "starts_on": "2026-01-05", "members": [member]})
        }).collect();
        let body = json!({"name": "Everybody", "is_default": true, "plan": {"time_zone": "America/Chicago", "layers": layers}});
        self.ada.post("/v1/oncall-schedules", body).await.expect(201).id()
    }
}

#[actix_web::test]
async fn a_schedule_says_who_is_on_call_now_and_through_a_night_of_eleven_hours() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    let hours: Vec<Value> = DAYS.iter().map(|day| json!({"day": day, "start_min": 1_140, "end_min": 420})).collect();
    let mut nights = plan(&[ann, ben], json!({"hours": hours}));
    let body = json!({"name": "Nights", "plan": nights});
    let refused = world.ada.post("/v1/oncall-schedules", body).await.expect_problem(422, "validation_failed");
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/0/code")), ("/plan/layers".into(), "coverage_gap".into()));
    assert!(refused.text("/errors/0/message").contains("tue 07:00 to tue 19:00"));
    nights["allow_gap"] = json!(true);
    let made = world.ada.post("/v1/oncall-schedules", json!({"name": "Nights", "plan": nights})).await.expect(201);
    let path = format!("/v1/oncall-schedules/{}", made.id());
    assert!(world.ada.get(&format!("{path}/now")).await.expect(200).body["levels"].as_array().unwrap().is_empty(), "by day nobody");
    let now = world.ada.get(&format!("{path}/now?at=2026-03-08T02:00:00Z")).await.expect(200);
    assert_eq!((now.text("/levels/0/user_id"), now.text("/levels/0/until")), (ann.to_string(), "2026-03-08T12:00:00Z".into()));
    let seen = world.ada.get(&format!("{path}/shifts?from=2026-03-07T18:00:00Z&to=2026-03-08T18:00:00Z")).await.expect(200);
    assert_eq!((seen.text("/shifts/0/start_at"), seen.text("/shifts/0/duration_s")), ("2026-03-08T01:00:00Z".into(), "39600".into()));
    assert_eq!(seen.body["gaps"].as_array().unwrap().len(), 2);
    let too_long = world.ada.get(&format!("{path}/shifts?from=2026-03-07T18:00:00Z&to=2026-12-08T18:00:00Z")).await;
    too_long.expect_problem(422, "invalid_period");
    world.stop().await;
}

#[actix_web::test]
async fn a_plan_holds_until_the_next_and_an_override_wins_until_it_is_taken_away() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    let (ann, ben, cid) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await, world.agent("Cid", json!({})).await);
    let id = world.on_call(&[ann]).await;
    let path = format!("/v1/oncall-schedules/{id}");
    let on_call = async |at: &str| world.ada.get(&format!("{path}/now?at={at}")).await.expect(200).text("/levels/0/user_id");
    let next = json!({"plan": plan(&[ben], json!({})), "effective_from": "2026-03-03T00:00:00Z"});
    assert_eq!(world.ada.post(&format!("{path}/versions"), next).await.expect(201).text("/number"), "2");
    let late = json!({"plan": plan(&[cid], json!({})), "effective_from": "2026-03-01T00:00:00Z"});
    world.ada.post(&format!("{path}/versions"), late).await.expect_problem(422, "validation_failed");
    let stranger = json!({"plan": plan(&[ann, new_uuid()], json!({}))});
    let refused = world.ada.post(&format!("{path}/versions"), stranger).await.expect_problem(422, "validation_failed");
    assert_eq!(refused.text("/errors/0/pointer"), "/plan/layers/0/members/1");
    assert_eq!((on_call("2026-03-02T23:59:59Z").await, on_call("2026-03-03T00:00:00Z").await), (ann.to_string(), ben.to_string()));
    let stand_in = json!({"user_id": cid, "start_at": "2026-03-02T13:00:00Z", "end_at": "2026-03-02T20:00:00Z", "reason": "Ann is ill."});
    let made = world.ada.post(&format!("{path}/overrides"), stand_in.clone()).await.expect(201);
    assert_eq!(on_call("2026-03-02T14:00:00Z").await, cid.to_string());
    let mut over = stand_in;
    over["end_at"] = json!("2026-03-02T13:30:00Z");
    world.ada.post(&format!("{path}/overrides"), over).await.expect_problem(422, "validation_failed");
    assert_eq!(world.ada.get(&format!("{path}/overrides")).await.expect(200).rows().len(), 1);
    let removing = world.ada.request(reqwest::Method::DELETE, &format!("{path}/overrides/{}", made.id()));
    let _ = world.ada.send(removing).await.expect(204);
    assert_eq!(on_call("2026-03-02T14:00:00Z").await, ann.to_string());
    assert_eq!(world.ada.get(&format!("{path}/versions")).await.expect(200).rows().len(), 2);
    world.stop().await;
}

#[actix_web::test]
async fn one_schedule_takes_a_branchs_emergencies_and_others_do_not_see_it() {
    let world = World::at("2026-03-02T14:00:00Z").await;
    let (ann, branch) = (world.agent("Ann", json!({})).await, new_uuid());
    let body = json!({"name": "Ours", "branch_id": branch, "plan": plan(&[ann], json!({}))});
    let made = world.ada.post("/v1/oncall-schedules", body.clone()).await.expect(201);
    world.ada.post("/v1/oncall-schedules", body.clone()).await.expect_problem(409, "branch_taken");
    let path = format!("/v1/oncall-schedules/{}", made.id());
    let elsewhere = world.app.client(&Persona::of_branches(&[new_uuid()]));
    elsewhere.get(&path).await.expect_problem(404, "not_found");
    assert!(elsewhere.get("/v1/oncall-schedules").await.expect(200).rows().is_empty());
    elsewhere.post("/v1/oncall-schedules", body.clone()).await.expect_problem(422, "validation_failed");
    let customer = world.app.client(&Persona::customer(&[new_uuid()], "*:*"));
    customer.get(&path).await.expect_problem(404, "not_found");
    let retired = world.ada.patch(&path, &made.etag(), json!({"active": false})).await.expect(200);
    assert_eq!(retired.text("/active"), "false");
    let _ = world.ada.post("/v1/oncall-schedules", body).await.expect(201);
    world.stop().await;
}

#[actix_web::test]
async fn whoever_is_on_call_is_given_work_outside_the_hours() {
    let world = World::at("2026-03-03T08:00:00Z").await;
    let hours = json!({"time_zone": "America/Chicago", "weekly": [{"day": "mon", "start_min": 480, "end_min": 1_020}]});
    let calendar = world.ada.post("/v1/calendars", json!({"name": "Mondays", "hours": hours})).await.expect(201).id();
    let (ann, ben) =
        (world.agent("Ann", json!({"calendar_id": calendar})).await, world.agent("Ben", json!({"calendar_id": calendar})).await);
    let group = world.group("Desk", &[ann, ben], json!({})).await;
    let unassigned = world.ticket(json!({"group_id": group})).await;
    assert_eq!(unassigned.text("/assignee_id"), "null");
    let schedule = world.on_call(&[ben]).await;
    assert_eq!(world.ticket(json!({"group_id": group})).await.text("/assignee_id"), ben.to_string());
    let stand_in = json!({"user_id": ann, "start_at": "2026-03-03T07:00:00Z", "end_at": "2026-03-03T20:00:00Z"});
    let _ = world.ada.post(&format!("/v1/oncall-schedules/{schedule}/overrides"), stand_in).await.expect(201);
    assert_eq!(world.ticket(json!({"group_id": group})).await.text("/assignee_id"), ann.to_string(), "an override counts at once");
    world.stop().await;
}
