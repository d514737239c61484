//! Posting invoices, paying them, and who owes what.

use std::sync::Arc;
use std::time::Duration;

use kernel::id::new_uuid;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{Operation, Prepare, USUAL, cpu, plain, write};
use crate::progress::each;
use crate::seed::{Seeded, invoice, pick, text, today};
use crate::server::Server;
use crate::target::Target;

/// What the report of aging may take, over a million open items.
const AGING: Target = Target::Median { at_most: Duration::from_millis(300), from_size: 1_000_000 };

const RACE: Target = Target::Rate(1_000);

pub(super) fn all(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let posting = Arc::new(seeded.active.clone());
    let (paying, racing) = (Arc::clone(&posting), Arc::new(seeded.active.iter().take(1).cloned().collect::<Vec<_>>()));
    vec![
        Operation {
            name: "g",
            title: "g post an invoice of ten lines",
            clients: USUAL,
            targets: cpu(2_000, 1_500),
            prepare: Some(invoices(posting, false)),
            request: Arc::new(|server, _, draft| {
                let request = server.request(Method::POST, &format!("/v1/invoices/{draft}/post"));
                request.header("Idempotency-Key", new_uuid().to_string()).header("If-Match", "*")
            }),
        },
        Operation {
            name: "h",
            title: "h record and apply its payment",
            clients: USUAL,
            targets: cpu(1_500, 1_000),
            prepare: Some(invoices(Arc::clone(&paying), true)),
            request: Arc::new(move |server, turn, invoice| payment(server, pick(&paying, turn), invoice)),
        },
        Operation {
            name: "j",
            title: "j payments of one account, a race",
            clients: &[50],
            targets: Some([RACE, RACE]),
            prepare: Some(invoices(Arc::clone(&racing), true)),
            request: Arc::new(move |server, turn, invoice| payment(server, pick(&racing, turn), invoice)),
        },
        Operation {
            name: "k",
            title: "k aging of all open items",
            clients: &[1],
            targets: Some([AGING, AGING]),
            prepare: None,
            request: plain(|server, _| server.request(Method::GET, "/v1/reports/aging")),
        },
    ]
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
