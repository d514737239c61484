//! Acceptance scenarios of tickets: 1, 3, 5, 7, 9, 11, 13 and 17.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::stage::{Stage, with};
use crate::harness::Deployment;

#[tokio::test]
async fn tickets_embedded() {
    clocks(Deployment::embedded().await).await;
    changes_and_intake(Deployment::embedded().await).await;
}

#[tokio::test]
async fn tickets_split() {
    clocks(Deployment::split().await).await;
    changes_and_intake(Deployment::split().await).await;
}

async fn clocks(deployment: Deployment) {
    let stage = Stage::open(deployment).await;
    scenario_1_weekend_carry(&stage).await;
    scenario_5_closing_instant(&stage).await;
    scenario_13_same_day_cancellation(&stage).await;
    scenario_9_pause_by_intersection(&stage).await;
    scenario_9_pause_over_a_weekend(&stage).await;
    scenario_3_fall_back_in_between(&stage).await;
    scenario_7_night_shift(&stage).await;
    stage.close().await;
}

async fn changes_and_intake(deployment: Deployment) {
    let stage = Stage::open(deployment).await;
    scenario_17_intake_by_key(&stage).await;
    scenario_17_intake_by_message_id(&stage).await;
    scenario_17_intake_by_answering_service(&stage).await;
    scenario_11_priority_and_policy_change(&stage).await;
    stage.close().await;
}

impl Stage {
    /// A customer's ticket for an account.
    async fn ticket(&self, account: Uuid, more: Value) -> Uuid {
        self.ada.post("/v1/tickets", ticket(account, more)).await.expect(201).id()
    }

    /// A policy for one account, tried before the built-in ones.
    async fn policy(&self, account: Uuid, matching: Value, targets: Value) -> Answer {
        let matching = with(json!({"account_ids": [account]}), matching);
        let terms = json!({"match": matching, "targets": targets, "escalate_at_percent": [50, 75]});
        let body = json!({"name": format!("Scenario {account}"), "position": 1, "terms": terms});
        self.ada.post("/v1/sla-policies", body).await.expect(201)
    }

    /// The promise of a kind, explained.
    async fn promise(&self, ticket: Uuid, kind: &str) -> Value {
        let answer = self.ada.get(&format!("/v1/tickets/{ticket}/obligations?explain=true")).await.expect(200);
        let found = answer.rows().iter().rev().find(|row| row["kind"] == kind).cloned();
        found.unwrap_or_else(|| panic!("no {kind} in {}", answer.body))
    }

    async fn due(&self, ticket: Uuid, kind: &str) -> Value {
        self.promise(ticket, kind).await["due_at"].clone()
    }

    /// Writes to the customer and moves the ticket in one request when `more` says so.
    async fn reply(&self, ticket: Uuid, more: Value) {
        let body = with(json!({"body": "We are on it."}), more);
        let _ = self.ada.post(&format!("/v1/tickets/{ticket}/messages"), body).await.expect(201);
    }

    async fn wait_for_customer(&self, ticket: Uuid) {
        let transition = json!({"to": "waiting_customer", "reason": "photo of the drums"});
        self.reply(ticket, json!({ "transition": transition })).await;
    }

    /// The customer writes back, which ends the waiting.
    async fn hear_from_customer(&self, ticket: Uuid) {
        let body = json!({"kind": "inbound", "body": "Here is the photo you asked for."});
        let added = self.ada.post(&format!("/v1/tickets/{ticket}/messages"), body).await.expect(201);
        assert_eq!(added.text("/ticket/status"), "open");
    }

    async fn change(&self, ticket: Uuid, changes: Value) {
        let path = format!("/v1/tickets/{ticket}");
        let etag = self.ada.get(&path).await.expect(200).etag();
        let _ = self.ada.patch(&path, &etag, changes).await.expect(200);
    }
}

fn ticket(account: Uuid, more: Value) -> Value {
    let body = json!({
        "subject": "Missed pickup", "description": "The drums are still here.", "account_id": account,
        "requester": {"kind": "customer", "name": "Cleo", "email": "cleo@example.com"},
    });
    with(body, more)
}

fn resolution(seconds: i64) -> Value {
    json!({"metric": "first_resolution", "clock": "business", "target_s": seconds})
}

async fn scenario_1_weekend_carry(stage: &Stage) {
    let account = stage.account("Weekend carry").await;
    stage.at("2026-01-09T22:30:00Z").await;
    let made = stage.ticket(account, json!({})).await;
    let promise = stage.promise(made, "first_response").await;
    assert_eq!((&promise["due_at"], &promise["state"]), (&json!("2026-01-12T15:30:00Z"), &json!("running")));
    assert_eq!(promise["explanation"]["steps"][0], json!({"step": "50%", "at": "2026-01-12T14:30:00Z"}));
    assert_eq!(promise["explanation"]["steps"][1], json!({"step": "75%", "at": "2026-01-12T15:00:00Z"}));
    let internal = json!({"requester": {"kind": "internal", "name": "Ivo"}});
    let colleague = stage.ticket(account, internal.clone()).await;
    assert_eq!(stage.due(colleague, "first_response").await, "2026-01-10T22:30:00Z", "24 hours by the clock");
    // The organisation switches its colleagues' tickets to 24 business hours.
    let matching = json!({"requester_kinds": ["internal"]});
    let business = json!([{"metric": "first_response", "clock": "business", "target_s": 86_400}]);
    let _ = stage.policy(account, matching, business).await;
    let colleague = stage.ticket(account, internal).await;
    assert_eq!(stage.due(colleague, "first_response").await, "2026-01-14T19:30:00Z");
    stage.at("2026-01-12T14:30:00Z").await;
    assert_eq!(stage.told("obligation.escalated", (made, "first_response"), 1).await, 1);
    stage.at("2026-01-12T15:00:00Z").await;
    assert_eq!(stage.told("obligation.escalated", (made, "first_response"), 2).await, 2);
}

async fn scenario_3_fall_back_in_between(stage: &Stage) {
    let account = stage.account("Fall back").await;
    stage.at("2026-10-30T21:30:00Z").await;
    let made = stage.ticket(account, json!({})).await;
    assert_eq!(stage.due(made, "first_response").await, "2026-11-02T15:30:00Z");
}

async fn scenario_5_closing_instant(stage: &Stage) {
    let account = stage.account("Closing instant").await;
    stage.at("2026-01-12T21:00:00Z").await;
    let (kept, late) = (stage.ticket(account, json!({})).await, stage.ticket(account, json!({})).await);
    assert_eq!(stage.due(kept, "first_response").await, "2026-01-12T23:00:00Z", "at closing, not at the next opening");
    stage.at("2026-01-12T21:00:01Z").await;
    let next_day = stage.ticket(account, json!({})).await;
    assert_eq!(stage.due(next_day, "first_response").await, "2026-01-13T14:00:01Z");
    stage.at("2026-01-12T23:00:00.000Z").await;
    stage.reply(kept, json!({})).await;
    let promise = stage.promise(kept, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("met"), &Value::Null));
    stage.at("2026-01-12T23:00:00.001Z").await;
    assert_eq!(stage.promise(late, "first_response").await["state"], "missed_open", "missed by the clock alone");
    stage.reply(late, json!({})).await;
    let promise = stage.promise(late, "first_response").await;
    assert_eq!((&promise["state"], &promise["breached_at"]), (&json!("missed_closed"), &json!("2026-01-12T23:00:00Z")));
}

async fn scenario_7_night_shift(stage: &Stage) {
    let windows =
        |day: &&str| [json!({"day": day, "start_min": 0, "end_min": 360}), json!({"day": day, "start_min": 1_320, "end_min": 1_440})];
    let nights: Vec<Value> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().flat_map(windows).collect();
    let body = json!({"name": "Nights", "hours": {"time_zone": "America/Chicago", "weekly": nights}});
    let calendar = stage.ada.post("/v1/calendars", body).await.expect(201).id();
    for (start, due) in [
        ("2026-02-08T04:00:00Z", "2026-02-08T12:00:00Z"),
        ("2026-03-08T04:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-11-01T03:00:00Z", "2026-11-01T11:00:00Z"),
    ] {
        let question = json!({"start": start, "target_s": 28_800});
        let answer = stage.ada.post(&format!("/v1/calendars/{calendar}/calculate"), question).await.expect(200);
        assert_eq!((answer.text("/due_at"), answer.text("/worked_s")), (due.to_owned(), "28800".to_owned()), "{start}");
    }
}

/// Parts (a) and (b), which overlap in time.
async fn scenario_9_pause_by_intersection(stage: &Stage) {
    let account = stage.account("Pause by intersection").await;
    let _ = stage.policy(account, json!({}), json!([resolution(28_800)])).await;
    stage.at("2026-03-02T15:00:00Z").await;
    let a = stage.ticket(account, json!({})).await;
    stage.at("2026-03-02T18:00:00Z").await;
    let b = stage.ticket(account, json!({})).await;
    stage.at("2026-03-02T21:00:00Z").await;
    stage.wait_for_customer(a).await;
    let paused = stage.promise(a, "first_resolution").await;
    assert_eq!((&paused["state"], &paused["due_at"], &paused["remaining_s"]), (&json!("paused"), &Value::Null, &json!(7_200)));
    stage.at("2026-03-02T23:30:00Z").await;
    stage.wait_for_customer(b).await;
    stage.at("2026-03-03T13:30:00Z").await;
    stage.hear_from_customer(b).await;
    assert_eq!(stage.due(b, "first_resolution").await, "2026-03-03T17:00:00Z", "a pause of closed hours changes nothing");
    stage.at("2026-03-03T16:00:00Z").await;
    stage.hear_from_customer(a).await;
    assert_eq!(stage.due(a, "first_resolution").await, "2026-03-03T18:00:00Z");
}

/// Part (c): four hours, paused over a weekend in which the clocks change.
async fn scenario_9_pause_over_a_weekend(stage: &Stage) {
    let account = stage.account("Pause over a weekend").await;
    let _ = stage.policy(account, json!({}), json!([resolution(14_400)])).await;
    stage.at("2026-03-06T21:00:00Z").await;
    let c = stage.ticket(account, json!({})).await;
    stage.at("2026-03-06T22:00:00Z").await;
    stage.wait_for_customer(c).await;
    stage.at("2026-03-09T14:00:00Z").await;
    stage.hear_from_customer(c).await;
    assert_eq!(stage.due(c, "first_resolution").await, "2026-03-09T17:00:00Z");
}

async fn scenario_11_priority_and_policy_change(stage: &Stage) {
    let account = stage.account("Priority change").await;
    let urgent = with(resolution(7_200), json!({"priority": "urgent"}));
    let policy = stage.policy(account, json!({}), json!([resolution(28_800), urgent])).await;
    stage.at("2026-03-02T14:00:00Z").await;
    let (early, reduced) = (stage.ticket(account, json!({})).await, stage.ticket(account, json!({})).await);
    assert_eq!(stage.due(early, "first_resolution").await, "2026-03-02T22:00:00Z");
    let urgent = json!({"priority": "urgent"});
    let (lowered, missed) = (stage.ticket(account, urgent.clone()).await, stage.ticket(account, urgent.clone()).await);
    stage.at("2026-03-02T15:00:00Z").await;
    stage.change(early, urgent.clone()).await;
    stage.change(lowered, json!({"priority": "normal"})).await;
    assert_eq!(stage.due(early, "first_resolution").await, "2026-03-02T16:00:00Z");
    assert_eq!(stage.due(lowered, "first_resolution").await, "2026-03-02T22:00:00Z");
    stage.at("2026-03-02T16:30:00Z").await;
    stage.change(missed, json!({"priority": "normal"})).await;
    let promise = stage.promise(missed, "first_resolution").await;
    assert_eq!((&promise["due_at"], &promise["breached_at"]), (&json!("2026-03-02T22:00:00Z"), &json!("2026-03-02T16:00:00Z")));
    assert_eq!(promise["excused"], Value::Null, "it counts until it is excused");
    stage.at("2026-03-02T17:00:00Z").await;
    stage.change(reduced, urgent).await;
    let promise = stage.promise(reduced, "first_resolution").await;
    assert_eq!((&promise["due_at"], &promise["cause"]), (&json!("2026-03-02T17:00:00Z"), &json!("target_reduced")));
    excused(stage, missed).await;
    deactivated(stage, &policy, lowered).await;
}

/// An excuse leaves the breach on record.
async fn excused(stage: &Stage, missed: Uuid) {
    let promise = stage.promise(missed, "first_resolution").await;
    let path = format!("/v1/obligations/{}/excuse", promise["id"].as_str().unwrap());
    let etag = format!("\"v{}\"", promise["version"]);
    let excused = stage.ada.act(&path, &etag, json!({"reason": "flooded road"})).await.expect(200);
    assert_eq!((excused.text("/excused/reason"), excused.text("/breached_at")), ("flooded road".into(), "2026-03-02T16:00:00Z".into()));
}

/// Without its policy a promise is cancelled, and no timer of it fires any more: those of another ticket do.
async fn deactivated(stage: &Stage, policy: &Answer, ticket: Uuid) {
    let path = format!("/v1/sla-policies/{}", policy.id());
    let other = stage.account("Still promised").await;
    let other = stage.ticket(other, json!({})).await;
    let _ = stage.ada.patch(&path, &policy.etag(), json!({"active": false})).await.expect(200);
    assert_eq!(stage.promise(ticket, "first_resolution").await["state"], "cancelled");
    let before = stage.told("obligation.escalated", (ticket, "first_resolution"), 0).await;
    stage.at("2026-03-10T17:00:00Z").await;
    assert_eq!(stage.told("obligation.breached", (other, "first_response"), 1).await, 1);
    assert_eq!(stage.told("obligation.escalated", (ticket, "first_resolution"), 0).await, before);
    assert_eq!(stage.told("obligation.breached", (ticket, "first_resolution"), 0).await, 0);
}

async fn scenario_13_same_day_cancellation(stage: &Stage) {
    let account = stage.account("Same-day cancellation").await;
    for (created, due) in [
        ("2026-01-13T20:30:00Z", "2026-01-13T23:00:00Z"),
        ("2026-01-13T21:00:00Z", "2026-01-13T23:00:00Z"),
        ("2026-01-13T21:00:01Z", "2026-01-14T23:00:00Z"),
        // A Saturday: the following Monday.
        ("2026-01-17T18:00:00Z", "2026-01-19T23:00:00Z"),
    ] {
        stage.at(created).await;
        let id = stage.ticket(account, json!({"type": "cancellation_request"})).await;
        assert_eq!(stage.due(id, "first_response").await, due, "{created}");
    }
}

async fn scenario_17_intake_by_key(stage: &Stage) {
    let account = stage.account("Intake by key").await;
    let body = ticket(account, json!({}));
    let posts = (0..50).map(|_| insist(stage, &body));
    let answers = futures_util::future::join_all(posts).await;
    let bodies: BTreeSet<&[u8]> = answers.iter().map(|answer| answer.bytes.as_slice()).collect();
    assert_eq!(bodies.len(), 1, "every answer is the same");
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotent-replayed") == "true").count(), 49);
    let made = stage.ada.get(&format!("/v1/tickets?filter[account_id]={account}")).await.expect(200);
    assert_eq!(made.rows().len(), 1);
    let other = with(body, json!({"subject": "Other"}));
    stage.ada.post_keyed("/v1/tickets", "intake-1", other).await.expect_problem(422, "idempotency_mismatch");
}

/// Posts under the one key, again while another request under it is being carried out.
async fn insist(stage: &Stage, body: &Value) -> Answer {
    loop {
        let answer = stage.ada.post_keyed("/v1/tickets", "intake-1", body.clone()).await;
        if !matches!(answer.status.as_u16(), 409 | 503) {
            return answer.expect(201);
        }
        assert!(!answer.header("retry-after").is_empty(), "{}", answer.body);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn scenario_17_intake_by_message_id(stage: &Stage) {
    for address in ["a@desk.example", "b@desk.example"] {
        let mailbox = json!({"name": address, "address": address, "branch_id": stage.branch});
        let _ = stage.ada.post("/v1/mailboxes", mailbox).await.expect(201);
    }
    let mail = "From: Dana <dana@plating.example>\r\nTo: a@desk.example, b@desk.example\r\nSubject: Pickup\r\n\
        Message-ID: <one@plating.example>\r\nDate: Mon, 12 Jan 2026 07:00:00 -0600\r\n\r\nTwelve drums are ready.\r\n";
    let mut answers = Vec::new();
    for address in ["a@desk.example", "b@desk.example", "a@desk.example", "b@desk.example"] {
        let path = format!("/v1/intake/email?recipient={address}&return_path=dana@plating.example");
        let request = stage.ada.request(reqwest::Method::POST, &path).header("content-type", "message/rfc822").body(mail);
        answers.push(stage.ada.send(request).await);
    }
    let outcomes: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(outcomes, [201, 200, 200, 200]);
    let tickets: BTreeSet<String> = answers.iter().map(|answer| answer.text("/ticket_id")).collect();
    let id = tickets.first().unwrap();
    assert_eq!(tickets.len(), 1, "one ticket");
    assert_eq!(answers[3].body["mailbox_ids"].as_array().unwrap().len(), 2, "{}", answers[3].body);
    let messages = stage.ada.get(&format!("/v1/tickets/{id}/messages")).await.expect(200);
    assert_eq!(messages.rows().iter().filter(|message| message["kind"] == "inbound").count(), 1, "one message");
    let sent = stage.ada.get(&format!("/v1/outgoing-mails?filter[ticket_id]={id}")).await.expect(200);
    assert_eq!(sent.rows().len(), 1, "one acknowledgement");
}

async fn scenario_17_intake_by_answering_service(stage: &Stage) {
    let account = stage.account("Answering service").await;
    stage.at("2026-01-12T13:30:00Z").await;
    let message = json!({
        "provider": "acme", "message_id": "m1", "occurred_at": "2026-01-11T08:10:00Z", "account_id": account,
        "caller": {"name": "Cleo", "phone": "+13125550100"}, "message": "A drum leaks.",
    });
    let first = stage.ada.post("/v1/intake/answering-service", message.clone()).await.expect(201);
    let second = stage.ada.post("/v1/intake/answering-service", message.clone()).await.expect(200);
    assert_eq!((first.text("/ticket/id"), second.text("/duplicate")), (second.text("/ticket/id"), "true".to_owned()));
    assert_eq!(stage.due(first.text("/ticket/id").parse().unwrap(), "first_response").await, "2026-01-12T16:00:00Z");
    let old = with(message, json!({"message_id": "m2", "occurred_at": "2026-01-08T13:30:00Z"}));
    stage.ada.post("/v1/intake/answering-service", old).await.expect_problem(422, "validation_failed");
    let made = stage.ada.get(&format!("/v1/tickets?filter[account_id]={account}")).await.expect(200);
    assert_eq!(made.rows().len(), 1);
}
