//! Driving one kind of request at a concurrency for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;

use crate::cpu::Usage;
use crate::progress::say;
use crate::target::per_second;

/// Not measured.
const WARM: Duration = Duration::from_millis(500);

/// What was measured.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) requests: usize,
    pub(crate) seconds: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Microseconds of CPU a request, of every process that was asked about.
    pub(crate) cpu_us: u64,
    pub(crate) resident_kib: u64,
    pub(crate) failures: usize,
}

impl Measured {
    /// Requests a second.
    pub(crate) fn rate(&self) -> u64 {
        per_second(self.requests, self.seconds)
    }
}

/// What to drive: the request of a turn, `None` when there is nothing left to ask, and what has been used so far.
pub(crate) struct Load<'a> {
    pub(crate) title: &'a str,
    pub(crate) request: &'a dyn Fn(u64) -> Option<RequestBuilder>,
    pub(crate) usage: &'a dyn Fn() -> Usage,
}

/// How hard, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) clients: usize,
    pub(crate) length: Duration,
    /// How long a client waits from the start of one request to the start of the next; not at all when absent.
    pub(crate) every: Option<Duration>,
}

pub(crate) async fn drive(load: &Load<'_>, pace: Pace) -> Measured {
    let turn = AtomicU64::default();
    warm(load, &turn).await;
    let (before, began) = ((load.usage)(), Instant::now());
    let clients = (0..pace.clients).map(|_| client(load, &turn, pace, began + pace.length));
    let outcomes = futures_util::future::join_all(clients).await;
    let (seconds, after) = (began.elapsed(), (load.usage)());
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

/// Fills caches and pools; a request that is refused says why once.
async fn warm(load: &Load<'_>, turn: &AtomicU64) {
    let end = Instant::now() + WARM;
    let mut refused = false;
    while let Some(request) = (load.request)(turn.fetch_add(1, Ordering::Relaxed)).filter(|_| Instant::now() < end) {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        if !status.is_success() && !refused {
            refused = true;
            say(format_args!("{}: {status} {text}", load.title));
        }
    }
}

async fn client(load: &Load<'_>, turn: &AtomicU64, pace: Pace, end: Instant) -> (Vec<Duration>, usize) {
    let (mut latencies, mut failures) = (Vec::new(), 0);
    let mut ticks = pace.every.map(tokio::time::interval);
    while Instant::now() < end {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let Some(request) = (load.request)(turn.fetch_add(1, Ordering::Relaxed)) else { break };
        let began = Instant::now();
        let answer = request.send().await.unwrap();
        let done = answer.status().is_success();
        let _ = answer.bytes().await;
        latencies.push(began.elapsed());
        failures += usize::from(!done);
    }
    (latencies, failures)
}
