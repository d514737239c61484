//! The operations that are measured, each as one request of the public API.
//!
//! What a request uses up (a draft to post, an invoice to pay) is made beforehand, outside the measurement.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::Clock;
use kernel::id::new_uuid;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::seed::{self, Seeded, each, item, pick, text};
use crate::server::Server;

/// Makes the request of a turn; the text is what was prepared for it.
type Request = Arc<dyn Fn(&Server, u64, &str) -> RequestBuilder + Send + Sync>;

/// Makes so many texts, one for each request.
type Prepare = Arc<dyn for<'s> Fn(&'s Server, usize) -> BoxFuture<'s, Vec<String>> + Send + Sync>;

const USUAL: &[usize] = &[1, 16];

/// One operation.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// How many clients ask at a time.
    pub(crate) clients: &'static [usize],
    /// Milliseconds of CPU, unless it says otherwise.
    pub(crate) target_postgres: &'static str,
    pub(crate) target_sqlite: &'static str,
    /// Method and path of the operations of the API that it needs.
    pub(crate) needs: &'static [(&'static str, &'static str)],
    pub(crate) prepare: Option<Prepare>,
    pub(crate) request: Request,
}

impl Operation {
    /// Whether the server offers what it needs.
    pub(crate) fn is_there(&self, server: &Server) -> bool {
        self.needs.iter().all(|(method, path)| server.offers(method, path))
    }
}

/// All operations, on what was seeded.
pub(crate) fn all(seeded: &Seeded) -> Vec<Operation> {
    let seeded = Arc::new(seeded.clone());
    let mut all = tickets(&seeded);
    all.push(create_account(&seeded));
    all.push(price());
    all.push(create_order(&seeded));
    all.push(post_invoice(&seeded));
    all.push(pay(&seeded));
    all.extend(tokens(&seeded));
    all.push(race(&seeded));
    all.push(aging());
    all
}

fn plain(request: impl Fn(&Server, u64) -> RequestBuilder + Send + Sync + 'static) -> Request {
    Arc::new(move |server, turn, _| request(server, turn))
}

/// A write that could be repeated safely.
fn write(server: &Server, path: &str, body: &Value) -> RequestBuilder {
    server.request(Method::POST, path).header("Idempotency-Key", new_uuid().to_string()).json(body)
}

fn tickets(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let (creating, listing, reading) = (Arc::clone(seeded), Arc::clone(seeded), Arc::clone(seeded));
    vec![
        Operation {
            name: "a",
            title: "a create a ticket",
            clients: USUAL,
            target_postgres: "0.8",
            target_sqlite: "0.5",
            needs: &[("post", "/v1/tickets")],
            prepare: None,
            request: plain(move |server, turn| write(server, "/v1/tickets", &seed::ticket(&creating, turn))),
        },
        Operation {
            name: "b",
            title: "b 50 newest open tickets of an assignee",
            clients: USUAL,
            target_postgres: "0.5",
            target_sqlite: "0.5",
            needs: &[("get", "/v1/tickets"), ("post", "/v1/tickets")],
            prepare: None,
            request: plain(move |server, turn| server.request(Method::GET, &newest(pick(&listing.assignees, turn)))),
        },
        Operation {
            name: "c",
            title: "c a ticket with its conversation",
            clients: USUAL,
            target_postgres: "0.4",
            target_sqlite: "0.4",
            needs: &[("get", "/v1/tickets/{ticket_id}"), ("post", "/v1/tickets")],
            prepare: None,
            request: plain(move |server, turn| server.request(Method::GET, &conversation(pick(&reading.tickets, turn)))),
        },
    ]
}

fn newest(assignee: &str) -> String {
    format!("/v1/tickets?filter[assignee_id]={assignee}&filter[open]=true&limit=50")
}

fn conversation(ticket: &str) -> String {
    format!("/v1/tickets/{ticket}?include=messages")
}

fn create_account(seeded: &Arc<Seeded>) -> Operation {
    let seeded = Arc::clone(seeded);
    Operation {
        name: "d",
        title: "d create an account",
        clients: USUAL,
        target_postgres: "0.7",
        target_sqlite: "0.45",
        needs: &[("post", "/v1/accounts")],
        prepare: None,
        request: plain(move |server, turn| write(server, "/v1/accounts", &seed::account(&format!("New account {turn}"), &seeded.branch))),
    }
}

fn price() -> Operation {
    Operation {
        name: "e",
        title: "e price ten lines, 1,000-line book",
        clients: USUAL,
        target_postgres: "0.15",
        target_sqlite: "0.15",
        needs: &[("post", "/v1/price/batch")],
        prepare: None,
        request: plain(|server, turn| {
            let lines: Vec<Value> = (0..10).map(|line| json!({"item_code": item(turn * 7 + line * 97), "quantity": "12"})).collect();
            server.request(Method::POST, "/v1/price/batch").json(&json!({"currency": "USD", "price_date": "2026-06-15", "lines": lines}))
        }),
    }
}

fn create_order(seeded: &Arc<Seeded>) -> Operation {
    let seeded = Arc::clone(seeded);
    Operation {
        name: "f",
        title: "f create an order of ten priced lines",
        clients: USUAL,
        target_postgres: "2.0",
        target_sqlite: "1.5",
        needs: &[("post", "/v1/orders")],
        prepare: None,
        request: plain(move |server, turn| write(server, "/v1/orders", &seed::order(&seeded, turn))),
    }
}

fn post_invoice(seeded: &Arc<Seeded>) -> Operation {
    let seeded = Arc::clone(seeded);
    Operation {
        name: "g",
        title: "g post an invoice of ten lines",
        clients: USUAL,
        target_postgres: "2.0",
        target_sqlite: "1.5",
        needs: &[("post", "/v1/invoices"), ("post", "/v1/invoices/{invoice_id}/post")],
        prepare: Some(invoices(Arc::new(seeded.active.clone()), false)),
        request: Arc::new(|server, _, draft| {
            let request = server.request(Method::POST, &format!("/v1/invoices/{draft}/post"));
            request.header("Idempotency-Key", new_uuid().to_string()).header("If-Match", "*")
        }),
    }
}

fn pay(seeded: &Arc<Seeded>) -> Operation {
    let seeded = Arc::clone(seeded);
    Operation {
        name: "h",
        title: "h record and apply its payment",
        clients: USUAL,
        target_postgres: "1.5",
        target_sqlite: "1.0",
        needs: &[("post", "/v1/invoices"), ("post", "/v1/payments")],
        prepare: Some(invoices(Arc::new(seeded.active.clone()), true)),
        request: Arc::new(move |server, turn, invoice| payment(server, pick(&seeded.active, turn), invoice)),
    }
}

/// Fifty at a time who pay invoices of one account.
fn race(seeded: &Arc<Seeded>) -> Operation {
    let accounts: Vec<String> = seeded.active.iter().take(1).cloned().collect();
    let accounts = Arc::new(accounts);
    Operation {
        name: "j",
        title: "j payments of one account, a race",
        clients: &[50],
        target_postgres: "1,000/s",
        target_sqlite: "1,000/s",
        needs: &[("post", "/v1/invoices"), ("post", "/v1/payments")],
        prepare: Some(invoices(Arc::clone(&accounts), true)),
        request: Arc::new(move |server, turn, invoice| payment(server, pick(&accounts, turn), invoice)),
    }
}

/// Over what the other operations have left open.
fn aging() -> Operation {
    Operation {
        name: "k",
        title: "k aging of all open items",
        clients: &[1],
        target_postgres: "300 ms at 1M items",
        target_sqlite: "300 ms at 1M items",
        needs: &[("get", "/v1/reports/aging")],
        prepare: None,
        request: plain(|server, _| server.request(Method::GET, "/v1/reports/aging")),
    }
}

/// Pays an invoice, given as id and total.
fn payment(server: &Server, account: &str, invoice: &str) -> RequestBuilder {
    let (invoice, amount) = invoice.split_once(' ').unwrap();
    let payment = json!({
        "account_id": account, "currency": "USD", "method": "check", "reference": new_uuid().to_string(),
        "received_on": today(), "amount": amount,
        "application": {"mode": "explicit", "applications": [{"invoice_id": invoice, "amount": amount}]},
    });
    write(server, "/v1/payments", &payment)
}

/// Invoices of ten taxed lines: the ids of drafts, or the ids and totals of posted ones, the accounts in turn.
fn invoices(accounts: Arc<Vec<String>>, post: bool) -> Prepare {
    Arc::new(move |server, count| {
        let accounts = Arc::clone(&accounts);
        Box::pin(async move {
            let turns: Vec<u64> = (0..u64::try_from(count).unwrap()).collect();
            let mut made = each("invoices", turns, async |turn| {
                let invoice = server.post("/v1/invoices", &invoice(pick(&accounts, turn), post)).await;
                let id = text(&invoice["id"]);
                (turn, if post { format!("{id} {}", text(&invoice["total"])) } else { id })
            })
            .await;
            made.sort_unstable();
            made.into_iter().map(|(_, text)| text).collect()
        })
    })
}

fn today() -> String {
    Clock::default().now().date_naive().to_string()
}

fn invoice(account: &str, post: bool) -> Value {
    let line = |place: u64| json!({"description": item(place), "quantity": "3", "uom": "each", "unit_price": "12.3400"});
    let lines: Vec<Value> = (0..10).map(line).collect();
    json!({"bill_to_id": account, "currency": "USD", "lines": lines, "tax": {"mode": "computed", "rate": "0.0825"}, "post": post})
}

fn tokens(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let key = seeded.key.clone();
    vec![
        Operation {
            name: "i1",
            title: "i exchange an API key for a token",
            clients: USUAL,
            target_postgres: "0.1",
            target_sqlite: "0.1",
            needs: &[("post", "/oauth/token")],
            prepare: None,
            request: plain(move |server, _| {
                let form = format!("grant_type=client_credentials&client_secret={key}");
                let request = server.http.post(format!("{}/oauth/token", server.url));
                request.header("Content-Type", "application/x-www-form-urlencoded").body(form)
            }),
        },
        Operation {
            name: "i2",
            title: "i request with a verified token (GET /v1/me)",
            clients: USUAL,
            target_postgres: "0.02 for the token",
            target_sqlite: "0.02 for the token",
            needs: &[("get", "/v1/me")],
            prepare: None,
            request: plain(|server, _| server.request(Method::GET, "/v1/me")),
        },
    ]
}
