//! A customer, what they are quoted, and what they do with it.

use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use super::scene::Scene;

pub(super) struct Quoting {
    pub(super) scene: Scene,
    pub(super) account: Uuid,
    pub(super) customer: Client,
}

impl Quoting {
    pub(super) async fn start() -> Self {
        let scene = Scene::start().await;
        let _ = scene.item("DRUM55", "each").await;
        let entry = json!({"item_code": "DRUM55", "terms": {"model": "flat", "unit_price": "160.00"}});
        let _ = scene.published("STD", "standard", json!([entry])).await;
        let account = scene.account();
        let customer = scene.app.client(&Persona::customer(&[account], "quotes:read quotes:accept quotes:reject"));
        Self { scene, account, customer }
    }

    pub(super) async fn create(&self, more: Value) -> Answer {
        let mut content = json!({"valid_until": "2026-08-31", "lines": [{"item_code": "DRUM55", "quantity": "12"}]});
        content.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let quote = json!({"account_id": self.account, "currency": "USD", "content": content});
        self.scene.ada.post("/v1/quotes", quote).await
    }

    pub(super) async fn act(&self, path: &str, step: &str, body: Value) -> Answer {
        let etag = self.scene.ada.get(path).await.expect(200).etag();
        self.scene.ada.act(&format!("{path}/{step}"), &etag, body).await
    }

    /// A quote that the customer has.
    pub(super) async fn sent(&self) -> String {
        let path = self.create(json!({})).await.expect(201).header("location").to_owned();
        for step in ["submit", "send"] {
            let _ = self.act(&path, step, Value::Null).await.expect(200);
        }
        path
    }

    pub(super) async fn accept(&self, path: &str, version_no: i32) -> Answer {
        self.customer.post(&format!("{path}/accept"), json!({"version_no": version_no, "signer": "Cleo Customer"})).await
    }

    pub(super) async fn convert(&self, path: &str, reference: &str, quantity: &str) -> Answer {
        let order = kernel::id::new_uuid();
        let body = json!({"reference": reference, "order_id": order, "lines": [{"line": 1, "quantity": quantity}]});
        self.scene.ada.post(&format!("{path}/conversions"), body).await
    }
}
