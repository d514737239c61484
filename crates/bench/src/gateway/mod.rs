//! The gateway between a client and a service, beside no gateway and beside nginx, for the same upstream.
//!
//! The upstream is a process of its own that answers every request with the same kilobyte, so that what is seen is the
//! proxy's own cost: with a real service behind it the shares would be nearer to one.

mod proxies;
pub(crate) mod upstream;

use std::time::Duration;

use reqwest::Client;

use crate::Arguments;
use crate::cpu;
use crate::load::{Load, Measured, Pace, drive};
use crate::progress::say;
use crate::target::{Figure, micros, ms, ratio, verdict};
use proxies::{Running, gateway, nginx, straight};

const CLIENTS: usize = 16;

/// Of nginx's throughput, in hundredths.
const SHARE: u64 = 80;

/// What the gateway may add to the 99th percentile at half load, in microseconds.
const ADDED: u64 = 1_000;

/// Every figure about the gateway.
pub(crate) async fn measure(arguments: &Arguments) -> Vec<Figure> {
    if !arguments.wants("o") {
        return Vec::new();
    }
    let length = Duration::from_secs(arguments.seconds);
    let upstream = straight().await;
    let gateway = gateway(&upstream.url).await;
    let direct = full(&upstream, length).await;
    let through = full(&gateway, length).await;
    let mut figures = vec![
        described("o no proxy", &direct),
        described("o gateway", &through),
        Figure::plain("o gateway's throughput as a share of no proxy", ratio(through.rate(), direct.rate())),
    ];
    figures.extend(beside_nginx(&upstream, &through, length).await);
    figures.push(added(&upstream, &gateway, through.rate() / 2, length).await);
    figures
}

async fn beside_nginx(upstream: &Running, through: &Measured, length: Duration) -> Vec<Figure> {
    let Some(nginx) = nginx(&upstream.url).await else {
        say("nginx is not installed (apt-get install nginx-light), so the gateway is not set beside it");
        return vec![Figure::plain("o gateway's throughput as a share of nginx's", "nginx is not installed")];
    };
    let other = full(&nginx, length).await;
    drop(nginx);
    let share = ratio(through.rate(), other.rate());
    let met = through.rate() * 100 >= other.rate() * SHARE;
    let what = "o gateway's throughput as a share of nginx's".to_owned();
    vec![described("o nginx", &other), Figure { what, measured: share, target: format!("0.{SHARE}"), verdict: verdict(met) }]
}

/// As fast as it goes.
async fn full(running: &Running, length: Duration) -> Measured {
    ask(running, Pace { clients: CLIENTS, length, every: None }).await
}

async fn ask(running: &Running, pace: Pace) -> Measured {
    let http = Client::new();
    let request = |_| Some(http.get(format!("{}/v1/accounts/{}", running.url, upstream::ID)).bearer_auth(upstream::TOKEN));
    let load = Load { title: running.name, request: &request, usage: &|| cpu::of_family(running.process()) };
    let measured = drive(&load, pace).await;
    assert_eq!(measured.failures, 0, "{} does not forward", running.name);
    say(format_args!("{}: {}/s, {} ms CPU each", running.name, measured.rate(), ms(measured.cpu_us)));
    measured
}

fn described(what: &str, measured: &Measured) -> Figure {
    let p99 = ms(micros(measured.p99));
    Figure::plain(
        what,
        format!("{}/s, p99 {p99} ms, own CPU {} ms, {} MiB", measured.rate(), ms(measured.cpu_us), measured.resident_kib / 1_024),
    )
}

/// The difference of the 99th percentiles at a rate that leaves half of the gateway idle.
async fn added(upstream: &Running, gateway: &Running, rate: u64, length: Duration) -> Figure {
    let every = Duration::from_micros(1_000_000 * u64::try_from(CLIENTS).unwrap() / rate.max(1));
    let pace = Pace { clients: CLIENTS, length, every: Some(every) };
    let (direct, through) = (ask(upstream, pace).await, ask(gateway, pace).await);
    let added = micros(through.p99).saturating_sub(micros(direct.p99));
    let measured = format!("{} ms ({} over {})", ms(added), ms(micros(through.p99)), ms(micros(direct.p99)));
    let what = format!("o p99 that the gateway adds at half load, {rate}/s");
    Figure { what, measured, target: format!("under {} ms", ms(ADDED)), verdict: verdict(added < ADDED) }
}
