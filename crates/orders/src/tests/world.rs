//! A service with one bill-to account, and the few requests that most cases begin with.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::{Answer, App, Client};
use uuid::Uuid;

pub(super) struct World {
    pub(super) app: App,
    pub(super) clerk: Client,
    pub(super) account: Uuid,
}

impl World {
    pub(super) async fn new() -> Self {
        let app = App::start(crate::service()).await;
        let clerk = app.administrator();
        Self { app, clerk, account: new_uuid() }
    }

    /// A posted invoice with one untaxed line.
    pub(super) async fn invoice(&self, amount: &str) -> Answer {
        self.invoice_with(json!({"lines": [line("1", amount)]})).await
    }

    /// A posted invoice with more members.
    pub(super) async fn invoice_with(&self, more: Value) -> Answer {
        self.create_invoice(more).await.expect(201)
    }

    pub(super) async fn create_invoice(&self, more: Value) -> Answer {
        let mut body = json!({"bill_to_id": self.account, "currency": "USD", "post": true});
        merge(&mut body, more);
        self.clerk.post("/v1/invoices", body).await
    }

    pub(super) async fn billable(&self, amount: &str, more: Value) -> Answer {
        let mut body =
            json!({"account_id": self.account, "description": "Pick-up", "quantity": "1", "unit_price": amount, "currency": "USD"});
        merge(&mut body, more);
        self.clerk.post("/v1/billables", body).await
    }

    /// The ledger's balances as code to amount, debit positive.
    pub(super) async fn trial_balance(&self) -> Value {
        let answer = self.clerk.get("/v1/ledger/trial-balance").await.expect(200);
        assert_eq!(answer.text("/difference"), "0.00", "{}", answer.body);
        let mut balances = serde_json::Map::new();
        for row in answer.body["accounts"].as_array().unwrap() {
            balances.insert(row["account"].as_str().unwrap().to_owned(), row["balance"].clone());
        }
        Value::Object(balances)
    }

    /// Demands that every global invariant holds.
    pub(super) async fn sound(&self) {
        let answer = self.clerk.get("/v1/integrity").await.expect(200);
        assert_eq!(answer.body["sound"], true, "{}", answer.body);
    }
}

pub(super) fn line(quantity: &str, price: &str) -> Value {
    json!({"description": "Service", "quantity": quantity, "unit_price": price})
}

fn merge(body: &mut Value, more: Value) {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
}
