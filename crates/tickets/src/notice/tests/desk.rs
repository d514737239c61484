//! A desk that sends notices: an author, somebody who approves, and a mailbox to send from.

use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use crate::tests::world::World;

pub(super) struct Desk {
    pub(super) world: World,
    /// Approves what the administrator writes.
    pub(super) grace: Client,
    pub(super) account: Uuid,
}

impl Desk {
    pub(super) async fn at(instant: &str) -> Self {
        let world = World::at(instant).await;
        let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
        let grace = world.app.client(&Persona { id: kernel::id::new_uuid(), ..Persona::administrator() });
        let account = world.neighbours.account(None);
        Self { world, grace, account }
    }

    /// Takes a step of a notice on its present version.
    pub(super) async fn step(&self, client: &Client, id: Uuid, action: &str, body: Value) -> Answer {
        let path = format!("/v1/notices/{id}");
        let etag = client.get(&path).await.expect(200).etag();
        client.act(&format!("{path}/{action}"), &etag, body).await
    }

    pub(super) async fn approved(&self, body: Value) -> Uuid {
        let id = self.world.ada.post("/v1/notices", body).await.expect(201).id();
        let _ = self.step(&self.grace, id, "approve", json!({})).await.expect(200);
        id
    }

    pub(super) async fn sent(&self, body: Value) -> Uuid {
        let id = self.approved(body).await;
        let _ = self.step(&self.world.ada, id, "send", json!({})).await.expect(200);
        id
    }

    pub(super) async fn read(&self, id: Uuid) -> Answer {
        self.world.ada.get(&format!("/v1/notices/{id}")).await.expect(200)
    }

    pub(super) async fn proof(&self, id: Uuid) -> Answer {
        self.world.ada.get(&format!("/v1/notices/{id}/proof")).await.expect(200)
    }

    /// The state of a promise about a notice that hangs on no ticket.
    pub(super) async fn promise(&self, notice: Uuid, kind: &str) -> String {
        use crate::obligation::entity::{Column, Entity};
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        let of_kind = Entity::find().filter(Column::SubjectId.eq(notice)).filter(Column::Kind.eq(kind)).order_by_desc(Column::Cycle);
        of_kind.one(self.world.app.db.read()).await.unwrap().map_or_else(|| "none".to_owned(), |row| row.state)
    }

    pub(super) async fn stop(self) {
        self.world.stop().await;
    }

    pub(super) fn pricing(&self, more: Value) -> Value {
        let payload = json!({
            "kind": "pricing_change", "agreement_ref": {"type": "contract", "id": "C-7"}, "effective_on": "2026-04-01",
            "lead_days_required": 30,
            "items": [{"sku": "DRUM55", "old": "185.00", "new": "190.5", "currency": "USD", "unit": "each"}],
        });
        let recipients = json!([{"name": "Cleo", "address": "Cleo@Acme.test"}]);
        let mut body = json!({"account_id": self.account, "change_set_ref": "cs-1", "payload": payload, "recipients": recipients});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }
}

pub(super) fn general(account: Uuid) -> Value {
    json!({"account_id": account, "payload": {"kind": "general", "subject": "Holidays", "text": "We are closed."},
        "recipients": [{"address": "cleo@acme.test"}]})
}
