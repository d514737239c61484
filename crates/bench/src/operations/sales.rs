//! Accounts, prices and orders.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Operation, USUAL, cpu, plain, write};
use crate::seed::{Seeded, account, item, order};

pub(super) fn all(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let (accounts, orders) = (Arc::clone(seeded), Arc::clone(seeded));
    vec![
        Operation {
            name: "d",
            title: "d create an account",
            clients: USUAL,
            targets: cpu(700, 450),
            prepare: None,
            request: plain(move |server, turn| write(server, "/v1/accounts", &account(&format!("New account {turn}"), &accounts.branch))),
        },
        Operation {
            name: "e",
            title: "e price ten lines, 1,000-line book",
            clients: USUAL,
            targets: cpu(150, 150),
            prepare: None,
            request: plain(|server, turn| server.request(Method::POST, "/v1/price/batch").json(&ten_lines(turn))),
        },
        Operation {
            name: "f",
            title: "f create an order of ten priced lines",
            clients: USUAL,
            targets: cpu(2_000, 1_500),
            prepare: None,
            request: plain(move |server, turn| write(server, "/v1/orders", &order(&orders, turn))),
        },
    ]
}

fn ten_lines(turn: u64) -> Value {
    let lines: Vec<Value> = (0..10).map(|line| json!({"item_code": item(turn * 7 + line * 97), "quantity": "12"})).collect();
    json!({"currency": "USD", "price_date": "2026-06-15", "lines": lines})
}
