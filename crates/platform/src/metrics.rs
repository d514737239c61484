//! What is counted, in one registry per process, in Prometheus' text format.
//!
//! Labels are route patterns, operation names and outcomes, never paths, ids or callers: the number of series must not
//! grow with the data. Recording never fails; a metric that cannot be registered is simply not exposed.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

const REQUEST_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

struct Instruments {
    registry: Registry,
    requests: Option<HistogramVec>,
    writes: Option<HistogramVec>,
    retries: Option<IntCounterVec>,
    backlog: Option<IntGaugeVec>,
    steps: Option<HistogramVec>,
    forwards: Option<HistogramVec>,
    limited: Option<IntCounterVec>,
    memory: Option<IntGauge>,
}

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(Instruments::new);

impl Instruments {
    fn new() -> Self {
        let registry = Registry::new();
        let duration = |name: &str, help: &str, labels: &[&str]| {
            let options = HistogramOpts::new(name, help).buckets(REQUEST_BUCKETS.to_vec());
            registered(&registry, HistogramVec::new(options, labels))
        };
        let counter = |name: &str, help: &str, labels: &[&str]| registered(&registry, IntCounterVec::new(Opts::new(name, help), labels));
        Self {
            requests: duration("liaison_http_request_seconds", "Requests by route pattern.", &["method", "route", "status"]),
            writes: duration("liaison_write_seconds", "Write transactions by name, retries included.", &["name", "outcome"]),
            retries: counter("liaison_write_retries_total", "Write transactions run again after a collision.", &["name"]),
            backlog: registered(
                &registry,
                IntGaugeVec::new(Opts::new("liaison_outbox_backlog", "Events committed and not yet published."), &["service"]),
            ),
            steps: duration("liaison_worker_step_seconds", "Steps of background work.", &["worker", "outcome"]),
            forwards: duration("liaison_upstream_seconds", "Requests forwarded to a service.", &["service", "outcome"]),
            limited: counter("liaison_rate_limited_total", "Requests refused by a rate limit.", &["class"]),
            memory: registered(&registry, IntGauge::new("process_resident_memory_bytes", "Resident memory of this process.")),
            registry,
        }
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> Option<C> {
    let made = made.and_then(|collector| registry.register(Box::new(collector.clone())).map(|()| collector));
    made.inspect_err(|error| tracing::error!(%error, "a metric is not exposed")).ok()
}

fn observe(histogram: Option<&HistogramVec>, labels: &[&str], elapsed: Duration) {
    if let Some(series) = histogram.and_then(|histogram| histogram.get_metric_with_label_values(labels).ok()) {
        series.observe(elapsed.as_secs_f64());
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// Counts one answered request by route pattern and class of status.
pub fn http(method: &str, pattern: &str, status: u16, elapsed: Duration) {
    observe(INSTRUMENTS.requests.as_ref(), &[method, pattern, status_class(status)], elapsed);
}

/// Counts one write transaction.
pub fn write(name: &str, outcome: &str, retries: u32, elapsed: Duration) {
    observe(INSTRUMENTS.writes.as_ref(), &[name, outcome], elapsed);
    if retries > 0
        && let Some(series) = INSTRUMENTS.retries.as_ref().and_then(|counter| counter.get_metric_with_label_values(&[name]).ok())
    {
        series.inc_by(u64::from(retries));
    }
}

/// Sets how many events of a service wait to be published.
pub fn backlog(service: &str, events: u64) {
    if let Some(series) = INSTRUMENTS.backlog.as_ref().and_then(|gauge| gauge.get_metric_with_label_values(&[service]).ok()) {
        series.set(i64::try_from(events).unwrap_or(i64::MAX));
    }
}

/// Counts one step of background work: `idle`, `worked` or `failed`.
pub fn step(worker: &str, outcome: &str, elapsed: Duration) {
    observe(INSTRUMENTS.steps.as_ref(), &[worker, outcome], elapsed);
}

/// Counts one attempt to forward a request: a class of status, or what went wrong.
pub fn forward(service: &str, outcome: &str, elapsed: Duration) {
    observe(INSTRUMENTS.forwards.as_ref(), &[service, outcome], elapsed);
}

/// Counts one request refused by a rate limit.
pub fn limited(class: &str) {
    if let Some(series) = INSTRUMENTS.limited.as_ref().and_then(|counter| counter.get_metric_with_label_values(&[class]).ok()) {
        series.inc();
    }
}

/// Everything counted so far as `text/plain; version=0.0.4`.
#[must_use]
pub fn text() -> Vec<u8> {
    if let (Some(gauge), Some(bytes)) = (&INSTRUMENTS.memory, resident_bytes()) {
        gauge.set(bytes);
    }
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&INSTRUMENTS.registry.gather(), &mut text) {
        tracing::error!(%error, "metrics cannot be written");
    }
    text
}

/// Resident memory as Linux reports it; nothing elsewhere.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_exposed_by_pattern_and_class() {
        http("GET", "/v1/metrics-test/{id}", 404, Duration::from_millis(3));
        write("metrics.test", "committed", 2, Duration::from_millis(1));
        backlog("metrics-test", 7);
        step("metrics-test", "worked", Duration::ZERO);
        let text = String::from_utf8(text()).unwrap();
        assert!(
            text.contains(r#"liaison_http_request_seconds_count{method="GET",route="/v1/metrics-test/{id}",status="4xx"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"liaison_write_retries_total{name="metrics.test"} 2"#));
        assert!(text.contains(r#"liaison_outbox_backlog{service="metrics-test"} 7"#));
        assert!(text.contains("process_resident_memory_bytes"));
    }
}
