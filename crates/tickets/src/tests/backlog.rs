//! Volume and backlog: what came in and went out, and how the desk stood at any instant.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use super::reports::{count, report};
use super::world::World;

async fn resolved(world: &World, id: Uuid) {
    let _ = world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
}

async fn figure(world: &World, row: &Value, list: &str, filter: &str, name: &str) {
    let path = row[list].as_str().unwrap();
    assert_eq!(json!(count(&world.ada, &format!("{path}{filter}")).await), row[name], "{name} of {row}");
}

/// Monday: two tickets by phone and one by mail, Ann's and Bo's; Tuesday: Ann resolves hers; Wednesday: it comes back, and goes to Bo.
async fn week(world: &World) -> (Uuid, Uuid, Uuid) {
    let (chicago, ann, bo) = (new_uuid(), new_uuid(), new_uuid());
    world.app.set_time("2026-03-02T15:00:00Z");
    let first = world.ticket(json!({"branch_id": chicago, "assignee_id": ann, "channel": "phone"})).await.id();
    let _ = world.ticket(json!({"branch_id": chicago, "assignee_id": bo, "channel": "phone", "type": "complaint"})).await;
    let _ = world.ticket(json!({"branch_id": chicago, "channel": "email"})).await;
    world.app.set_time("2026-03-03T15:00:00Z");
    resolved(world, first).await;
    world.app.set_time("2026-03-04T15:00:00Z");
    let _ = world.act(first, "reopen", json!({"reason": "It leaks again."})).await.expect(200);
    let _ = world.act(first, "assign", json!({"assignee_id": bo})).await.expect(200);
    world.app.set_time("2026-03-05T16:00:00Z");
    (chicago, ann, bo)
}

#[actix_web::test]
async fn what_came_in_and_went_out_is_counted_where_it_happened() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (chicago, ann, bo) = week(&world).await;
    let total = report(&world.ada, "/v1/reports/volume?from=2026-03-02&to=2026-03-06").await;
    let expected = json!([3, 1, 1, 3, 1]);
    let names = ["created", "resolved", "reopened", "inbound", "public_reply"];
    assert_eq!((total.len(), json!(names.map(|name| total[0][name].clone()))), (1, expected));
    let days = report(&world.ada, "/v1/reports/volume?from=2026-03-02&to=2026-03-06&group_by=day,branch").await;
    let shown: Vec<Value> = days.iter().map(|row| json!([row["starts_on"], row["created"], row["resolved"], row["reopened"]])).collect();
    assert_eq!(shown, [json!(["2026-03-02", 3, 0, 0]), json!(["2026-03-03", 0, 1, 0]), json!(["2026-03-04", 0, 0, 1])]);
    let agents = report(&world.ada, "/v1/reports/volume?from=2026-03-02&to=2026-03-06&group_by=assignee").await;
    let of = |agent: Uuid| agents.iter().find(|row| row["assignee_id"] == json!(agent)).unwrap();
    assert_eq!((&of(ann)["resolved"], &of(ann)["created"], &of(bo)["created"]), (&json!(1), &json!(0), &json!(2)));
    let channels = report(&world.ada, "/v1/reports/volume?from=2026-03-02&to=2026-03-06&group_by=channel,type").await;
    for row in total.iter().chain(&days).chain(&agents).chain(&channels) {
        figure(&world, row, "tickets", "", "created").await;
        for step in ["resolved", "reopened"] {
            figure(&world, row, "moves", &format!("&filter[step][eq]={step}"), step).await;
        }
        for kind in ["inbound", "public_reply", "internal_note", "call"] {
            figure(&world, row, "messages", &format!("&filter[kind][eq]={kind}"), kind).await;
        }
    }
    let away = world.app.client(&Persona::of_branches(&[new_uuid()]));
    assert_eq!(report(&away, "/v1/reports/volume?from=2026-03-02&to=2026-03-06").await[0]["inbound"], 0);
    let own = world.app.client(&Persona::of_branches(&[chicago]));
    assert_eq!(report(&own, "/v1/reports/volume?from=2026-03-02&to=2026-03-06").await[0]["inbound"], 3);
    world.stop().await;
}

#[actix_web::test]
async fn the_desk_is_counted_as_it_stood_at_the_end_of_any_day() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (_, ann, bo) = week(&world).await;
    let backlog = async |query: &str| report(&world.ada, &format!("/v1/reports/backlog?{query}")).await;
    for (day, open) in [("2026-03-01", 0), ("2026-03-02", 3), ("2026-03-03", 2), ("2026-03-04", 3), ("2026-03-05", 3)] {
        let rows = backlog(&format!("as_of={day}")).await;
        assert_eq!((rows.len(), &rows[0]["backlog"]), (1, &json!(open)), "{day}");
    }
    let monday = backlog("as_of=2026-03-02&group_by=assignee").await;
    let shown: Vec<_> = monday.iter().map(|row| (row["assignee_id"].clone(), row["backlog"].clone())).collect();
    assert!(shown.contains(&(json!(ann), json!(1))) && shown.contains(&(json!(bo), json!(1))), "{shown:?}");
    for row in &monday {
        let (stand, moved) = (row["tickets"].as_str().unwrap(), row["moves"].as_str().unwrap());
        assert_eq!(json!(count(&world.ada, stand).await + count(&world.ada, moved).await), row["backlog"]);
        assert_eq!(row["overdue"], Value::Null);
    }
    let now = backlog("group_by=assignee,type").await;
    assert_eq!(now.iter().map(|row| row["backlog"].as_i64().unwrap()).sum::<i64>(), 3);
    assert!(now.iter().all(|row| row["days_3"] == row["backlog"]), "all are three days old");
    for row in &now {
        figure(&world, row, "tickets", "", "backlog").await;
        figure(&world, row, "tickets", "&filter[status][eq]=open", "open").await;
        figure(&world, row, "tickets", "&filter[due_at][lt]=2026-03-05T16:00:00Z", "overdue").await;
        assert_eq!(row["moves"], Value::Null);
    }
    world.ada.get("/v1/reports/backlog?as_of=2026-03-06").await.expect_problem(400, "invalid_query");
    world.stop().await;
}
