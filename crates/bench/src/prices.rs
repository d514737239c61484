//! Prices at size: a million live entries in hundreds of books, a hundred thousand accounts with books of their own.
//!
//! It runs on a server of its own. What the API made is copied while the server does not run, as for tickets.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::Arguments;
use crate::load::{Load, Measured, Pace, drive};
use crate::progress::say;
use crate::seed::{item, pick, prices, text};
use crate::server::Server;
use crate::target::Figure;

const ACCOUNTS: usize = 100_000;
/// Items, and entries of the standard list.
const LIST: usize = 350_000;
/// Books of accounts, each with as many entries as were made over HTTP.
const BOOKS: usize = 650;
const LINES: u64 = 1_000;
/// How often a reader asks while a version is published.
const GLANCE: Duration = Duration::from_millis(5);

/// All of it, where it is wanted.
pub(crate) async fn measure(arguments: &Arguments) -> Vec<Figure> {
    if !arguments.wants("t") {
        return Vec::new();
    }
    let mut server = Server::start(arguments).await;
    let empty = server.idle_kib;
    let accounts = prices::seed(&server, ACCOUNTS).await;
    server.pause();
    prices::fill(&server, &accounts, LIST, BOOKS).await;
    server.resume().await;
    // What was copied has no images yet, which are made in the background as they are for what is published.
    prices::imaged(&server).await;
    server.pause();
    server.resume().await;
    let entries = LIST + BOOKS * 1_000;
    let ready = u64::try_from(server.ready_after.as_millis()).unwrap();
    let held = server.idle_kib.saturating_sub(empty) / 1_024;
    let mut figures = vec![
        Figure::at_most(format!("t start to ready, {entries} prices and {ACCOUNTS} accounts"), ready, 5_000, " ms"),
        Figure::plain(format!("t memory of {entries} prices"), format!("{held} MiB")),
    ];
    figures.push(single(&server, &accounts, arguments).await);
    figures.push(batch(&server, &accounts, arguments).await);
    figures.extend(publish(&mut server).await);
    server.stop().await;
    for figure in &figures {
        say(format_args!("{}: {}", figure.what, figure.measured));
    }
    figures
}

async fn asked(server: &Server, arguments: &Arguments, title: &str, path: &str, body: &dyn Fn(u64) -> Value) -> Measured {
    let request = |turn: u64| Some(server.request(Method::POST, path).json(&body(turn)));
    let load = Load { title, request: &request, usage: &|| server.usage() };
    let measured = drive(&load, Pace { clients: 1, length: Duration::from_secs(arguments.seconds), every: None }).await;
    assert_eq!(measured.failures, 0, "{title}");
    measured
}

async fn single(server: &Server, accounts: &[String], arguments: &Arguments) -> Figure {
    let body = |turn: u64| {
        let line = json!({"item_code": item(turn * 7), "quantity": "12"});
        json!({"account_id": pick(accounts, turn * 7_919), "currency": "USD", "price_date": "2026-06-15", "line": line})
    };
    let measured = asked(server, arguments, "one price", "/v1/price", &body).await;
    Figure::at_most("t one price for an account, p99", u64::try_from(measured.p99.as_micros()).unwrap(), 5_000, " us")
}

async fn batch(server: &Server, accounts: &[String], arguments: &Arguments) -> Figure {
    let body = |turn: u64| {
        let lines: Vec<Value> = (0..LINES).map(|line| json!({"item_code": item(line), "quantity": "12"})).collect();
        json!({"account_id": pick(accounts, turn * 7_919), "currency": "USD", "price_date": "2026-06-15", "lines": lines})
    };
    let measured = asked(server, arguments, "a batch", "/v1/price/batch", &body).await;
    Figure::at_most(format!("t {LINES} prices for an account, p99"), u64::try_from(measured.p99.as_millis()).unwrap(), 100, " ms")
}

/// A version that replaces every price of the standard list, while somebody goes on asking.
async fn publish(server: &mut Server) -> Vec<Figure> {
    let books = server.call(Method::GET, "/v1/pricebooks?filter[code]=BENCH", None).await;
    let book = text(&books["data"][0]["id"]);
    server.post(&format!("/v1/pricebooks/{book}/versions"), &json!({"effective_from": "2026-01-01"})).await;
    server.pause();
    prices::rewrite(server).await;
    server.resume().await;
    let version = format!("/v1/pricebooks/{book}/versions/2");
    for step in ["submit", "approve"] {
        server.call(Method::POST, &format!("{version}/{step}"), None).await;
    }
    prices::imaged(server).await;
    let done = RefCell::new(false);
    let publishing = async {
        let began = Instant::now();
        server.call(Method::POST, &format!("{version}/publish"), None).await;
        done.replace(true);
        began.elapsed()
    };
    let reading = async {
        let (mut slowest, mut seen) = (Duration::ZERO, Vec::new());
        while !*done.borrow() {
            let began = Instant::now();
            let total = glance(server).await;
            slowest = slowest.max(began.elapsed());
            seen.push(total);
            tokio::time::sleep(GLANCE).await;
        }
        seen.push(glance(server).await);
        seen.dedup();
        (slowest, seen)
    };
    let (took, (slowest, seen)) = tokio::join!(publishing, reading);
    assert_eq!(seen.len(), 2, "every reader sees all old prices or all new ones: {seen:?}");
    let (took, slowest) = (u64::try_from(took.as_millis()).unwrap(), u64::try_from(slowest.as_millis()).unwrap());
    vec![
        Figure::at_most(format!("t publication of {LIST} changed prices"), took, 10_000, " ms"),
        Figure::plain("t slowest price asked for meanwhile", format!("{slowest} ms")),
    ]
}

/// What two items of the standard list come to together.
async fn glance(server: &Server) -> String {
    let lines = [0, 999].map(|turn| json!({"item_code": item(turn), "quantity": "1"}));
    let body = json!({"currency": "USD", "price_date": "2026-06-15", "lines": lines});
    text(&server.post("/v1/price/batch", &body).await["total"])
}
