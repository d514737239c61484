//! What the tests of several resources begin with.

use serde_json::{Value, json};
use testkit::{Answer, App, Client};
use uuid::Uuid;

/// A started service and its administrator.
pub(crate) async fn start() -> (App, Client) {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    (app, staff)
}

pub(crate) async fn account(staff: &Client, name: &str, parent: Option<Uuid>) -> Uuid {
    staff.post("/v1/accounts", json!({"name": name, "currency": "USD", "parent_id": parent})).await.expect(201).id()
}

pub(crate) fn site_body(account: Uuid, code: &str) -> Value {
    json!({
        "account_id": account, "code": code, "name": format!("Store {code}"), "time_zone": "America/Chicago",
        "address": {"line1": "1 Main St", "city": "Naperville", "state": "IL", "postal_code": "60540", "country": "US"},
    })
}

pub(crate) async fn site(staff: &Client, account: Uuid, code: &str) -> Answer {
    staff.post("/v1/sites", site_body(account, code)).await.expect(201)
}

/// The pointers of a problem's errors.
pub(crate) fn pointers(answer: &Answer) -> Vec<String> {
    answer.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}
