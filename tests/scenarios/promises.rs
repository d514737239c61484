//! Acceptance scenarios of promises about more than a conversation: 13's flip, 15's daily touch and 19's emergency and regulator.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{Stage, with};
use crate::harness::Deployment;

#[tokio::test]
async fn promises_embedded() {
    promises(Deployment::embedded().await).await;
}

#[tokio::test]
async fn promises_split() {
    promises(Deployment::split().await).await;
}

async fn promises(deployment: Deployment) {
    let stage = Stage::open(deployment).await;
    scenario_13_flip_that_nobody_accepts(&stage).await;
    scenario_15_daily_touch(&stage).await;
    scenario_19_regulator_over_spring_forward(&stage).await;
    scenario_19_emergency_over_fall_back(&stage).await;
    stage.close().await;
}

async fn opened(stage: &Stage, more: Value) -> Uuid {
    let body = json!({
        "subject": "Leak at the dock", "description": "A drum leaks.", "branch_id": stage.branch,
        "requester": {"kind": "customer", "name": "Cleo", "email": "cleo@example.com"},
    });
    stage.ada.post("/v1/tickets", with(body, more)).await.expect(201).id()
}

async fn promise(stage: &Stage, ticket: Uuid, kind: &str) -> Value {
    let answer = stage.ada.get(&format!("/v1/tickets/{ticket}/obligations")).await.expect(200);
    answer.rows().iter().find(|row| row["kind"] == kind).cloned().unwrap_or_else(|| panic!("no {kind} in {}", answer.body))
}

async fn scenario_13_flip_that_nobody_accepts(stage: &Stage) {
    stage.at("2026-01-13T20:30:00Z").await;
    let giver = new_uuid();
    let id = opened(stage, json!({"type": "cancellation_request", "assignee_id": giver})).await;
    stage.at("2026-01-13T22:00:00Z").await;
    let path = format!("/v1/tickets/{id}");
    let offer = json!({"to_agent_ids": [new_uuid()], "reason": "You saved this account before."});
    let _ = stage.step(&path, "transfer", offer).await.expect(201);
    stage.at("2026-01-13T23:00:01Z").await;
    let ticket = stage.ada.get(&path).await.expect(200);
    assert_eq!(ticket.text("/assignee_id"), giver.to_string(), "the giver is still the assignee");
    let missed = promise(stage, id, "first_response").await;
    assert_eq!((&missed["state"], &missed["breached_at"]), (&json!("missed_open"), &json!("2026-01-13T23:00:00Z")));
    let owned = format!("/v1/obligations?filter[assignee_id]={giver}&filter[outcome]=missed&filter[kind]=first_response");
    assert_eq!(stage.ada.get(&owned).await.expect(200).rows().len(), 1, "and owns the miss");
}

/// Monday 10:00 in Chicago, in a week whose Wednesday is a holiday.
async fn scenario_15_daily_touch(stage: &Stage) {
    stage.at("2026-02-02T16:00:00Z").await;
    let found = stage.ada.get(&format!("/v1/calendars?filter[branch_id]={}", stage.branch)).await.expect(200);
    let weekly = ["mon", "tue", "wed", "thu", "fri"].map(|day| json!({"day": day, "start_min": 480, "end_min": 1_020}));
    let exceptions = json!([{"date": "2026-02-04", "kind": "closed"}]);
    let hours = json!({"time_zone": "America/Chicago", "weekly": weekly, "exceptions": exceptions});
    let versions = format!("/v1/calendars/{}/versions", found.rows()[0]["id"].as_str().unwrap());
    let _ = stage.ada.post(&versions, json!({"hours": hours})).await.expect(201);
    let agent = new_uuid();
    let id = opened(stage, json!({"assignee_id": agent})).await;
    let path = format!("/v1/tickets/{id}");
    stage.at("2026-02-02T17:00:00Z").await;
    let note = json!({"kind": "internal_note", "body": "Asked the driver for a photo."});
    let _ = stage.ada.post(&format!("{path}/messages"), note).await.expect(201);
    stage.at("2026-02-03T18:00:00Z").await;
    assert_eq!(stage.ada.get(&path).await.expect(200).text("/touch_due_at"), "2026-02-03T23:00:00Z", "looking at it is no touch");
    stage.at("2026-02-05T22:59:00Z").await;
    let _ = stage.ada.post(&format!("{path}/messages"), json!({"body": "The crew comes tomorrow."})).await.expect(201);
    let report = format!("/v1/reports/touch?from=2026-02-02&to=2026-02-06&group_by=assignee&assignee_id={agent}");
    let row = stage.ada.get(&report).await.expect(200).rows()[0].clone();
    assert_eq!((&row["required"], &row["met"], &row["met_percent"]), (&json!(3), &json!(2), &json!("66.67")));
    let rows = stage.ada.get(row["obligations"].as_str().unwrap()).await.expect(200);
    let days: Vec<_> = rows.rows().iter().map(|day| (day["cycle"].clone(), day["outcome"].clone())).collect();
    let expected = [(20_260_205, "met"), (20_260_203, "missed"), (20_260_202, "met")];
    assert_eq!(days, expected.map(|(cycle, outcome)| (json!(cycle), json!(outcome))));
}

/// Saturday 21:00 in Chicago, in the night in which the clocks go forward.
async fn scenario_19_regulator_over_spring_forward(stage: &Stage) {
    stage.at("2026-03-08T03:00:00Z").await;
    for (injury, due) in [("hospitalisation", "2026-03-09T03:00:00Z"), ("fatality", "2026-03-08T11:00:00Z")] {
        let report = json!({
            "kind": "incident", "description": "Fell from the dock.", "branch_id": stage.branch, "injury_class": injury,
            "occurred_at": "2026-03-08T02:00:00Z", "learned_at": "2026-03-08T03:00:00Z",
        });
        let filed = stage.ada.post("/v1/safety-reports", report).await.expect(201);
        assert_eq!(filed.text("/regulator_report/due_at"), due, "{injury}");
    }
}

/// 01:50 in Chicago, ten minutes before the hour is lived a second time.
async fn scenario_19_emergency_over_fall_back(stage: &Stage) {
    stage.at("2026-11-01T06:50:00Z").await;
    let id = opened(stage, json!({"type": "service_emergency"})).await;
    assert_eq!(promise(stage, id, "emergency_ack").await["due_at"], "2026-11-01T07:05:00Z");
    stage.at("2026-11-01T07:05:00.001Z").await;
    assert_eq!(stage.told("obligation.breached", (id, "emergency_ack"), 1).await, 1);
    stage.at("2026-11-01T07:06:00Z").await;
    assert_eq!(stage.told("obligation.breached", (id, "emergency_ack"), 1).await, 1, "exactly once");
    let path = format!("/v1/tickets/{id}");
    let message = |body: &str| json!({"body": body});
    let _ = stage.ada.post(&format!("{path}/messages"), message("We are on our way.")).await.expect(201);
    stage.step(&path, "resolve", json!({"code": "done"})).await.expect_problem(409, "loop_not_closed");
    let found = stage.ada.get(&format!("/v1/emergencies?filter[ticket_id]={id}")).await.expect(200);
    let emergency = format!("/v1/emergencies/{}", found.rows()[0]["id"].as_str().unwrap());
    let _ = stage.ada.post(&format!("{emergency}/acknowledge"), json!({})).await.expect(200);
    let _ = stage.step(&emergency, "dispatch", json!({"to": "Crew 4"})).await.expect(200);
    for (minute, step) in [("07:10", "inform"), ("07:30", "close-loop")] {
        if step == "close-loop" {
            let _ = stage.step(&emergency, "contain", json!({})).await.expect(200);
        }
        stage.at(&format!("2026-11-01T{minute}:00Z")).await;
        let said = stage.ada.post(&format!("{path}/messages"), message("The crew has it in hand.")).await.expect(201);
        let named = json!({"message_id": said.body["message"]["id"]});
        let _ = stage.step(&emergency, step, named).await.expect(200);
    }
    assert_eq!(promise(stage, id, "loop_close").await["state"], "met");
    assert_eq!(stage.step(&path, "resolve", json!({"code": "done"})).await.expect(200).text("/status"), "resolved");
}
