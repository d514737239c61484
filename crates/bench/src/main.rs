//! Measures what each operation costs, beside the floor of the same rows written and read by plain prepared SQL.
//!
//! `cargo run --release -p bench` starts the release executable embedded on SQLite (or, with `--postgres URL`, on that
//! server), fills it over HTTP, drives each operation at concurrency 1 and 16 and prints tables with targets. The figure
//! that counts on a shared machine is CPU milliseconds a request: of the server's process, and of PostgreSQL's. With a
//! `--size` beyond what is filled over HTTP everything is measured a second time with that many tickets, orders and invoices.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that fails ends the run and says where"
)]

mod clocks;
mod cpu;
mod floor;
mod gateway;
mod load;
mod operations;
mod prices;
mod progress;
mod seed;
mod server;
mod table;
mod target;
mod verifying;
mod volume;

use clap::Parser;

use operations::Row;
use progress::say;
use server::Server;
use target::Figure;

/// The most accounts and tickets that are made over HTTP; what goes beyond is copied.
const OVER_HTTP: usize = 10_000;

/// What to measure.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Arguments {
    /// A PostgreSQL server, as a superuser of it, on which a database is made and dropped; SQLite files otherwise.
    #[arg(long)]
    postgres: Option<String>,
    /// Accounts and tickets; messages are four times as many. Beyond 10,000 the operations are measured at 10,000 and then with so many
    /// tickets, orders and open invoices.
    #[arg(long, default_value_t = 10_000)]
    size: usize,
    /// Seconds for each operation and concurrency.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only these: a to k, r and s as the table names the operations (i1, i2 and i3 for tokens), l bill run, m and n imports, o gateway, p process, q clocks, t prices at
    /// size.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Answers every request on this port with the same document: what the gateway is measured with.
    #[arg(long, hide = true)]
    upstream: Option<u16>,
}

impl Arguments {
    /// Whether what has this name is to be measured.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }

    /// How many accounts and tickets are made over HTTP.
    fn base(&self) -> usize {
        self.size.min(OVER_HTTP)
    }
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if let Some(port) = arguments.upstream {
        return gateway::upstream::serve(port).await;
    }
    let mut server = Server::start(&arguments).await;
    let mut figures = process(&server, &arguments, "first start, empty");
    let seeded = seed::seed(&server, arguments.base()).await;
    let floors = floor::measure(&arguments).await;
    let small = operations::measure(&server, &seeded, &arguments).await;
    figures.extend(verifying::measure(&server, &seeded, &arguments).await);
    figures.extend(volume::measure(&server, &seeded, &arguments).await);
    server.pause();
    let mut large = Vec::new();
    if arguments.size > arguments.base() {
        let seeded = seed::multiply::multiply(&server, &seeded, &arguments).await;
        server.resume().await;
        large = operations::measure(&server, &seeded, &arguments).await;
        server.pause();
    }
    server.resume().await;
    figures.extend(process(&server, &arguments, "existing data"));
    figures.extend(under_load(&small, &arguments));
    server.stop().await;
    figures.extend(clocks::measure(&arguments).await);
    figures.extend(prices::measure(&arguments).await);
    figures.extend(gateway::measure(&arguments).await);
    table::heading(&arguments);
    table::requests(&arguments, arguments.base(), &small, &floors);
    if !large.is_empty() {
        table::growth(&arguments, &small, &large);
    }
    table::figures(&figures);
}

/// How the process starts and idles, and how large its executable is.
fn process(server: &Server, arguments: &Arguments, data: &str) -> Vec<Figure> {
    if !arguments.wants("p") {
        return Vec::new();
    }
    let ready = u64::try_from(server.ready_after.as_millis()).unwrap();
    let idle = server.idle_kib / 1_024;
    say(format_args!("{data}: ready after {ready} ms, idle {idle} MiB"));
    let started = format!("p start to ready, {data}");
    let idle = Figure::at_most(format!("p memory when idle, {data}"), idle, 60, " MiB");
    if data.starts_with("first") {
        return vec![executable(), Figure::plain(started, format!("{ready} ms")), idle];
    }
    vec![Figure::at_most(started, ready, 200, " ms"), idle]
}

fn executable() -> Figure {
    let bytes = std::fs::metadata(server::executable()).unwrap().len();
    Figure::at_most("p release executable", bytes >> 20, 100, " MiB")
}

/// The most memory that any operation left at sixteen clients.
fn under_load(rows: &[Row], arguments: &Arguments) -> Option<Figure> {
    let most = rows.iter().filter(|row| row.clients == 16).map(|row| row.measured.resident_kib).max()?;
    arguments.wants("p").then(|| Figure::at_most("p memory under load, 16 clients", most / 1_024, 150, " MiB"))
}
