//! Driving one operation at a concurrency for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;

use crate::operations::Operation;
use crate::seed::say;
use crate::server::Server;

/// Not measured.
const WARM: Duration = Duration::from_millis(500);

/// What was measured.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) requests: usize,
    pub(crate) seconds: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Microseconds of CPU a request, server and database.
    pub(crate) cpu_us: u64,
    pub(crate) resident_kib: u64,
    pub(crate) failures: usize,
}

/// Requests that are prepared for each second of an operation that uses something up; it ends early when they are gone.
const PREPARED: u64 = 400;

/// The requests of an operation, one after the other, while there is something prepared for them.
struct Requests<'a> {
    server: &'a Server,
    operation: &'a Operation,
    turn: AtomicU64,
    prepared: Option<Vec<String>>,
}

impl Requests<'_> {
    fn next(&self) -> Option<RequestBuilder> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let prepared = match &self.prepared {
            Some(prepared) => prepared.get(usize::try_from(turn).ok()?)?,
            None => "",
        };
        Some((self.operation.request)(self.server, turn, prepared))
    }
}

pub(crate) async fn drive(server: &Server, operation: &Operation, concurrency: usize, length: Duration) -> Measured {
    let prepared = match &operation.prepare {
        Some(prepare) => Some(prepare(server, usize::try_from(PREPARED * length.as_secs()).unwrap()).await),
        None => None,
    };
    let requests = Requests { server, operation, turn: AtomicU64::default(), prepared };
    warm(&requests).await;
    let (before, began) = (server.usage(), Instant::now());
    let clients = (0..concurrency).map(|_| client(&requests, began + length));
    let outcomes = futures_util::future::join_all(clients).await;
    let (seconds, after) = (began.elapsed(), server.usage());
    let failures = outcomes.iter().map(|(_, failures)| *failures).sum();
    let mut latencies: Vec<Duration> = outcomes.into_iter().flat_map(|(latencies, _)| latencies).collect();
    latencies.sort_unstable();
    let at =
        |share: usize| latencies.get((latencies.len() * share / 100).min(latencies.len().saturating_sub(1))).copied().unwrap_or_default();
    let count = u64::try_from(latencies.len().max(1)).unwrap();
    Measured {
        requests: latencies.len(),
        seconds,
        p50: at(50),
        p99: at(99),
        cpu_us: (after.cpu_ms - before.cpu_ms) * 1_000 / count,
        resident_kib: after.resident_kib,
        failures,
    }
}

/// Fills caches and pools; an operation that is refused says why once.
async fn warm(requests: &Requests<'_>) {
    let end = Instant::now() + WARM;
    let mut refused = false;
    while let Some(request) = requests.next().filter(|_| Instant::now() < end) {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        if !status.is_success() && !refused {
            refused = true;
            say(format_args!("{}: {status} {text}", requests.operation.title));
        }
    }
}

async fn client(requests: &Requests<'_>, end: Instant) -> (Vec<Duration>, usize) {
    let (mut latencies, mut failures) = (Vec::new(), 0);
    while Instant::now() < end {
        let Some(request) = requests.next() else { break };
        let began = Instant::now();
        let answer = request.send().await.unwrap();
        let done = answer.status().is_success();
        let _ = answer.bytes().await;
        latencies.push(began.elapsed());
        failures += usize::from(!done);
    }
    (latencies, failures)
}
