//! Processes killed while their workers are at it, and replicas that take over from each other: what falls due is done once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Client;

use crate::harness::{PostOffice, mail, told};

/// Tickets of one request in bulk.
const MANY: usize = 200;
/// Promises that fall due together: more than a worker takes in one batch.
const TIMERS: usize = 450;
/// Things of each kind that two replicas find due.
const FEW: usize = 8;

async fn tickets(ada: &Client, count: usize) -> Vec<String> {
    let ticket = json!({
        "subject": "Missed pickup", "description": "The truck did not come.", "type": "freight",
        "requester": {"kind": "customer", "name": "Dana", "email": "dana@plating.example"},
    });
    let made = ada.post("/v1/tickets/bulk", json!({"atomic": true, "items": vec![ticket; count]})).await.expect(200);
    made.rows().iter().map(|row| row["body"]["id"].as_str().unwrap().to_owned()).collect()
}

/// Takes a step of something on its present version.
async fn step(client: &Client, path: &str, action: &str, body: Value) -> Value {
    let etag = client.get(path).await.expect(200).etag();
    let answer = client.act(&format!("{path}/{action}"), &etag, body).await;
    assert!(answer.status.is_success(), "{action}: {}", answer.body);
    answer.body
}

/// Waits until an event was told of so many subjects, or for a minute; how often it was of each.
async fn all_told(office: &PostOffice, event: &str, count: usize) -> Vec<usize> {
    let enough = |events: &[Value]| told(events, event).len() >= count;
    let mut events = Vec::new();
    for _ in 0..6 {
        events = office.deployment.events(&office.operator, enough).await;
        if enough(&events) {
            break;
        }
    }
    told(&events, event).into_values().collect()
}

#[tokio::test]
async fn a_mail_that_a_server_took_and_we_could_not_note_goes_out_again_as_the_same_mail() {
    let mut office = PostOffice::embedded().await;
    let pid = office.deployment.pid("everything").to_string();
    office.smtp.after_next(move || assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success()));
    assert_eq!(office.pipe(mail(1)).await, 0);
    assert_eq!(office.taken(1).await.into_values().collect::<Vec<_>>(), [1]);
    office.deployment.kill_and_restart("everything").await;
    office.deployment.set_time(&office.operator, "2026-03-02T15:15:00Z").await;
    for _ in 0..200 {
        if office.taken(1).await.into_values().eq([2]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(office.taken(1).await.into_values().collect::<Vec<_>>(), [2], "twice under one Message-ID, so it is one mail to a reader");
    let queued = office.rows("/v1/outgoing-mails?limit=200").await;
    assert_eq!((queued.len(), office.rows("/v1/tickets?limit=200").await.len()), (1, 1));
    assert_eq!(queued[0]["state"], "sent");
    office.deployment.stop().await;
}

#[tokio::test]
async fn a_power_cut_in_a_batch_of_timers_loses_and_doubles_no_breach() {
    let mut office = PostOffice::embedded().await;
    let terms = json!({"match": {"types": ["freight"]}, "targets": [{"metric": "first_response", "clock": "elapsed", "target_s": 600}]});
    let _ = office.operator.post("/v1/sla-policies", json!({"name": "Freight", "position": 1, "terms": terms})).await.expect(201);
    let made = tickets(&office.operator, TIMERS).await;
    office.deployment.set_time(&office.operator, "2026-03-02T15:11:00Z").await;
    for cut in 1..=3 {
        tokio::time::sleep(Duration::from_millis(30 * cut)).await;
        office.deployment.kill_and_restart("everything").await;
    }
    assert_eq!(all_told(&office, "obligation.breached", TIMERS).await, [1; TIMERS]);
    let missed = office.rows("/v1/tickets?filter[obligation_state]=missed_open&filter[obligation.kind]=first_response&limit=200").await;
    let missed: BTreeSet<&str> = missed.iter().map(|ticket| ticket["id"].as_str().unwrap()).collect();
    assert_eq!(missed, made.iter().map(String::as_str).collect());
    office.deployment.stop().await;
}

#[tokio::test]
async fn a_power_cut_in_a_change_of_many_tickets_changes_each_once_or_none() {
    let mut office = PostOffice::embedded().await;
    let made = tickets(&office.operator, MANY).await;
    let item =
        |id: &String| json!({"ticket_id": id, "add_tags": ["snow"], "message": {"kind": "internal_note", "body": "Roads are closed."}});
    let body = json!({"atomic": false, "items": made.iter().map(item).collect::<Vec<_>>()});
    for cut in [20, 80, 200] {
        let (client, body) = (office.operator.clone(), body.clone());
        let asked = tokio::spawn(async move {
            let request = client.request(reqwest::Method::POST, "/v1/tickets/bulk-changes");
            request.header("Idempotency-Key", "snow").json(&body).send().await.map(drop)
        });
        tokio::time::sleep(Duration::from_millis(cut)).await;
        office.deployment.kill_and_restart("everything").await;
        let _ = asked.await.unwrap();
    }
    let done = office.operator.post_keyed("/v1/tickets/bulk-changes", "snow", body.clone()).await.expect(200);
    assert_eq!((&done.body["succeeded"], &done.body["failed"]), (&json!(MANY), &json!(0)));
    let again = office.operator.post_keyed("/v1/tickets/bulk-changes", "snow", body).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &done.body));
    for ticket in office.rows("/v1/tickets?limit=200").await {
        assert_eq!((&ticket["tags"], &ticket["message_count"]), (&json!(["snow"]), &json!(2)), "{ticket}");
    }
    office.deployment.stop().await;
}

/// Drafts so many notices by mail and has another person approve them; their paths.
async fn approved_notices(office: &PostOffice, count: usize) -> Vec<String> {
    let grace = office.deployment.person(&office.operator, "grace@desk.example", json!({"name": "Grace", "roles": ["admin"]})).await;
    let mut paths = Vec::new();
    for number in 0..count {
        let notice = json!({
            "payload": {"kind": "general", "subject": "Holidays", "text": "We are closed."},
            "recipients": [{"address": format!("n{number}@plating.example")}],
        });
        let path = format!("/v1/notices/{}", office.operator.post("/v1/notices", notice).await.expect(201).id());
        let _ = step(&grace, &path, "approve", json!({})).await;
        paths.push(path);
    }
    paths
}

#[tokio::test]
async fn a_power_cut_while_notices_go_out_sends_each_and_none_as_two() {
    const NOTICES: usize = 16;
    let mut office = PostOffice::embedded().await;
    let paths = approved_notices(&office, NOTICES).await;
    for path in &paths {
        let _ = step(&office.operator, path, "send", json!({})).await;
    }
    for cut in 1..=3 {
        tokio::time::sleep(Duration::from_millis(40 * cut)).await;
        office.deployment.kill_and_restart("everything").await;
    }
    // What was being sent when the power went is left alone for ten minutes.
    office.deployment.set_time(&office.operator, "2026-03-02T15:15:00Z").await;
    assert_eq!(office.taken(NOTICES).await.len(), NOTICES);
    let queued = office.rows("/v1/outgoing-mails?filter[kind]=notice&limit=200").await;
    let addressed: BTreeSet<&str> = queued.iter().map(|mail| mail["recipients"][0].as_str().unwrap()).collect();
    assert_eq!((queued.len(), addressed.len()), (NOTICES, NOTICES), "each is one mail");
    assert_eq!(all_told(&office, "notice.sent", NOTICES).await, [1; NOTICES]);
    office.deployment.stop().await;
}

/// Offers tickets to somebody who will not answer, and windows to customers who will not either; how many of each fall due by Thursday.
async fn undecided(office: &PostOffice) {
    let ada = &office.operator;
    let window = |start: &str, end: &str| json!({"start_at": start, "end_at": end});
    for id in tickets(ada, FEW).await {
        let path = format!("/v1/tickets/{id}");
        let _ = step(ada, &path, "assign", json!({"assignee_id": kernel::id::new_uuid()})).await;
        let _ = step(ada, &path, "transfer", json!({"reason": "You know them.", "to_agent_ids": [kernel::id::new_uuid()]})).await;
        let wish = json!({
            "ticket_id": id, "kind": "reschedule", "reason": "The gate is closed.", "service_stop_ref": {"type": "occurrence", "id": id},
            "original_window": window("2026-03-12T14:00:00Z", "2026-03-12T18:00:00Z"),
            "requested_window": window("2026-03-13T14:00:00Z", "2026-03-13T18:00:00Z"),
        });
        let asked = format!("/v1/scheduling-requests/{}", ada.post("/v1/scheduling-requests", wish).await.expect(201).id());
        let _ = step(ada, &asked, "counter", json!({"window": window("2026-03-14T14:00:00Z", "2026-03-14T18:00:00Z")})).await;
    }
}

#[tokio::test]
async fn a_replica_takes_over_from_one_that_was_killed_and_nothing_is_done_twice() {
    let mut office = PostOffice::split().await;
    office.deployment.replicate("tickets").await;
    undecided(&office).await;
    for path in approved_notices(&office, FEW).await {
        let _ = step(&office.operator, &path, "send", json!({})).await;
    }
    // Both begin; the one that the gateway knows dies with whatever leases it holds.
    office.deployment.set_time(&office.operator, "2026-03-05T15:00:00Z").await;
    let url = office.deployment.kill("tickets");
    let expected = ["transfer.expired", "scheduling_request.expired", "notice.sent"];
    let mut times = BTreeMap::new();
    for event in expected {
        times.insert(event, all_told(&office, event, FEW).await);
    }
    office.deployment.revive("tickets", &url).await;
    // Time in which the revived one would do again what the other has done.
    tokio::time::sleep(Duration::from_secs(3)).await;
    for event in expected {
        assert_eq!((&times[event], &all_told(&office, event, FEW).await), (&vec![1; FEW], &vec![1; FEW]), "{event}");
    }
    let sent = office.taken(FEW).await;
    assert!(sent.len() >= FEW, "{sent:?}");
    office.deployment.stop().await;
}
