//! Replies that come back: the promise they kept is owed again once they have reached nobody.

use serde_json::{Value, json};

use super::desk::{Desk, mail};

/// A report that one recipient of a mail failed for good.
pub(super) fn failure(number: usize, original: &str, address: &str) -> String {
    let head = format!(
        "Return-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nSorry {number}\r\n\
         --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; acme.test\r\n\r\nFinal-Recipient: rfc822; {address}\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{original}>\r\n\r\nHi\r\n--x--"
    );
    mail(&format!("b{number}@acme.test"), "mailer-daemon@acme.test", &head, "")
}

/// A ticket that came by mail and was answered: its path, and that of the queued answer.
pub(super) async fn answered(desk: &Desk) -> (String, String) {
    let head = "Cc: Bob <bob@else.test>\r\nSubject: Lift";
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", head, "It is stuck.")).await;
    let ticket = format!("/v1/tickets/{}", first["ticket_id"].as_str().unwrap());
    let reply = json!({ "kind": "public_reply", "body": "We come today." });
    let _ = desk.client.post(&format!("{ticket}/messages"), reply).await.expect(201);
    desk.app.work().await;
    let queue = desk.client.get("/v1/outgoing-mails?filter[kind]=reply").await.expect(200);
    (ticket, format!("/v1/outgoing-mails/{}", queue.text("/data/0/id")))
}

pub(crate) async fn first_response(desk: &Desk, ticket: &str) -> Value {
    let promises = desk.client.get(&format!("{ticket}/obligations")).await.expect(200);
    promises.rows().iter().find(|row| row["kind"] == "first_response").unwrap()["state"].clone()
}

async fn report(desk: &Desk, mail: &str, outcome: &str) -> Value {
    let tag = desk.client.get(mail).await.expect(200).etag();
    desk.client.act(&format!("{mail}/report"), &tag, json!({ "outcome": outcome })).await.expect(200).body
}

#[actix_web::test]
async fn a_reply_that_came_back_from_everyone_leaves_the_promise_owed() {
    let desk = Desk::start().await;
    let (ticket, path) = answered(&desk).await;
    let _ = report(&desk, &path, "sent").await;
    let raw = desk.client.get(&format!("{path}/raw")).await.expect(200).bytes;
    let original = crate::intake::mime::read(&raw).message_id.unwrap();
    assert_eq!(first_response(&desk, &ticket).await, "met");
    let _ = desk.created("help@us.test", &failure(1, &original, "jane@acme.test")).await;
    let half = desk.client.get(&path).await.expect(200);
    assert_eq!((half.text("/state"), &half.body["failed_recipients"]), ("sent".into(), &json!(["jane@acme.test"])));
    assert_eq!(first_response(&desk, &ticket).await, "met");
    let before = desk.client.get(&ticket).await.expect(200);
    assert_eq!(before.text("/first_contact_at"), before.text("/last_public_reply_at"));
    let _ = desk.created("help@us.test", &failure(2, &original, "BOB@else.test")).await;
    assert_eq!(desk.client.get(&path).await.expect(200).text("/state"), "bounced");
    assert_eq!(first_response(&desk, &ticket).await, "running");
    let after = desk.client.get(&ticket).await.expect(200);
    assert_eq!((after.text("/last_public_reply_at"), after.text("/status")), ("null".into(), before.text("/status")));
    assert_eq!(after.text("/first_contact_at"), "null");
    // The same news again changes nothing.
    let _ = desk.created("help@us.test", &failure(3, &original, "bob@else.test")).await;
    assert_eq!(first_response(&desk, &ticket).await, "running");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_reply_that_no_server_takes_leaves_the_promise_owed() {
    let desk = Desk::start().await;
    let (ticket, path) = answered(&desk).await;
    assert_eq!(first_response(&desk, &ticket).await, "met");
    desk.app.set_time("2026-03-02T18:00:00Z");
    assert_eq!(report(&desk, &path, "failed").await["state"], "failed");
    assert_eq!(first_response(&desk, &ticket).await, "missed_open");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_late_report_about_a_deleted_ticket_is_taken() {
    let desk = Desk::start().await;
    let (ticket, path) = answered(&desk).await;
    let tag = desk.client.get(&ticket).await.expect(200).etag();
    let _ = desk.client.delete(&ticket, &tag).await.expect(204);
    assert_eq!(report(&desk, &path, "failed").await["state"], "failed");
    desk.app.stop().await;
}
