//! What the readers of the leak test look at: for two accounts of two branches one of everything, with a marker in each text that
//! nobody else may read.

use std::collections::BTreeMap;

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use crate::tests::world::World;

/// One account's half of the desk.
pub(super) struct Half {
    pub(super) account: Uuid,
    pub(super) branch: Uuid,
    pub(super) ticket: Uuid,
    /// What the parameters of paths are called, and one of each that belongs here.
    pub(super) known: BTreeMap<String, String>,
}

/// Texts that mark what is for the account's customers too, and what is for the desk alone.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    pub(super) open: &'static str,
    pub(super) secret: &'static str,
}

struct Filling<'a> {
    world: &'a World,
    marks: Marks,
    half: Half,
}

/// Fills one half.
pub(super) async fn fill(world: &World, marks: Marks) -> Half {
    let branch = world.neighbours.branch("America/Chicago");
    let account = world.neighbours.account(Some(branch));
    let requester = json!({"kind": "customer", "name": marks.open, "email": format!("{}@acme.test", marks.open)});
    let ticket = json!({
        "subject": format!("{} pickup", marks.open), "description": marks.open, "account_id": account, "branch_id": branch,
        "tags": [marks.secret], "custom": {"credit": marks.secret}, "requester": requester,
        "assignee_id": new_uuid(), "source": {"system": "crm", "external_id": marks.open},
    });
    let ticket = world.ticket(ticket).await.id();
    let mut filling = Filling { world, marks, half: Half { account, branch, ticket, known: BTreeMap::new() } };
    filling.know("ticket_id", ticket);
    filling.half.known.insert("system".into(), "crm".into());
    filling.half.known.insert("external_id".into(), marks.open.into());
    filling.conversation().await;
    filling.work().await;
    filling.hanging().await;
    filling.danger().await;
    filling.rules().await;
    filling.half
}

impl Filling<'_> {
    fn know(&mut self, name: &str, id: Uuid) {
        self.half.known.insert(name.to_owned(), id.to_string());
    }

    async fn add(&mut self, name: &str, path: &str, body: Value) -> Answer {
        let made = self.world.ada.post(path, body).await.expect(201);
        self.know(name, made.id());
        made
    }

    /// A path below the ticket.
    fn below(&self, part: &str) -> String {
        format!("/v1/tickets/{}/{part}", self.half.ticket)
    }

    async fn conversation(&mut self) {
        let Marks { open, secret } = self.marks;
        let ada = &self.world.ada;
        let note = json!({"kind": "internal_note", "body": format!("They never pay: {secret}.")});
        let _ = ada.post(&self.below("messages"), note).await.expect(201);
        let _ = ada.post(&self.below("messages"), json!({"body": format!("We are on it: {open}.")})).await.expect(201);
        let patch = json!({"custom": {"credit": secret}, "severity": 1});
        let _ = self.world.patch(self.half.ticket, patch).await;
    }

    async fn work(&mut self) {
        let secret = self.marks.secret;
        let _ = self.add("item_id", &self.below("checklist"), json!({"text": secret})).await;
        let entry = json!({"minutes": 5, "work_date": "2026-03-02", "note": secret});
        let _ = self.add("entry_id", &self.below("time-entries"), entry).await;
        let watching = json!({"type": "user", "id": new_uuid()});
        let _ = self.add("watcher_id", &self.below("watchers"), watching).await;
        let internal = json!({"subject": secret, "description": secret, "branch_id": self.half.branch, "channel": "internal",
            "requester": {"kind": "internal", "name": secret, "email": format!("{secret}@us.test")}});
        let other = self.world.ticket(internal).await.id();
        let _ = self.world.ada.post(&self.below("links"), json!({"kind": "related", "ticket_id": other})).await.expect(201);
        let offered = self.world.act(self.half.ticket, "transfer", json!({"to_agent_ids": [new_uuid()], "reason": secret})).await;
        self.know("transfer_id", offered.expect(201).id());
        let _ = self.world.act(self.half.ticket, "assign", json!({"assignee_id": new_uuid(), "override_reason": secret})).await.expect(200);
    }

    async fn hanging(&mut self) {
        let Marks { open, secret } = self.marks;
        let wish = json!({
            "ticket_id": self.half.ticket, "kind": "skip", "reason": open, "service_stop_ref": {"type": "occurrence", "id": "stop-7"},
            "original_window": {"start_at": "2026-03-05T14:00:00Z", "end_at": "2026-03-05T18:00:00Z"},
        });
        let _ = self.add("request_id", "/v1/scheduling-requests", wish).await;
        let draft = json!({"account_id": self.half.account, "branch_id": self.half.branch,
            "payload": {"kind": "general", "subject": secret, "text": secret}, "recipients": [{"address": format!("{secret}@acme.test")}]});
        let _ = self.add("notice_id", "/v1/notices", draft).await;
        self.texts().await;
    }

    /// A text from a number of the account's, and our answer to it.
    async fn texts(&mut self) {
        let (open, ada) = (self.marks.open, &self.world.ada);
        let text = json!({"provider": "tel", "message_id": open, "from": format!("+1312555010{}", open.len()), "body": open, "name": open,
            "account_id": self.half.account, "branch_id": self.half.branch});
        let ticket = ada.post("/v1/intake/sms", text).await.expect(201).text("/ticket/id");
        let _ = ada.post(&format!("/v1/tickets/{ticket}/messages"), json!({"body": format!("Coming: {open}.")})).await.expect(201);
        let queued = ada.get("/v1/outgoing-texts").await.expect(200);
        let own = queued.rows().iter().find(|row| row["ticket_id"] == json!(ticket)).unwrap();
        self.half.known.insert("text_id".into(), own["id"].as_str().unwrap().to_owned());
    }

    async fn danger(&mut self) {
        let Marks { open, secret } = self.marks;
        let emergency = json!({"ticket_id": self.half.ticket, "hazard_code": open});
        let _ = self.add("emergency_id", "/v1/emergencies", emergency).await;
        self.world.app.work().await;
        let incident = json!({"kind": "incident", "description": secret, "occurred_at": "2026-03-01T12:00:00Z", "branch_id": self.half.branch,
            "account_id": self.half.account, "people": [{"name": secret, "role": "witness"}]});
        let report = self.add("report_id", "/v1/safety-reports", incident).await;
        for (step, body) in [("triage", json!({})), ("investigate", json!({})), ("open-actions", json!({"root_cause": secret}))] {
            let path = format!("/v1/safety-reports/{}", report.id());
            let etag = self.world.ada.get(&path).await.expect(200).etag();
            let _ = self.world.ada.act(&format!("{path}/{step}"), &etag, body).await.expect(200);
        }
        let action = json!({"safety_report_id": report.id(), "description": secret, "owner_id": new_uuid(), "due_on": "2026-03-20",
            "hierarchy": "engineering"});
        let _ = self.add("action_id", "/v1/corrective-actions", action).await;
    }

    /// What the desk works by, for this branch alone.
    async fn rules(&mut self) {
        let (secret, branch) = (self.marks.secret, self.half.branch);
        let _ = self.add("view_id", "/v1/saved-views", json!({"name": branch, "q": "lift"})).await;
        let group = json!({"name": secret, "members": [], "branch_id": branch});
        let _ = self.add("group_id", "/v1/groups", group).await;
        let address = format!("{secret}@us.test");
        let _ = self.add("mailbox_id", "/v1/mailboxes", json!({"address": address, "name": secret, "branch_id": branch})).await;
        let mail = format!(
            "From: {secret}@stranger.test\r\nTo: {address}\r\nMessage-ID: <{secret}@stranger.test>\r\nSubject: {secret}\r\n\r\n{secret}"
        );
        let taken = self.world.ada.request(reqwest::Method::POST, &format!("/v1/intake/email?recipient={address}"));
        let taken = self.world.ada.send(taken.header("content-type", "message/rfc822").body(mail)).await.expect(201);
        self.half.known.insert("record_id".into(), taken.text("/record_id"));
        self.world.app.work().await;
    }
}
