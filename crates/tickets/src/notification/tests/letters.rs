//! Word that reaches people by mail: when, to whom, once, and how it fares.

use std::sync::Arc;

use kernel::id::{GroupId, UserId, new_uuid};
use platform::caller::ActorKind;
use platform::problem::Problem;
use platform::scope::RowScope;
use serde_json::{Value, json};
use testkit::{App, Client, NoPeers, Persona, Smtp};
use uuid::Uuid;

use crate::intake::tests::desk::Desk;
use crate::notification::model::{DeskRole, NoticeChannel, NotificationClass};
use crate::notification::{Notification, Recipient, tell};
use crate::rulebook::Rules;
use crate::tests::world;
use crate::ticket::commands;

/// A desk with a mail server, and a ticket of one of its branches.
struct Office {
    smtp: Smtp,
    desk: Desk,
    branch: Uuid,
    ticket: Uuid,
}

impl Office {
    async fn at(instant: &str) -> Self {
        let smtp = Smtp::start().await;
        let settings = [("LIAISON_SMTP_URL", smtp.url.as_str()), ("LIAISON_SMTP_TIMEOUT_S", "1")];
        let app = App::configured(crate::service(), Arc::new(NoPeers), &settings).await;
        app.set_time(instant);
        let (desk, branch) = (Desk::on(app).await, new_uuid());
        let ticket = desk.client.post("/v1/tickets", world::ticket(json!({"branch_id": branch}))).await.expect(201).id();
        Self { smtp, desk, branch, ticket }
    }

    /// An agent, reached at `<name>@us.example`.
    async fn agent(&self, name: &str, more: Value) -> UserId {
        let mut body = json!({"user_id": new_uuid(), "name": name, "email": format!("{name}@us.example"),
            "time_zone": "America/Chicago", "capacity_points": 10});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        UserId::from(self.desk.client.post("/v1/agents", body).await.expect(201).id())
    }

    async fn tell(&self, to: Recipient, class: NotificationClass) {
        let rules = Rules::default();
        let told = self.desk.app.db.write("word", async |tx| {
            let case = commands::resume(tx, &rules, &RowScope::All, self.ticket.into()).await?;
            let word = Notification::of_ticket(&case.ticket, to, class, "The first response of T-1 is due.");
            tell(tx, &case.rules, word.by(NoticeChannel::Email).link(Some("https://desk.example/one-tap".to_owned()))).await?;
            Ok::<_, Problem>(())
        });
        told.await.unwrap();
    }

    /// Who got mail so far, in order.
    async fn mailed(&self) -> Vec<Vec<String>> {
        self.desk.app.work().await;
        self.desk.app.work().await;
        self.smtp.taken().into_iter().map(|mail| mail.to).collect()
    }

    fn reader(&self, user: UserId) -> Client {
        let persona = Persona { id: user.uuid(), ..Persona::new("Cora", ActorKind::User, "notifications:*") };
        self.desk.app.client(&persona)
    }

    async fn handover(&self, user: UserId) -> Vec<Value> {
        let seen = self.reader(user).get("/v1/notifications").await.expect(200);
        seen.rows().iter().map(|row| row["handover"].clone()).collect()
    }
}

#[actix_web::test]
async fn word_goes_out_once_at_the_opening_marked_as_a_machine_s_and_shows_how_it_fares() {
    let office = Office::at("2026-01-09T23:30:00Z").await;
    let ann = office.agent("ann", json!({})).await;
    office.tell(Recipient::User(ann), NotificationClass::Escalation).await;
    assert!(office.mailed().await.is_empty(), "Friday evening is quiet");
    office.tell(Recipient::User(ann), NotificationClass::Emergency).await;
    assert_eq!(office.mailed().await.len(), 1, "danger is not");
    office.desk.app.set_time("2026-01-12T14:00:00Z");
    assert_eq!(office.mailed().await, [["ann@us.example"], ["ann@us.example"]]);
    office.desk.app.set_time("2026-01-12T15:00:00Z");
    assert_eq!(office.mailed().await.len(), 2, "once each");
    let mail = office.smtp.taken().remove(1);
    assert_eq!(mail.from, "", "nothing can answer it");
    let said = ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-Loop-Id: ", "https://desk.example/one-tap"];
    for mark in said.into_iter().chain(["Subject: The first response of T-1 is due."]) {
        assert!(mail.raw.contains(mark), "{mark} in {}", mail.raw);
    }
    let seen = office.reader(ann).get("/v1/notifications").await.expect(200);
    let row = seen.rows().iter().find(|row| row["channel"] == "email").unwrap();
    assert_eq!((&row["handover"], &row["delivery"]["state"]), (&json!("queued"), &json!("sent")));
    assert_eq!(row["delivery"]["recipients"][0]["address"], "ann@us.example");
    let queued = office.desk.client.get("/v1/outgoing-mails?filter[kind]=notification").await.expect(200);
    assert_eq!((queued.rows().len(), &queued.rows()[0]["ticket_id"]), (2, &Value::Null));
    office.desk.app.stop().await;
}

#[actix_web::test]
async fn word_for_many_goes_to_those_who_are_there() {
    let office = Office::at("2026-01-12T15:00:00Z").await;
    let group = office.desk.client.post("/v1/groups", json!({"name": "Desk", "members": []})).await.expect(201).id();
    let away = json!({"group_ids": [group], "availability": {"state": "out"}});
    let (here, manages) = (json!({"group_ids": [group]}), json!({"told_as": ["branch_manager"], "branch_ids": [office.branch]}));
    let elsewhere = json!({"told_as": ["branch_manager"], "branch_ids": [new_uuid()]});
    for (name, more) in [("ann", away), ("bob", here.clone()), ("cyd", here), ("dee", manages), ("eve", elsewhere)] {
        let _ = office.agent(name, more).await;
    }
    office.tell(Recipient::Group(GroupId::from(group)), NotificationClass::Alert).await;
    assert_eq!(office.smtp_after().await, ["bob@us.example", "cyd@us.example"]);
    office.tell(Recipient::Role(DeskRole::BranchManager), NotificationClass::Alert).await;
    assert_eq!(office.smtp_after().await, ["bob@us.example", "cyd@us.example", "dee@us.example"]);
    office.desk.app.stop().await;
}

impl Office {
    async fn smtp_after(&self) -> Vec<String> {
        let mut to: Vec<String> = self.mailed().await.concat();
        to.sort();
        to
    }
}

#[actix_web::test]
async fn word_for_whom_mail_does_not_reach_says_so_and_stands_in_the_desk() {
    let office = Office::at("2026-01-12T15:00:00Z").await;
    let silent = office.agent("sid", json!({"email": null})).await;
    let loops = office.agent("lou", json!({"email": "help@us.test"})).await;
    let gone = office.agent("gil", json!({})).await;
    office.tell(Recipient::User(silent), NotificationClass::Alert).await;
    office.tell(Recipient::User(loops), NotificationClass::Alert).await;
    assert!(office.mailed().await.is_empty());
    assert_eq!((office.handover(silent).await, office.handover(loops).await), (vec![json!("no_address")], vec![json!("suppressed")]));
    for _ in 0..3 {
        office.smtp.answer("gil@us.example", "550 5.1.1 no such user");
        office.tell(Recipient::User(gone), NotificationClass::Alert).await;
        assert!(office.mailed().await.is_empty());
    }
    office.tell(Recipient::User(gone), NotificationClass::Alert).await;
    assert!(office.mailed().await.is_empty(), "three permanent failures are enough");
    let handovers = office.handover(gone).await;
    assert_eq!(handovers.iter().filter(|one| **one == "suppressed").count(), 1, "{handovers:?}");
    let states = office.reader(gone).get("/v1/notifications").await.expect(200);
    assert_eq!(states.rows().iter().filter(|row| row["delivery"]["state"] == "failed").count(), 3);
    office.desk.app.stop().await;
}
