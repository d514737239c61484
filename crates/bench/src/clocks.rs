//! Promises in bulk: what it costs to carry a change of calendar to all of them, and how soon those that fall due together are told.
//!
//! It runs on a server of its own whose clock can be set, so that a thousand timers are due at one moment.

use std::time::{Duration, Instant};

use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::Arguments;
use crate::progress::{each, say};
use crate::seed::{BULK, text};
use crate::server::Server;
use crate::target::Figure;

/// Promises that a change of calendar reaches.
const CLOCKS: usize = 10_000;
/// Those of one ticket: its first response, and the day's touch.
const EACH: usize = 2;
/// Timers that fall due at one moment.
const TIMERS: usize = 1_000;
/// What is promised to the tickets whose timers fire, of elapsed time.
const PROMISED: Duration = Duration::from_secs(600);
const LONGEST: Duration = Duration::from_secs(120);

/// Both, where they are wanted.
pub(crate) async fn measure(arguments: &Arguments) -> Vec<Figure> {
    if !arguments.wants("q") {
        return Vec::new();
    }
    let server = Server::start_with(arguments, &[("LIAISON_TEST_MODE", "true")]).await;
    let figures = vec![recalculation(&server).await, timers(&server).await];
    server.stop().await;
    for figure in &figures {
        say(format_args!("{}: {}", figure.what, figure.measured));
    }
    figures
}

async fn tickets(server: &Server, kind: &str, count: usize) {
    let chunks = vec![BULK.min(count); count.div_ceil(BULK)];
    each(kind, chunks, async |size: usize| {
        let ticket = json!({
            "subject": "Missed pickup", "description": "The truck did not come.", "type": kind,
            "requester": {"kind": "customer", "name": "Dana Reyes", "email": "dana@customer.example"},
        });
        let _ = server.post("/v1/tickets/bulk", &json!({"atomic": true, "items": vec![ticket; size]})).await;
    })
    .await;
}

/// From the publication of longer office hours to the last promise that they move.
async fn recalculation(server: &Server) -> Figure {
    tickets(server, "scheduling", CLOCKS / EACH).await;
    let calendars = server.call(Method::GET, "/v1/calendars", None).await;
    let calendar = calendars["data"].as_array().unwrap().iter().find(|one| one["is_default"] == true).unwrap();
    let weekly: Vec<Value> =
        ["mon", "tue", "wed", "thu", "fri"].iter().map(|day| json!({"day": day, "start_min": 420, "end_min": 1_080})).collect();
    let hours = json!({"time_zone": "America/Chicago", "weekly": weekly, "exceptions": []});
    let after = end(server).await;
    let (before, began) = (server.usage().cpu_ms, Instant::now());
    server.post(&format!("/v1/calendars/{}/versions", text(&calendar["id"])), &json!({"hours": hours})).await;
    let seen = told(server, "obligation.recalculated", after, CLOCKS).await;
    let cpu = server.usage().cpu_ms - before;
    say(format_args!("{seen} promises recalculated in {} ms", began.elapsed().as_millis()));
    Figure::at_most(format!("q {CLOCKS} clocks recalculated after a change of calendar, CPU with events"), cpu, 2_000, " ms")
}

/// From the moment when they are due to the last one that is told.
async fn timers(server: &Server) -> Figure {
    let target = json!([{"metric": "first_response", "clock": "elapsed", "target_s": PROMISED.as_secs()}]);
    let terms = json!({"match": {"types": ["freight"]}, "targets": target});
    server.post("/v1/sla-policies", &json!({"name": "Freight", "position": 1, "terms": terms})).await;
    tickets(server, "freight", TIMERS).await;
    let after = end(server).await;
    let began = Instant::now();
    let due = Clock::default().now() + PROMISED + Duration::from_secs(60);
    server.call(Method::PUT, "/v1/clock/tickets", Some(&json!({"now": due}))).await;
    told(server, "obligation.breached", after, TIMERS).await;
    let length = u64::try_from(began.elapsed().as_millis()).unwrap();
    Figure::at_most(format!("q {TIMERS} timers due at one moment, until the last is in the feed"), length, 5_000, " ms")
}

/// The position of the feed's last event.
async fn end(server: &Server) -> String {
    let mut after = "0".to_owned();
    loop {
        let page = events(server, "", &after).await;
        match page.0 {
            0 => return after,
            _ => after = page.1,
        }
    }
}

/// Reads the feed until so many events of a type have come.
async fn told(server: &Server, kind: &str, mut after: String, wanted: usize) -> usize {
    let began = Instant::now();
    let mut seen = 0;
    while seen < wanted {
        assert!(began.elapsed() < LONGEST, "only {seen} of {wanted} {kind}");
        let (count, next) = events(server, kind, &after).await;
        seen += count;
        after = next;
        if count == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    seen
}

/// How many events the next page has, and where it ends.
async fn events(server: &Server, kind: &str, after: &str) -> (usize, String) {
    let page = server.call(Method::GET, &format!("/v1/events?limit=200&types={kind}&after={after}"), None).await;
    (page["data"].as_array().unwrap().len(), text(&page["next_cursor"]))
}
