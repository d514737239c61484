//! The operations that are measured, each as one request of the public API.
//!
//! What a request uses up (a draft to post, an invoice to pay) is made beforehand, outside the measurement.

mod receivables;
mod sales;
mod tickets;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::id::new_uuid;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::Arguments;
use crate::load::{Load, Measured, Pace, drive};
use crate::progress::say;
use crate::seed::Seeded;
use crate::server::Server;
use crate::target::{Target, ms};

/// Makes the request of a turn; the text is what was prepared for it.
type Request = Arc<dyn Fn(&Server, u64, &str) -> RequestBuilder + Send + Sync>;

/// Makes so many texts, one for each request.
type Prepare = Arc<dyn for<'s> Fn(&'s Server, usize) -> BoxFuture<'s, Vec<String>> + Send + Sync>;

const USUAL: &[usize] = &[1, 16];

/// Requests that are prepared for each second of an operation that uses something up; it ends early when they are gone.
const PREPARED: u64 = 400;

/// One operation.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// How many clients ask at a time.
    clients: &'static [usize],
    /// On PostgreSQL and on SQLite.
    targets: Option<[Target; 2]>,
    prepare: Option<Prepare>,
    request: Request,
}

impl Operation {
    /// What it should reach on this run's database.
    pub(crate) fn target(&self, arguments: &Arguments) -> Option<Target> {
        self.targets.map(|[postgres, sqlite]| if arguments.postgres.is_some() { postgres } else { sqlite })
    }

    async fn drive(&self, server: &Server, clients: usize, length: Duration) -> Measured {
        let prepared = match &self.prepare {
            Some(prepare) => Some(prepare(server, usize::try_from(PREPARED * length.as_secs()).unwrap()).await),
            None => None,
        };
        let request = |turn: u64| {
            let text = match &prepared {
                Some(prepared) => prepared.get(usize::try_from(turn).ok()?)?,
                None => "",
            };
            Some((self.request)(server, turn, text))
        };
        let load = Load { title: self.title, request: &request, usage: &|| server.usage() };
        drive(&load, Pace { clients, length, every: None }).await
    }
}

/// An operation at a concurrency and what came of it.
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) clients: usize,
    pub(crate) measured: Measured,
}

/// Every operation that is wanted, at each of its concurrencies.
pub(crate) async fn measure(server: &Server, seeded: &Seeded, arguments: &Arguments) -> Vec<Row> {
    let mut rows = Vec::new();
    for operation in all(seeded).into_iter().filter(|operation| arguments.wants(operation.name)) {
        for &clients in operation.clients {
            let measured = operation.drive(server, clients, Duration::from_secs(arguments.seconds)).await;
            let (count, cpu, failed) = (measured.requests, ms(measured.cpu_us), measured.failures);
            say(format_args!("{} x{clients}: {count} requests, {cpu} ms CPU each, {failed} failed", operation.title));
            rows.push(Row { operation: operation.clone(), clients, measured });
        }
    }
    rows
}

/// All operations, on what was seeded.
fn all(seeded: &Seeded) -> Vec<Operation> {
    let seeded = Arc::new(seeded.clone());
    let mut all = tickets::all(&seeded);
    all.extend(sales::all(&seeded));
    all.extend(receivables::all(&seeded));
    all.extend(tokens(&seeded));
    all.sort_by_key(|operation| operation.name);
    all
}

/// Bounds of CPU in microseconds.
fn cpu(postgres: u64, sqlite: u64) -> Option<[Target; 2]> {
    Some([Target::Cpu(postgres), Target::Cpu(sqlite)])
}

fn plain(request: impl Fn(&Server, u64) -> RequestBuilder + Send + Sync + 'static) -> Request {
    Arc::new(move |server, turn, _| request(server, turn))
}

/// A write that could be repeated safely.
fn write(server: &Server, path: &str, body: &Value) -> RequestBuilder {
    server.request(Method::POST, path).header("Idempotency-Key", new_uuid().to_string()).json(body)
}

fn tokens(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let key = seeded.key.clone();
    vec![
        Operation {
            name: "i1",
            title: "i exchange an API key for a token",
            clients: USUAL,
            targets: cpu(100, 100),
            prepare: None,
            request: plain(move |server, _| server.exchange(&key)),
        },
        Operation {
            name: "i2",
            title: "i the least request with a token (GET /v1/me)",
            clients: USUAL,
            targets: None,
            prepare: None,
            request: plain(|server, _| server.request(Method::GET, "/v1/me")),
        },
    ]
}
