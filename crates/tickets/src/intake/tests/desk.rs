//! Mail delivered over HTTP: what opens a ticket, what joins one, what is set aside and what is answered.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use testkit::{App, Client};
use uuid::Uuid;

use crate::attachment::entity::attachment;
use crate::intake::outgoing::model::Outgoing;
use crate::intake::outgoing::{compose, entity as outgoing, store as outbox};
use crate::message::entity as message;
use crate::ticket::entity as ticket;

pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) client: Client,
}

impl Desk {
    /// A desk with the mailboxes help@us.test and sales@us.test.
    pub(crate) async fn start() -> Self {
        Self::on(App::start(crate::service()).await).await
    }

    /// The same on an application that was started otherwise.
    pub(crate) async fn on(app: App) -> Self {
        let client = app.administrator();
        for address in ["help@us.test", "sales@us.test"] {
            let body = json!({ "address": address, "name": "Desk" });
            let _ = client.post("/v1/mailboxes", body).await.expect(201);
        }
        Self { app, client }
    }

    pub(crate) async fn deliver(&self, to: &str, raw: &[u8]) -> (u16, Value) {
        let path = format!("/v1/intake/email?recipient={}", to.replace('+', "%2B"));
        let request = self.client.request(reqwest::Method::POST, &path).header("content-type", "message/rfc822").body(raw.to_vec());
        let answer = self.client.send(request).await;
        (answer.status.as_u16(), answer.body)
    }

    pub(crate) async fn created(&self, to: &str, raw: &str) -> Value {
        let (status, body) = self.deliver(to, raw.as_bytes()).await;
        assert_eq!(status, 201, "{body}");
        body
    }

    async fn tickets(&self) -> u64 {
        ticket::Entity::find().count(self.app.db.read()).await.unwrap()
    }

    async fn messages(&self, ticket: &Value) -> Vec<message::Model> {
        let id: Uuid = ticket.as_str().unwrap().parse().unwrap();
        let mut rows = message::Entity::find().filter(message::Column::TicketId.eq(id)).all(self.app.db.read()).await.unwrap();
        rows.sort_by_key(|row| row.seq);
        rows
    }

    async fn acknowledgements(&self) -> Vec<Outgoing> {
        let rows = outgoing::Entity::find().filter(outgoing::Column::Kind.eq("acknowledgement")).all(self.app.db.read()).await.unwrap();
        rows.into_iter().map(|row| outbox::outgoing(row).unwrap()).collect()
    }
}

pub(crate) fn mail(id: &str, from: &str, head: &str, body: &str) -> String {
    format!("From: {from}\r\nTo: help@us.test\r\nMessage-ID: <{id}>\r\n{head}\r\n\r\n{body}\r\n")
}

/// The value of a field of a queued mail.
fn field(mail: &Outgoing, name: &str) -> String {
    let raw = String::from_utf8(compose::raw(mail, Vec::new()).unwrap()).unwrap();
    let unfolded = raw.replace("\r\n ", " ");
    let line = unfolded.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {raw}")).trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

#[actix_web::test]
async fn one_mail_to_two_mailboxes_is_one_ticket_one_message_and_one_acknowledgement() {
    let desk = Desk::start().await;
    let raw = mail("m1@acme.test", "Jane <jane@acme.test>", "Subject: Broken lift", "It does not move.");
    let first = desk.created("help@us.test", &raw).await;
    assert_eq!((&first["outcome"], &first["acknowledged"]), (&json!("created"), &json!(true)));
    for (to, mailboxes) in [("help@us.test", 1), ("sales@us.test", 2), ("sales@us.test", 2)] {
        let (status, again) = desk.deliver(to, raw.as_bytes()).await;
        assert_eq!((status, &again["outcome"]), (200, &json!("duplicate")));
        assert_eq!(again["ticket_id"], first["ticket_id"]);
        assert_eq!(again["mailbox_ids"].as_array().unwrap().len(), mailboxes);
    }
    assert_eq!(desk.tickets().await, 1);
    let kinds: Vec<String> = desk.messages(&first["ticket_id"]).await.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds, ["inbound", "auto_ack"]);
    let sent = desk.acknowledgements().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(field(&sent[0], "Auto-Submitted"), "auto-replied");
    assert_eq!(field(&sent[0], "In-Reply-To"), "m1@acme.test");
    desk.app.stop().await;
}

#[actix_web::test]
async fn parallel_deliveries_of_one_mail_are_one_ticket() {
    let desk = Desk::start().await;
    let raw = mail("m1@acme.test", "jane@acme.test", "Subject: Broken lift", "It does not move.");
    let deliveries = (0..8).map(|_| desk.deliver("help@us.test", raw.as_bytes()));
    let statuses: Vec<u16> = futures_util::future::join_all(deliveries).await.into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
    assert_eq!(desk.tickets().await, 1);
    desk.app.stop().await;
}

#[actix_web::test]
async fn answers_find_their_ticket_by_address_thread_and_number() {
    let desk = Desk::start().await;
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: Broken lift", "It does not move.")).await;
    let sent = desk.acknowledgements().await.remove(0);
    let reply_to = field(&sent, "Reply-To");
    let body = "At the gate.\r\n\r\nOn 2 March 2026 at 10:30, Desk <help@us.test> wrote:\r\n> Where?";
    let by_address = desk.created(&reply_to, &mail("m2@acme.test", "jane@acme.test", "Subject: something else", body)).await;
    assert_eq!((&by_address["rule"], &by_address["outcome"]), (&json!("token"), &json!("appended")));
    let head = format!("Subject: Re: Broken lift\r\nIn-Reply-To: <{}>", field(&sent, "Message-ID"));
    let by_thread = desk.created("help@us.test", &mail("m3@acme.test", "bob@acme.test", &head, "Me too.")).await;
    assert_eq!(by_thread["rule"], "thread");
    let number = field(&sent, "Subject").split("[#").nth(1).unwrap().trim_end_matches(']').to_owned();
    let by_number = desk.created("help@us.test", &mail("m4@acme.test", "bob@acme.test", &format!("Subject: [#{number}]"), "And?")).await;
    assert_eq!(by_number["rule"], "subject_tag");
    for found in [&by_address, &by_thread, &by_number] {
        assert_eq!(found["ticket_id"], first["ticket_id"]);
        assert_eq!(found["acknowledged"], false);
    }
    let messages = desk.messages(&first["ticket_id"]).await;
    assert_eq!(messages.len(), 5);
    assert_eq!(messages[2].body.trim(), "At the gate.");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_stranger_is_not_shown_to_the_customer_and_a_forwarded_thread_is_a_ticket_of_its_own() {
    let desk = Desk::start().await;
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: Broken lift", "It does not move.")).await;
    let reply_to = field(&desk.acknowledgements().await[0], "Reply-To");
    let stranger = desk.created(&reply_to, &mail("m2@else.test", "eve@else.test", "Subject: hi", "Let me in.")).await;
    assert_eq!((&stranger["ticket_id"], &stranger["reason"]), (&first["ticket_id"], &json!("stranger")));
    let last = desk.messages(&first["ticket_id"]).await.pop().unwrap();
    assert!(!last.public && last.automatic, "{last:?}");
    let head = "Subject: Fwd: Broken lift\r\nReferences: <m1@acme.test>";
    let forwarded = desk.created("help@us.test", &mail("m3@else.test", "eve@else.test", head, "See below.")).await;
    assert_eq!(forwarded["outcome"], "created");
    assert_ne!(forwarded["ticket_id"], first["ticket_id"]);
    desk.app.stop().await;
}

#[actix_web::test]
async fn another_mail_under_a_used_id_is_set_aside() {
    let desk = Desk::start().await;
    let _ = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: one", "One.")).await;
    let other = mail("m1@acme.test", "jane@acme.test", "Subject: two", "Two.");
    let second = desk.created("help@us.test", &other).await;
    assert_eq!((&second["outcome"], &second["reason"]), (&json!("quarantined"), &json!("id_reuse")));
    let (status, third) = desk.deliver("help@us.test", other.as_bytes()).await;
    assert_eq!((status, &third["record_id"]), (200, &second["record_id"]));
    let list = desk.client.get("/v1/intake/records?filter[outcome][eq]=quarantined").await.expect(200);
    assert_eq!(list.rows().len(), 1);
    let raw = desk.client.get(&format!("/v1/intake/records/{}/raw", second["record_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(raw.bytes, other.as_bytes());
    assert_eq!(desk.tickets().await, 1);
    desk.app.stop().await;
}

#[actix_web::test]
async fn machines_are_stored_and_not_answered() {
    let desk = Desk::start().await;
    let heads =
        ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <n.acme.test>", "X-Auto-Response-Suppress: All", "Return-Path: <>"];
    for (number, head) in heads.iter().enumerate() {
        let from = format!("robot{number}@acme.test");
        let stored = desk.created("help@us.test", &mail(&format!("m{number}@acme.test"), &from, head, "Hello.")).await;
        assert_eq!((&stored["outcome"], &stored["acknowledged"]), (&json!("created"), &json!(false)), "{head}");
    }
    assert!(desk.acknowledgements().await.is_empty());
    let ours = mail("own@us.test", "help@us.test", "Subject: hi", "Hello.");
    assert_eq!(desk.created("help@us.test", &ours).await["auto_class"], "own");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_loop_ends_where_it_began() {
    let desk = Desk::start().await;
    let _ = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: one", "One.")).await;
    let mark = field(&desk.acknowledgements().await[0], "X-Loop-Id");
    let back = mail("m2@acme.test", "jane@acme.test", &format!("X-Loop-Id: {mark}"), "We have received your message.");
    let looped = desk.created("help@us.test", &back).await;
    assert_eq!((&looped["outcome"], &looped["reason"]), (&json!("suppressed"), &json!("loop")));
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_bounce_goes_to_its_ticket_and_failing_addresses_are_left_alone() {
    let desk = Desk::start().await;
    let first = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: one", "One.")).await;
    let id = field(&desk.acknowledgements().await[0], "Message-ID");
    for number in 0..3 {
        let head = format!(
            "Return-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nSorry {number}\r\n\
             --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; acme.test\r\n\r\nFinal-Recipient: rfc822; jane@acme.test\r\n\
             Action: failed\r\nStatus: 5.1.1\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{id}>\r\n\r\nHi\r\n--x--"
        );
        let bounce = desk.created("help@us.test", &mail(&format!("b{number}@acme.test"), "mailer-daemon@acme.test", &head, "")).await;
        assert_eq!((&bounce["auto_class"], &bounce["ticket_id"]), (&json!("bounce"), &first["ticket_id"]));
    }
    desk.app.set_time("2026-03-02T16:00:00Z");
    let next = desk.created("help@us.test", &mail("m9@acme.test", "jane@acme.test", "Subject: nine", "Nine.")).await;
    assert_eq!(next["silences"], json!(["address_suppressed"]));
    let lost = mail("b9@acme.test", "mailer-daemon@acme.test", "Return-Path: <>", "Unknown.");
    assert_eq!(desk.created("help@us.test", &lost).await["reason"], "unknown_original");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_flood_is_one_ticket_and_ends_after_a_day() {
    let desk = Desk::start().await;
    let mut tickets = Vec::new();
    for number in 0..13 {
        let stored =
            desk.created("help@us.test", &mail(&format!("f{number}@acme.test"), "jane@acme.test", "Subject: again", "Again.")).await;
        tickets.push(stored["ticket_id"].clone());
    }
    assert_eq!(desk.tickets().await, 10);
    assert!(tickets[9..].iter().all(|ticket| *ticket == tickets[9]));
    assert_eq!(desk.acknowledgements().await.len(), 1);
    let alerts = desk.app.events().await.iter().filter(|name| *name == "notification.left").count();
    assert_eq!(alerts, 1);
    desk.app.set_time("2026-03-03T15:00:01Z");
    let after = desk.created("help@us.test", &mail("late@acme.test", "jane@acme.test", "Subject: again", "Again.")).await;
    assert_eq!((&after["outcome"], &after["reason"]), (&json!("created"), &Value::Null));
    desk.app.stop().await;
}

#[actix_web::test]
async fn files_are_kept_by_content_and_programs_blocked() {
    let desk = Desk::start().await;
    let head = "Subject: file\r\nContent-Type: multipart/mixed; boundary=x";
    let body = "--x\r\n\r\nSee file.\r\n--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nMZ12\r\n--x--";
    let stored = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", head, body)).await;
    let record: Uuid = stored["record_id"].as_str().unwrap().parse().unwrap();
    let files = attachment::Entity::find().filter(attachment::Column::RecordId.eq(record)).all(desk.app.db.read()).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].name.as_str(), files[0].state.as_str(), files[0].size), ("a.pdf", "blocked", 4));
    desk.app.stop().await;
}

#[actix_web::test]
async fn mailboxes_are_set_up_once_an_address() {
    let desk = Desk::start().await;
    desk.client.post("/v1/mailboxes", json!({ "address": "HELP@us.test", "name": "x" })).await.expect_problem(409, "address_taken");
    let listed = desk.client.get("/v1/mailboxes").await.expect(200);
    assert_eq!(listed.rows().len(), 2);
    let id = listed.rows()[0]["id"].as_str().unwrap().to_owned();
    let one = desk.client.get(&format!("/v1/mailboxes/{id}")).await.expect(200);
    let off = desk.client.patch(&format!("/v1/mailboxes/{id}"), &one.etag(), json!({ "acknowledges": false })).await.expect(200);
    assert_eq!(off.body["acknowledges"], false);
    let quiet = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", "Subject: one", "One.")).await;
    assert_eq!(quiet["silences"], json!(["not_asked"]));
    desk.app.stop().await;
}

#[actix_web::test]
async fn what_people_answer_is_queued_once_and_answers_to_it_come_back() {
    let desk = Desk::start().await;
    let head = "Cc: Bob <bob@else.test>\r\nSubject: Aufzug kaputt \u{fc}ber Nacht";
    let first = desk.created("sales@us.test", &mail("m1@acme.test", "jane@acme.test", head, "It does not move.")).await;
    let ticket = first["ticket_id"].as_str().unwrap();
    let reply = json!({ "kind": "public_reply", "body": "We come t\u{f6}day." });
    let _ = desk.client.post(&format!("/v1/tickets/{ticket}/messages"), reply).await.expect(201);
    desk.app.work().await;
    desk.app.work().await;
    let queue = desk.client.get("/v1/outgoing-mails?filter[kind][eq]=reply").await.expect(200);
    assert_eq!(queue.rows().len(), 1);
    let queued = &queue.rows()[0];
    assert_eq!((&queued["recipients"], &queued["state"]), (&json!(["jane@acme.test", "bob@else.test"]), &json!("queued")));
    let path = format!("/v1/outgoing-mails/{}", queued["id"].as_str().unwrap());
    let raw = desk.client.get(&format!("{path}/raw")).await.expect(200).bytes;
    let sent = crate::intake::mime::read(&raw);
    assert_eq!((sent.sender(), sent.in_reply_to[0].as_str()), (Some("sales@us.test"), "m1@acme.test"));
    assert!(sent.text.contains("We come t\u{f6}day.") && sent.headers("auto-submitted").next().is_none());
    assert!(sent.subject.starts_with("Re: Aufzug kaputt \u{fc}ber Nacht [#"), "{}", sent.subject);
    let copy = desk.deliver("help@us.test", &raw).await;
    assert_eq!((copy.0, &copy.1["outcome"]), (201, &json!("suppressed")));
    let tag = desk.client.get(&path).await.expect(200).etag();
    let done = desk.client.act(&format!("{path}/report"), &tag, json!({ "outcome": "sent" })).await.expect(200);
    desk.client.act(&format!("{path}/report"), &done.etag(), json!({ "outcome": "sent" })).await.expect_problem(409, "illegal_transition");
    let head = format!("Subject: Re: x\r\nIn-Reply-To: <{}>", sent.message_id.unwrap());
    let answer = desk.created("sales@us.test", &mail("m2@acme.test", "jane@acme.test", &head, "Good.")).await;
    assert_eq!((answer["ticket_id"].as_str(), &answer["rule"]), (Some(ticket), &json!("thread")));
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_head_of_any_size_is_taken_in() {
    let desk = Desk::start().await;
    let ids = "<a@b> ".repeat(40_000);
    let many: String = (0..5_000).map(|number| format!("To: help+t{number}.x@us.test\r\n")).collect();
    let head = format!("Subject: {}\r\nIn-Reply-To: {ids}\r\nReferences: {ids}\r\n{many}X-End: 1", "long ".repeat(50_000));
    let taken = desk.created("help@us.test", &mail("m1@acme.test", "jane@acme.test", &head, "Hi.")).await;
    assert_eq!(taken["outcome"], "created");
    desk.app.stop().await;
}
