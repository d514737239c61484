//! How notices fare: taken by mail servers, arrived, come back, answered, or forgotten.

use kernel::id::new_uuid;
use serde_json::{Value, json};

use super::desk::{Desk, general};

/// The queued mails of notices, the oldest first.
async fn mails(desk: &Desk) -> Vec<Value> {
    desk.world.ada.get("/v1/outgoing-mails?filter[kind]=notice").await.expect(200).rows().to_vec()
}

async fn report(desk: &Desk, mail: &Value, outcome: &str) {
    let path = format!("/v1/outgoing-mails/{}", mail["id"].as_str().unwrap());
    let etag = desk.world.ada.get(&path).await.expect(200).etag();
    let _ = desk.world.ada.act(&format!("{path}/report"), &etag, json!({"outcome": outcome})).await.expect(200);
}

/// A server's report about a mail of ours reaches the desk.
async fn report_by_mail(desk: &Desk, mail: &Value, (action, status): (&str, &str)) -> Value {
    let raw = desk.world.ada.get(&format!("/v1/outgoing-mails/{}/raw", mail["id"].as_str().unwrap())).await.expect(200).bytes;
    let original = crate::intake::mime::read(&raw).message_id.unwrap();
    let address = mail["recipients"][0].as_str().unwrap();
    let raw = format!(
        "From: mailer-daemon@acme.test\r\nTo: help@us.test\r\nMessage-ID: <{action}-{original}>\r\nReturn-Path: <>\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nWord.\r\n--x\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; acme.test\r\n\r\nFinal-Recipient: rfc822; {address}\r\n\
         Action: {action}\r\nStatus: {status}\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{original}>\r\n\r\nHi\r\n--x--"
    );
    let request = desk.world.ada.request(reqwest::Method::POST, "/v1/intake/email?recipient=help@us.test");
    desk.world.ada.send(request.header("content-type", "message/rfc822").body(raw)).await.expect(201).body
}

#[actix_web::test]
async fn each_recipient_gets_a_mail_of_the_approved_text_and_fares_by_itself() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let recipients = json!([{"address": "a@acme.test"}, {"address": "b@acme.test"}, {"channel": "letter", "address": "1 Dock Street"}]);
    let id = desk.sent(desk.pricing(json!({"recipients": recipients}))).await;
    let states = async || {
        let proof = desk.proof(id).await.body;
        proof["recipients"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["queued", "queued", "sent"]);
    assert_eq!((desk.promise(id, "notice_lead_time").await, desk.promise(id, "notice_ack").await), ("met".into(), "running".into()));
    let queued = mails(&desk).await;
    let raw = desk.world.ada.get(&format!("/v1/outgoing-mails/{}/raw", queued[0]["id"].as_str().unwrap())).await.expect(200).bytes;
    let mail = crate::intake::mime::read(&raw);
    assert_eq!(mail.text.trim().replace("\r\n", "\n"), desk.read(id).await.text("/text/body"));
    assert_eq!(queued[0]["notice_id"], id.to_string());
    report(&desk, &queued[0], "sent").await;
    report(&desk, &queued[1], "failed").await;
    let mut now = states().await;
    now.sort();
    assert_eq!((now, desk.read(id).await.text("/state")), (["failed", "sent", "sent"].map(str::to_owned).to_vec(), "sent".into()));
    let taken = report_by_mail(&desk, &queued[0], ("delivered", "2.0.0")).await;
    assert_eq!((&taken["outcome"], &taken["reason"]), (&json!("suppressed"), &json!("notice_report")), "no ticket is opened");
    let proof = desk.proof(id).await;
    assert_eq!((proof.text("/state"), proof.text("/delivered_on")), ("delivered".into(), "2026-02-20".into()));
    desk.stop().await;
}

#[actix_web::test]
async fn a_notice_that_reached_nobody_is_owed_again_and_drafted_anew() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let id = desk.sent(desk.pricing(json!({}))).await;
    let mail = mails(&desk).await.remove(0);
    report(&desk, &mail, "sent").await;
    desk.step(&desk.world.ada, id, "withdraw", json!({"reason": "x"})).await.expect_problem(409, "illegal_transition");
    let revise = format!("/v1/notices/{id}/revise");
    desk.world.ada.post(&revise, json!({})).await.expect_problem(409, "not_bounced");
    let _ = report_by_mail(&desk, &mail, ("failed", "5.1.1")).await;
    let proof = desk.proof(id).await;
    assert_eq!((proof.text("/state"), &proof.body["in_time"]), ("bounced".into(), &Value::Null), "no proof");
    assert_eq!(desk.world.app.events().await.iter().filter(|event| *event == "notification.left").count(), 1, "its sender is told");
    assert_eq!((desk.promise(id, "notice_lead_time").await, desk.promise(id, "notice_ack").await), ("running".into(), "cancelled".into()));
    let anew = json!({"recipients": [{"address": "office@acme.test"}]});
    let draft = desk.world.ada.post(&revise, anew.clone()).await.expect(201);
    assert_eq!((&draft.body["revision"], draft.text("/state"), draft.text("/revises_id")), (&json!(2), "draft".into(), id.to_string()));
    assert_eq!((draft.text("/change_set_ref"), &draft.body["text"]), ("cs-1".into(), &Value::Null));
    desk.world.ada.post(&revise, anew).await.expect_problem(409, "already_revised");
    assert_eq!(desk.promise(id, "notice_lead_time").await, "cancelled", "it goes on with the revision");
    assert_eq!(desk.promise(draft.id(), "notice_lead_time").await, "running");
    let _ = desk.step(&desk.grace, draft.id(), "approve", json!({})).await.expect(200);
    let _ = desk.step(&desk.world.ada, draft.id(), "send", json!({})).await.expect(200);
    assert_eq!(desk.promise(draft.id(), "notice_lead_time").await, "met");
    desk.stop().await;
}

#[actix_web::test]
async fn a_letter_is_reported_by_people() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let id = desk.sent(desk.pricing(json!({"recipients": [{"channel": "letter", "address": "1 Dock Street"}]}))).await;
    let recipient = desk.read(id).await.text("/recipients/0/id");
    desk.world.app.set_time("2026-02-24T16:00:00Z");
    let deliver = |outcome: &str, at: Option<&str>| json!({"recipient_id": recipient, "outcome": outcome, "at": at});
    let refused =
        [deliver("queued", None), deliver("delivered", Some("2026-02-19T16:00:00Z")), deliver("delivered", Some("2026-02-25T16:00:00Z"))];
    for body in refused {
        desk.step(&desk.world.ada, id, "deliveries", body).await.expect_problem(422, "validation_failed");
    }
    let nobody = json!({"recipient_id": new_uuid(), "outcome": "delivered"});
    desk.step(&desk.world.ada, id, "deliveries", nobody).await.expect_problem(422, "validation_failed");
    let delivered = desk.step(&desk.world.ada, id, "deliveries", deliver("delivered", Some("2026-02-23T10:00:00Z"))).await.expect(200);
    assert_eq!((delivered.text("/state"), delivered.text("/delivered_at")), ("delivered".into(), "2026-02-23T10:00:00Z".into()));
    let answer = json!({"by": "Cleo", "method": "phone", "at": "2026-02-24T09:00:00Z"});
    let acknowledged = desk.step(&desk.world.ada, id, "acknowledge", answer).await.expect(200);
    assert_eq!((acknowledged.text("/state"), acknowledged.text("/answer/method")), ("acknowledged".into(), "phone".into()));
    assert_eq!(desk.promise(id, "notice_ack").await, "met");
    desk.step(&desk.world.ada, id, "refuse", json!({"by": "Cleo", "method": "phone"})).await.expect_problem(409, "illegal_transition");
    desk.stop().await;
}

#[actix_web::test]
async fn a_notice_expires_by_the_clock_and_is_told_once() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let mut body = general(desk.account);
    body["expires_on"] = json!("2026-02-22");
    let id = desk.sent(body).await;
    desk.world.app.set_time("2026-02-23T05:59:59Z");
    assert_eq!(desk.read(id).await.text("/state"), "sent");
    desk.world.app.set_time("2026-02-23T06:00:00Z");
    assert_eq!(desk.read(id).await.text("/state"), "expired");
    desk.step(&desk.world.ada, id, "acknowledge", json!({"by": "Cleo", "method": "phone"})).await.expect_problem(409, "illegal_transition");
    desk.world.app.work().await;
    desk.world.app.work().await;
    assert_eq!(desk.world.app.events().await.iter().filter(|event| *event == "notice.expired").count(), 1);
    assert_eq!(desk.promise(id, "notice_ack").await, "cancelled");
    desk.stop().await;
}

#[actix_web::test]
async fn without_a_mailbox_no_mail_is_sent() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let boxes = desk.world.ada.get("/v1/mailboxes").await.expect(200);
    let path = format!("/v1/mailboxes/{}", boxes.text("/data/0/id"));
    let etag = desk.world.ada.get(&path).await.expect(200).etag();
    let _ = desk.world.ada.patch(&path, &etag, json!({"active": false})).await.expect(200);
    let id = desk.approved(general(desk.account)).await;
    desk.step(&desk.world.ada, id, "send", json!({})).await.expect_problem(409, "no_mailbox");
    assert_eq!(desk.read(id).await.text("/state"), "approved");
    desk.stop().await;
}
