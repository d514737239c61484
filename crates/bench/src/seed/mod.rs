//! Filling a deployment with what the operations need: over HTTP, by bulk requests where the API has them; and beyond what
//! can be made so in reasonable time, by multiplying what the API made.

mod catalogue;
mod connection;
pub(crate) mod multiply;
pub(crate) mod prices;
mod tables;
mod tickets;

pub(crate) use tickets::ticket;

use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::progress::each;
use crate::server::Server;

/// The most items of a bulk request.
pub(crate) const BULK: usize = 500;

/// Accounts that are active, so that they can order.
const ACTIVE: usize = 1_000;

/// What was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seeded {
    pub(crate) branch: String,
    pub(crate) accounts: Vec<String>,
    /// Accounts that have been activated.
    pub(crate) active: Vec<String>,
    pub(crate) tickets: Vec<String>,
    /// Who the tickets are assigned to, in turn.
    pub(crate) assignees: Vec<String>,
    /// The secret of an API key.
    pub(crate) key: String,
}

pub(crate) async fn seed(server: &Server, size: usize) -> Seeded {
    let mut seeded = Seeded { branch: branch(server).await, key: key(server).await, ..Seeded::default() };
    catalogue::seed(server).await;
    seeded.accounts = accounts(server, &seeded.branch, size).await;
    seeded.active = activate(server, &seeded.accounts).await;
    tickets::seed(server, &mut seeded, size).await;
    orders(server, &seeded, size / 10).await;
    invoices(server, &seeded, size / 10).await;
    seeded
}

/// The item's code that stands at `turn`.
pub(crate) fn item(turn: u64) -> String {
    format!("B{:04}", turn % catalogue::ITEMS)
}

/// The ids of the resources that a bulk request made.
pub(crate) fn made(report: &Value) -> Vec<String> {
    report["data"].as_array().into_iter().flatten().map(|result| text(&result["body"]["id"])).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn branch(server: &Server) -> String {
    let branch = json!({"code": "BEN", "name": "Bench", "time_zone": "America/Chicago", "cut_off": "17:00"});
    text(&server.post("/v1/branches", &branch).await["id"])
}

/// An API key that may read.
async fn key(server: &Server) -> String {
    let key = server.post("/v1/api-keys", &json!({"name": "bench", "permissions": ["*:read"]})).await;
    text(&key["key"])
}

async fn accounts(server: &Server, branch: &str, size: usize) -> Vec<String> {
    let places: Vec<usize> = (0..size).collect();
    let chunks = places.chunks(BULK).map(<[usize]>::to_vec).collect();
    let made = each("accounts", chunks, async |chunk: Vec<usize>| {
        let items: Vec<Value> = chunk.into_iter().map(|place| account(&format!("Account {place:07}"), branch)).collect();
        made(&server.post("/v1/accounts/bulk", &json!({"atomic": true, "items": items})).await)
    });
    made.await.concat()
}

/// A customer.
pub(crate) fn account(name: &str, branch: &str) -> Value {
    json!({
        "name": name, "legal_name": format!("{name}, Inc."), "type": "customer", "segment": "manufacturing", "currency": "USD",
        "payment_terms": "net30", "branch_id": branch,
    })
}

async fn activate(server: &Server, accounts: &[String]) -> Vec<String> {
    let active: Vec<String> = accounts.iter().take(ACTIVE).cloned().collect();
    each("active accounts", active, async |id: String| {
        for step in ["onboard", "activate"] {
            server.call(Method::POST, &format!("/v1/accounts/{id}/{step}"), None).await;
        }
        id
    })
    .await
}

/// An order of ten priced lines.
pub(crate) fn order(seeded: &Seeded, turn: u64) -> Value {
    let lines: Vec<Value> = (0..10).map(|line| json!({"item_code": item(turn * 10 + line), "quantity": "3"})).collect();
    json!({"account_id": pick(&seeded.active, turn), "kind": "service", "service_date": "2026-06-15", "lines": lines})
}

/// The entry that stands at `turn`, going round.
pub(crate) fn pick(list: &[String], turn: u64) -> &str {
    let count = u64::try_from(list.len()).unwrap();
    &list[usize::try_from(turn % count.max(1)).unwrap()]
}

async fn orders(server: &Server, seeded: &Seeded, count: usize) {
    let turns: Vec<u64> = (0..u64::try_from(count).unwrap()).collect();
    each("orders", turns, async |turn| server.post("/v1/orders", &order(seeded, turn)).await).await;
}

async fn invoices(server: &Server, seeded: &Seeded, count: usize) {
    let turns: Vec<u64> = (0..u64::try_from(count).unwrap()).collect();
    each("invoices", turns, async |turn| server.post("/v1/invoices", &invoice(pick(&seeded.active, turn), true)).await).await;
}

/// An invoice of ten taxed lines.
pub(crate) fn invoice(account: &str, post: bool) -> Value {
    let line = |place: u64| json!({"description": item(place), "quantity": "3", "uom": "each", "unit_price": "12.3400"});
    let lines: Vec<Value> = (0..10).map(line).collect();
    json!({"bill_to_id": account, "currency": "USD", "lines": lines, "tax": {"mode": "computed", "rate": "0.0825"}, "post": post})
}

pub(crate) fn today() -> String {
    Clock::default().now().date_naive().to_string()
}
