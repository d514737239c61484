//! Surveys: who is asked and when, what an answer may do, and what follows a bad one.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use super::world::World;

/// A desk with a mailbox, at nine in the morning of a Monday in Chicago.
async fn desk() -> World {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
    world
}

/// A ticket that a person has answered and resolved.
async fn resolved(world: &World, email: &str) -> Uuid {
    let requester = json!({"kind": "customer", "name": "Cleo <b>", "email": email});
    let id = world.ticket(json!({"requester": requester})).await.id();
    resolve(world, id).await;
    id
}

async fn resolve(world: &World, id: Uuid) {
    let _ = world.reply(id, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
}

async fn surveys(world: &World, ticket: Uuid) -> Vec<Value> {
    world.ada.get(&format!("/v1/surveys?filter[ticket_id]={ticket}&sort=id")).await.expect(200).rows().to_vec()
}

async fn mails(world: &World) -> Vec<Value> {
    world.ada.get("/v1/outgoing-mails?filter[kind]=survey").await.expect(200).rows().to_vec()
}

/// Lets half an hour pass, and gives the path of the form that was mailed last.
async fn link(world: &World, instant: &str) -> String {
    world.app.set_time(instant);
    world.app.work().await;
    let mail = mails(world).await.last().cloned().expect("a survey was mailed");
    let raw = world.ada.get(&format!("/v1/outgoing-mails/{}/raw", mail["id"].as_str().unwrap())).await.expect(200);
    let raw = String::from_utf8(raw.bytes).unwrap().replace("=\r\n", "");
    let start = raw.find("/v1/public/surveys/").unwrap_or_else(|| panic!("{raw}"));
    raw[start..].split_whitespace().next().unwrap().to_owned()
}

async fn browse(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::GET, path).header("accept", "text/html,*/*")).await
}

async fn submit(client: &Client, path: &str, form: &str) -> Answer {
    let request = client.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    client.send(request.body(form.to_owned())).await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.clone()).unwrap()
}

#[actix_web::test]
async fn half_an_hour_after_a_person_resolved_a_ticket_its_customer_is_asked_by_automatic_mail() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let scheduled = &surveys(&world, id).await[0];
    assert_eq!((&scheduled["state"], &scheduled["send_at"]), (&json!("scheduled"), &json!("2026-03-02T15:30:00Z")));
    world.app.set_time("2026-03-02T15:29:59Z");
    world.app.work().await;
    assert!(mails(&world).await.is_empty());
    let _ = link(&world, "2026-03-02T15:30:00Z").await;
    let sent = &surveys(&world, id).await[0];
    assert_eq!((&sent["state"], &sent["expires_at"]), (&json!("sent"), &json!("2026-03-16T15:30:00Z")));
    assert!(sent.as_object().unwrap().values().all(|value| value != "token_hash"));
    let mail = &mails(&world).await[0];
    assert_eq!(mail["return_path"], "", "nothing answers a mail without a sender");
    let raw = text(&world.ada.get(&format!("/v1/outgoing-mails/{}/raw", mail["id"].as_str().unwrap())).await.expect(200));
    for marked in ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-Loop-Id: ", "To: cleo@acme.test"] {
        assert!(raw.contains(marked), "{marked} in {raw}");
    }
    assert_eq!(world.current(id).await.text("/status"), "resolved", "asking changes nothing");
    world.stop().await;
}

#[actix_web::test]
async fn nobody_is_asked_whom_nobody_wrote_to_or_who_shall_not_be_asked() {
    let world = desk().await;
    let unanswered = world.ticket(json!({"requester": {"kind": "customer", "email": "a@acme.test"}})).await.id();
    let done = json!({"code": "answered", "no_reply_needed_reason": "a duplicate"});
    let _ = world.act(unanswered, "resolve", done).await.expect(200);
    let colleague = world.ticket(json!({"requester": {"kind": "internal", "email": "b@us.test"}})).await.id();
    resolve(&world, colleague).await;
    let opted_out = world.ticket(json!({"requester": {"kind": "customer", "email": "c@acme.test"}})).await.id();
    let patched = world.patch(opted_out, json!({"survey_opt_out": "asked us not to"})).await;
    assert_eq!(patched.text("/survey_opt_out"), "asked us not to");
    resolve(&world, opted_out).await;
    let robot = world.app.client(&Persona::new("Robot", platform::caller::ActorKind::Key, "*:*"));
    let by_robot = world.ticket(json!({"requester": {"kind": "customer", "email": "d@acme.test"}})).await.id();
    let _ = world.reply(by_robot, None).await;
    let etag = world.current(by_robot).await.etag();
    let _ = robot.act(&format!("/v1/tickets/{by_robot}/resolve"), &etag, json!({"code": "answered"})).await.expect(200);
    for ticket in [unanswered, colleague, opted_out, by_robot] {
        assert!(surveys(&world, ticket).await.is_empty());
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_reopened_first_is_not_asked_about_and_a_contact_once_a_week() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let _ = world.act(id, "reopen", json!({"reason": "forgot something"})).await.expect(200);
    let cancelled = &surveys(&world, id).await[0];
    assert_eq!((&cancelled["state"], &cancelled["cancelled_because"]), (&json!("cancelled"), &json!("reopened")));
    let _ = world.act(id, "resolve", json!({"code": "answered"})).await.expect(200);
    let again = surveys(&world, id).await;
    assert_eq!((again.len(), &again[1]["cycle"], &again[1]["state"]), (2, &json!(2), &json!("scheduled")));
    let other = resolved(&world, "CLEO@acme.test").await;
    assert!(surveys(&world, other).await.is_empty(), "she is about to be asked about the other ticket");
    let _ = link(&world, "2026-03-02T15:30:00Z").await;
    world.app.set_time("2026-03-09T15:29:59Z");
    let early = resolved(&world, "cleo@acme.test").await;
    assert!(surveys(&world, early).await.is_empty());
    world.app.set_time("2026-03-09T15:30:00Z");
    let late = resolved(&world, "cleo@acme.test").await;
    assert_eq!(surveys(&world, late).await.len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn looking_at_the_form_records_nothing_and_the_form_needs_neither_login_nor_script() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let path = link(&world, "2026-03-02T15:30:00Z").await;
    let anyone = world.app.anonymous();
    let page = browse(&anyone, &path).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let html = text(&page);
    assert!(html.contains("<form method=\"post\">") && html.contains("<legend>") && !html.contains("<script"));
    let head = anyone.send(anyone.request(Method::HEAD, &path)).await.expect(200);
    assert!(head.bytes.is_empty());
    let data = anyone.send(anyone.request(Method::GET, &path).header("accept", "application/json")).await.expect(200);
    assert_eq!((data.text("/open"), data.text("/score")), ("true".to_owned(), "null".to_owned()));
    let survey = &surveys(&world, id).await[0];
    assert_eq!((&survey["state"], &survey["version"]), (&json!("sent"), &json!(2)));
    assert!(world.ada.get("/v1/survey-responses").await.expect(200).rows().is_empty());
    let unknown = "/v1/public/surveys/abc";
    anyone.get(unknown).await.expect_problem(404, "not_found");
    assert!(text(&browse(&anyone, unknown).await.expect(404)).contains("leads to no survey"));
    world.stop().await;
}

#[actix_web::test]
async fn an_answer_is_recorded_once_and_may_be_changed_for_a_day() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let path = link(&world, "2026-03-02T15:30:00Z").await;
    let anyone = world.app.anonymous();
    let refused = submit(&anyone, &path, "comment=%3Cscript%3E").await.expect(422);
    assert!(text(&refused).contains("role=\"alert\"") && !text(&refused).contains("<script"));
    anyone.post(&path, json!({"score": 6})).await.expect_problem(422, "validation_failed");
    let thanked = submit(&anyone, &path, "score=4&comment=%3Cb%3EFine").await.expect(200);
    assert!(text(&thanked).contains("Thank you"));
    let _ = submit(&anyone, &path, "score=4&comment=%3Cb%3EFine").await.expect(200);
    let form = text(&browse(&anyone, &path).await.expect(200));
    assert!(form.contains("value=\"4\" required checked") && form.contains("&lt;b&gt;Fine"));
    world.app.set_time("2026-03-03T15:30:00Z");
    let changed = anyone.post(&path, json!({"score": 5})).await.expect(200);
    assert_eq!(changed.text("/score"), "5");
    let responses = world.ada.get(&format!("/v1/survey-responses?filter[ticket_id]={id}")).await.expect(200);
    let response = &responses.rows()[0];
    assert_eq!((&response["score"], &response["comment"]), (&json!(5), &Value::Null));
    let before = json!([{"score": 4, "comment": "<b>Fine", "at": "2026-03-02T15:30:00Z"}]);
    assert_eq!((response["history"].clone(), responses.rows().len()), (before, 1));
    world.app.set_time("2026-03-03T15:30:01Z");
    anyone.post(&path, json!({"score": 1})).await.expect_problem(409, "survey_closed");
    assert!(text(&submit(&anyone, &path, "score=1").await.expect(409)).contains("cannot be changed"));
    assert_eq!(world.current(id).await.text("/status"), "resolved");
    world.stop().await;
}

#[actix_web::test]
async fn a_survey_ends_after_two_weeks_whether_or_not_a_worker_has_noticed() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let path = link(&world, "2026-03-02T15:30:00Z").await;
    let anyone = world.app.anonymous();
    world.app.set_time("2026-03-16T15:30:00Z");
    anyone.post(&path, json!({"score": 5})).await.expect_problem(410, "survey_expired");
    assert!(text(&browse(&anyone, &path).await.expect(410)).contains("has ended"));
    world.app.work().await;
    assert_eq!(surveys(&world, id).await[0]["state"], "expired");
    anyone.get(&path).await.expect_problem(410, "survey_expired");
    world.stop().await;
}

#[actix_web::test]
async fn a_bad_answer_reopens_the_ticket_and_only_a_person_s_word_to_the_respondent_keeps_the_promise() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let path = link(&world, "2026-03-02T15:30:00Z").await;
    let anyone = world.app.anonymous();
    let _ = anyone.post(&path, json!({"score": 2, "comment": "Still leaking"})).await.expect(200);
    let reopened = world.current(id).await;
    assert_eq!((reopened.text("/status"), reopened.text("/status_reason")), ("open".into(), "negative_csat".into()));
    let promise = world.promise(id, "csat_followup").await;
    assert_eq!((&promise["state"], &promise["due_at"]), (&json!("running"), &json!("2026-03-02T16:30:00Z")));
    assert_eq!(promise["subject"]["type"], "survey");
    let word = async || world.app.events().await.iter().filter(|event| *event == "notification.left").count();
    assert_eq!(word().await, 1, "nobody works on it: triage is told");
    world.app.set_time("2026-03-02T15:40:00Z");
    let _ = anyone.post(&path, json!({"score": 1})).await.expect(200);
    let messages = format!("/v1/tickets/{id}/messages");
    let inbound = json!({"direction": "inbound", "answered": true, "contact_made": true});
    let earlier = json!({"direction": "outbound", "contact_made": true});
    for message in [
        json!({"kind": "internal_note", "body": "I will call them soon."}),
        json!({"kind": "call", "body": "They called us.", "call": inbound}),
        json!({"kind": "call", "body": "Called before they answered.", "call": earlier, "occurred_at": "2026-03-02T15:20:00Z"}),
        json!({"kind": "call", "body": "Nobody there.", "call": {"direction": "outbound", "contact_made": false}}),
    ] {
        let _ = world.ada.post(&messages, message).await.expect(201);
        assert_eq!(world.promise(id, "csat_followup").await["state"], "running");
    }
    let called = json!({"kind": "call", "body": "We talked.", "call": earlier});
    let called = world.ada.post(&messages, called).await.expect(201);
    let kept = world.promise(id, "csat_followup").await;
    assert_eq!((&kept["state"], kept["satisfied_by_message_id"].clone()), (&json!("met"), called.body["message"]["id"].clone()));
    let _ = world.act(id, "resolve", json!({"code": "answered"})).await.expect(200);
    assert_eq!(surveys(&world, id).await.len(), 1, "she was asked this week");
    world.stop().await;
}

#[actix_web::test]
async fn another_person_s_mail_does_not_follow_up() {
    let world = desk().await;
    let id = resolved(&world, "cleo@acme.test").await;
    let path = link(&world, "2026-03-02T15:30:00Z").await;
    let _ = world.app.anonymous().post(&path, json!({"score": 1})).await.expect(200);
    let _ = world.patch(id, json!({"requester": {"kind": "customer", "email": "boss@acme.test"}})).await;
    world.app.set_time("2026-03-02T15:35:00Z");
    let _ = world.reply(id, None).await;
    assert_eq!(world.promise(id, "csat_followup").await["state"], "running");
    let _ = world.patch(id, json!({"participants": [{"email": "cleo@acme.test", "role": "cc"}]})).await;
    let _ = world.reply(id, None).await;
    assert_eq!(world.promise(id, "csat_followup").await["state"], "met");
    world.stop().await;
}

#[actix_web::test]
async fn the_figures_are_the_same_in_both_formats_and_lead_to_their_answers() {
    let world = desk().await;
    let chicago = kernel::id::new_uuid();
    for (email, score) in [("a@acme.test", Some(5)), ("b@acme.test", Some(2)), ("c@acme.test", None)] {
        let id = world.ticket(json!({"branch_id": chicago, "requester": {"kind": "customer", "email": email}})).await.id();
        resolve(&world, id).await;
        let now = world.app.clock.now() + chrono::TimeDelta::minutes(30);
        let path = link(&world, &now.to_rfc3339()).await;
        if let Some(score) = score {
            let _ = world.app.anonymous().post(&path, json!({"score": score})).await.expect(200);
        }
    }
    let report = world.ada.get("/v1/reports/csat?from=2026-03-01T00:00:00Z&group_by=branch").await.expect(200);
    let row = &report.rows()[0];
    assert_eq!((&row["key"], &row["sent"], &row["answered"]), (&json!(chicago), &json!(3), &json!(2)));
    assert_eq!((&row["average_score"], &row["response_percent"]), (&json!("3.50"), &json!("66.67")));
    assert_eq!((&row["satisfied_percent"], &row["score_2"]), (&json!("50.00"), &json!(1)));
    let traced = world.ada.get(row["responses"].as_str().unwrap()).await.expect(200);
    assert_eq!(traced.rows().len(), 2);
    let path = "/v1/reports/csat?from=2026-03-01T00:00:00Z&group_by=branch";
    let csv = world.ada.send(world.ada.request(Method::GET, path).header("accept", "text/csv")).await.expect(200);
    let csv = text(&csv);
    let (header, line) = csv.trim_end().split_once("\r\n").unwrap();
    for (column, cell) in header.split(',').zip(line.split(',')) {
        let value = row[column].as_str().map_or_else(|| row[column].to_string().replace("null", ""), str::to_owned);
        assert_eq!(value, cell, "{column}");
    }
    let elsewhere = world.app.client(&Persona::of_branches(&[kernel::id::new_uuid()]));
    assert_eq!(elsewhere.get("/v1/reports/csat").await.expect(200).text("/data/0/sent"), "0");
    assert!(elsewhere.get("/v1/survey-responses").await.expect(200).rows().is_empty());
    let cleo = world.app.client(&Persona::customer(&[kernel::id::new_uuid()], "*:*"));
    assert!(cleo.get("/v1/surveys").await.expect(200).rows().is_empty());
    world.stop().await;
}
