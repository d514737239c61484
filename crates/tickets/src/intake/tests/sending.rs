//! Mail sent to a real server: what it takes, what it refuses for good or for now, and what that means for promises.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{NoPeers, Smtp};

use super::bounces::{answered, failure, first_response};
use super::desk::{Desk, mail};

async fn connected() -> (Smtp, Desk) {
    let smtp = Smtp::start().await;
    let settings = [("LIAISON_SMTP_URL", smtp.url.as_str()), ("LIAISON_SMTP_TIMEOUT_S", "1")];
    let app = testkit::App::configured(crate::service(), Arc::new(NoPeers), &settings).await;
    (smtp, Desk::on(app).await)
}

async fn state(desk: &Desk, path: &str) -> (Value, Vec<Value>) {
    let mail = desk.client.get(path).await.expect(200).body;
    let each = mail["deliveries"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    (mail["state"].clone(), each)
}

#[actix_web::test]
async fn an_acknowledgement_and_a_reply_go_out_with_their_headers() {
    let (smtp, desk) = connected().await;
    let head = "References: <m0@acme.test>\r\nSubject: Aufzug kaputt \u{fc}ber Nacht";
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", head, "It does not move.")).await;
    desk.app.work().await;
    let ticket = first["ticket_id"].as_str().unwrap();
    let reply = json!({ "kind": "public_reply", "body": ".A dot first.\nWe come t\u{f6}day." });
    let _ = desk.client.post(&format!("/v1/tickets/{ticket}/messages"), reply).await.expect(201);
    desk.app.work().await;
    desk.app.work().await;
    let taken = smtp.taken();
    assert_eq!(taken.len(), 2);
    let (ack, reply) = (&taken[0], &taken[1]);
    assert_eq!((ack.from.as_str(), ack.to.as_slice()), ("", ["jane@acme.test".to_owned()].as_slice()));
    for mark in ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "X-Loop-Id: "] {
        assert!(ack.raw.contains(mark) && !reply.raw.contains(mark), "{mark}");
    }
    let read = crate::intake::mime::read(reply.raw.as_bytes());
    assert_eq!((reply.from.as_str(), read.in_reply_to[0].as_str()), ("help@us.test", "m1@acme.test"));
    assert_eq!(read.references, ["m0@acme.test", "m1@acme.test"]);
    assert!(read.subject.starts_with("Re: Aufzug kaputt \u{fc}ber Nacht [#"), "{}", read.subject);
    assert!(read.text.contains(".A dot first.") && read.text.contains("We come t\u{f6}day."), "{}", read.text);
    assert!(read.reply_to[0].address.starts_with("help+t"), "{:?}", read.reply_to);
    let sent = desk.client.get("/v1/outgoing-mails?filter[state]=sent").await.expect(200);
    assert_eq!(sent.rows().len(), 2);
    desk.app.stop().await;
}

#[actix_web::test]
async fn what_is_refused_for_now_is_tried_again_for_whom_it_was_refused() {
    let (smtp, desk) = connected().await;
    smtp.answer("bob@else.test", "451 4.7.1 come back later");
    let (ticket, path) = answered(&desk).await;
    desk.app.work().await;
    assert_eq!(state(&desk, &path).await, (json!("queued"), vec![json!("sent"), json!("queued")]));
    desk.app.work().await;
    assert_eq!(smtp.taken().iter().filter(|mail| mail.to.contains(&"bob@else.test".to_owned())).count(), 0);
    desk.app.set_time("2026-03-02T15:02:00Z");
    desk.app.work().await;
    assert_eq!(state(&desk, &path).await, (json!("sent"), vec![json!("sent"), json!("sent")]));
    let replies: Vec<_> = smtp.taken().into_iter().filter(|mail| mail.raw.contains("We come today.")).collect();
    assert_eq!((replies[0].to.clone(), replies[1].to.clone()), (vec!["jane@acme.test".to_owned()], vec!["bob@else.test".to_owned()]));
    let ids: Vec<_> = replies.iter().map(|mail| crate::intake::mime::read(mail.raw.as_bytes()).message_id).collect();
    assert_eq!((replies.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(first_response(&desk, &ticket).await, "met");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_reply_refused_for_everyone_is_owed_again_until_it_goes_out_after_all() {
    let (smtp, desk) = connected().await;
    for address in ["jane@acme.test", "bob@else.test"] {
        smtp.answer(address, "550 5.1.1 no such user");
    }
    let (ticket, path) = answered_quietly(&desk).await;
    desk.app.work().await;
    assert_eq!(state(&desk, &path).await, (json!("failed"), vec![json!("failed"), json!("failed")]));
    assert_eq!(first_response(&desk, &ticket).await, "running");
    desk.app.set_time("2026-03-02T16:00:00Z");
    let tag = desk.client.get(&path).await.expect(200).etag();
    let _ = desk.client.act(&format!("{path}/report"), &tag, json!({ "outcome": "retry" })).await.expect(200);
    assert_eq!(first_response(&desk, &ticket).await, "running");
    desk.app.work().await;
    assert_eq!(state(&desk, &path).await.0, "sent");
    assert_eq!(first_response(&desk, &ticket).await, "met");
    assert_eq!(desk.client.get(&ticket).await.expect(200).text("/last_public_reply_at"), "2026-03-02T16:00:00Z");
    desk.app.stop().await;
}

/// As [`answered`], with no acknowledgement in between that would use up the server's answers.
async fn answered_quietly(desk: &Desk) -> (String, String) {
    let listed = desk.client.get("/v1/mailboxes?filter[address]=help@us.test").await.expect(200);
    let path = format!("/v1/mailboxes/{}", listed.text("/data/0/id"));
    let tag = desk.client.get(&path).await.expect(200).etag();
    let _ = desk.client.patch(&path, &tag, json!({ "acknowledges": false })).await.expect(200);
    answered(desk).await
}

#[actix_web::test]
async fn addresses_that_servers_refuse_three_times_get_no_automatic_mail() {
    let (smtp, desk) = connected().await;
    for number in 0..3 {
        smtp.answer("jane@acme.test", "550 5.1.1 no such user");
        desk.app.set_time(&format!("2026-03-02T1{}:00:00Z", 5 + number));
        let _ = desk.created("help@us.test", &mail(&format!("m{number}@acme.test"), "jane@acme.test", "Subject: x", "Hi.")).await;
        desk.app.work().await;
    }
    desk.app.set_time("2026-03-02T19:00:00Z");
    let next = desk.created("help@us.test", &mail("m9@acme.test", "jane@acme.test", "Subject: nine", "Nine.")).await;
    assert_eq!(next["silences"], json!(["address_suppressed"]));
    desk.app.stop().await;
}

#[actix_web::test]
async fn content_refused_for_good_fails_and_says_why_without_blaming_the_address() {
    let (smtp, desk) = connected().await;
    smtp.answer("DATA", "554 5.7.1 looks like spam");
    let (ticket, path) = answered_quietly(&desk).await;
    desk.app.work().await;
    let mail = desk.client.get(&path).await.expect(200);
    assert_eq!((mail.text("/state"), mail.text("/attempts")), ("failed".into(), "1".into()));
    assert!(mail.text("/error").contains("looks like spam"), "{}", mail.body);
    assert_eq!(first_response(&desk, &ticket).await, "running");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_server_that_falls_silent_gets_the_mail_again_under_the_same_id() {
    let (smtp, desk) = connected().await;
    smtp.fall_silent_once();
    let (_, path) = answered_quietly(&desk).await;
    desk.app.work().await;
    assert_eq!(state(&desk, &path).await.0, "queued");
    desk.app.set_time("2026-03-02T15:05:00Z");
    desk.app.work().await;
    let ids: Vec<_> = smtp.taken().iter().map(|mail| crate::intake::mime::read(mail.raw.as_bytes()).message_id).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(state(&desk, &path).await.0, "sent");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_report_of_arrival_makes_it_delivered_and_a_bounce_after_sending_owes_the_promise() {
    let (smtp, desk) = connected().await;
    let (ticket, path) = answered_quietly(&desk).await;
    desk.app.work().await;
    let id = crate::intake::mime::read(smtp.taken()[0].raw.as_bytes()).message_id.unwrap();
    let arrived = failure(1, &id, "jane@acme.test").replace("Action: failed\r\nStatus: 5.1.1", "Action: delivered\r\nStatus: 2.0.0");
    let _ = desk.created("help@us.test", &arrived).await;
    assert_eq!(state(&desk, &path).await, (json!("sent"), vec![json!("delivered"), json!("sent")]));
    for (number, address) in [(2, "jane@acme.test"), (3, "bob@else.test")] {
        let _ = desk.created("help@us.test", &failure(number, &id, address)).await;
    }
    assert_eq!(state(&desk, &path).await.0, "bounced");
    assert_eq!(first_response(&desk, &ticket).await, "running");
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_id_that_a_relay_gave_our_mail_is_learned_from_its_report() {
    let (smtp, desk) = connected().await;
    let (ticket, _) = answered_quietly(&desk).await;
    desk.app.work().await;
    let ours = crate::intake::mime::read(smtp.taken()[0].raw.as_bytes());
    let reference = ours.text.lines().find(|line| line.starts_with("ref:")).unwrap().to_owned();
    // The relay renamed it and kept nothing of our id; what came back of the text names the ticket.
    let report = failure(1, "renamed@relay.test", "jane@acme.test").replace("\r\n\r\nHi\r\n", &format!("\r\n\r\nHi\r\n{reference}\r\n"));
    let bounced = desk.created("help@us.test", &report).await;
    assert_eq!(format!("/v1/tickets/{}", bounced["ticket_id"].as_str().unwrap()), ticket);
    let head = "Subject: Something else\r\nIn-Reply-To: <renamed@relay.test>";
    let answer = desk.created("help@us.test", &mail("m7@acme.test", "jane@acme.test", head, "Good.")).await;
    assert_eq!((&answer["ticket_id"], &answer["rule"]), (&bounced["ticket_id"], &json!("thread")));
    assert_eq!(answer["subject_changed"], true);
    let listed = desk.client.get(&format!("{ticket}/messages?filter[kind]=public_reply")).await.expect(200);
    assert_eq!(listed.text("/data/0/delivery/state"), "sent");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_server_that_hangs_holds_up_one_mail_and_not_the_next() {
    let (smtp, desk) = connected().await;
    smtp.hang_once();
    for number in 0..2 {
        let raw = mail(&format!("m{number}@acme.test"), &format!("p{number}@acme.test"), "Subject: x", "Hi.");
        let _ = desk.created("help@us.test", &raw).await;
    }
    desk.app.work().await;
    desk.app.work().await;
    assert_eq!(smtp.taken().iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), ["p1@acme.test"]);
    desk.app.set_time("2026-03-02T15:05:00Z");
    desk.app.work().await;
    assert_eq!(smtp.taken().len(), 2);
    desk.app.stop().await;
}
