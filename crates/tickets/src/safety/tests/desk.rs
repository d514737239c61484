//! A desk that works on safety reports: who investigates, and who else is there to verify.

use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use crate::obligation::entity::{Column, Entity, Model};
use crate::tests::world::World;

/// What a safety manager may do.
pub(super) const MANAGER: &str =
    "safety-reports:* safety-identities:* corrective-actions:* notifications:read notifications:safety_manager tickets:*";

pub(super) struct Desk {
    pub(super) world: World,
    /// Investigates and plans.
    pub(super) grace: Client,
    /// Owns corrective actions.
    pub(super) otto: (Uuid, Client),
}

impl Desk {
    pub(super) async fn at(instant: &str) -> Self {
        let world = World::at(instant).await;
        let grace = world.app.client(&Persona::new("Grace", platform::caller::ActorKind::User, MANAGER));
        let otto =
            Persona::new("Otto", platform::caller::ActorKind::User, "safety-reports:* corrective-actions:* notifications:read tickets:*");
        let otto = (otto.id, world.app.client(&otto));
        Self { world, grace, otto }
    }

    pub(super) async fn stop(self) {
        self.world.stop().await;
    }

    /// An incident with more or other members, filed by the administrator.
    pub(super) async fn filed(&self, more: Value) -> Answer {
        self.world.ada.post("/v1/safety-reports", incident(more)).await.expect(201)
    }

    pub(super) async fn read(&self, report: Uuid) -> Answer {
        self.grace.get(&format!("/v1/safety-reports/{report}")).await.expect(200)
    }

    /// Takes a step of a report on its present version.
    pub(super) async fn step(&self, report: Uuid, action: &str, body: Value) -> Answer {
        let etag = self.read(report).await.etag();
        self.grace.act(&format!("/v1/safety-reports/{report}/{action}"), &etag, body).await
    }

    pub(super) async fn patch(&self, report: Uuid, body: Value) -> Answer {
        let etag = self.read(report).await.etag();
        self.grace.patch(&format!("/v1/safety-reports/{report}"), &etag, body).await
    }

    /// A report whose cause is known.
    pub(super) async fn with_cause(&self, more: Value) -> Uuid {
        let report = self.filed(more).await.id();
        for (action, body) in
            [("triage", json!({})), ("investigate", json!({})), ("open-actions", json!({"root_cause": "The ramp is steep."}))]
        {
            let _ = self.step(report, action, body).await.expect(200);
        }
        report
    }

    /// An action of Otto's with more or other members.
    pub(super) async fn planned(&self, report: Uuid, more: Value) -> Answer {
        let mut body = json!({"safety_report_id": report, "description": "Chock the drums.", "owner_id": self.otto.0, "due_on": "2026-03-20",
            "hierarchy": "engineering"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.grace.post("/v1/corrective-actions", body).await
    }

    /// Takes a step of an action on its present version.
    pub(super) async fn deed(&self, client: &Client, action: Uuid, step: &str, body: Value) -> Answer {
        let path = format!("/v1/corrective-actions/{action}");
        let etag = self.grace.get(&path).await.expect(200).etag();
        client.act(&format!("{path}/{step}"), &etag, body).await
    }

    /// An action that Otto says is done.
    pub(super) async fn done(&self, report: Uuid, more: Value) -> Uuid {
        let action = self.planned(report, more).await.expect(201).id();
        let _ = self.deed(&self.otto.1, action, "start", json!({})).await.expect(200);
        let _ = self.deed(&self.otto.1, action, "complete", shown()).await.expect(200);
        action
    }

    /// The promises about a subject, the oldest first.
    pub(super) async fn promises(&self, subject: Uuid) -> Vec<Model> {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        Entity::find().filter(Column::SubjectId.eq(subject)).order_by_asc(Column::Id).all(self.world.app.db.read()).await.unwrap()
    }

    /// State and due instant of the latest promise about a subject.
    pub(super) async fn owed(&self, subject: Uuid) -> (String, String) {
        let latest = self.promises(subject).await.pop();
        let due =
            |model: &Model| model.due_at.map_or_else(|| "never".to_owned(), |due| due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        latest.map_or_else(|| ("none".to_owned(), "never".to_owned()), |model| (model.state.clone(), due(&model)))
    }

    /// What word was left for a client.
    pub(super) async fn word_for(&self, client: &Client) -> Vec<String> {
        let rows = client.get("/v1/notifications?sort=id&limit=200").await.expect(200);
        rows.rows().iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
    }
}

pub(super) fn incident(more: Value) -> Value {
    let mut body = json!({"kind": "incident", "description": "A drum rolled off the ramp.", "occurred_at": "2026-03-01T12:00:00Z"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(super) fn shown() -> Value {
    json!({"evidence": [{"text": "Chocks are mounted on both ramps."}]})
}
