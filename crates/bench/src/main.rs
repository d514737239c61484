//! Measures what each operation costs, beside the floor of the same rows written and read by plain prepared SQL.
//!
//! `cargo run --release -p bench` starts the release executable embedded on SQLite (or, with `--postgres URL`, on that
//! server), seeds a size over HTTP, drives each operation at concurrency 1 and 16 and prints a table. The figure that
//! counts on a shared machine is CPU milliseconds a request: of the server's process, and of PostgreSQL's.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that fails ends the run and says where"
)]

mod cpu;
mod floor;
mod load;
mod operations;
mod seed;
mod server;
mod table;

use std::time::Duration;

use clap::Parser;

/// What to measure.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Arguments {
    /// A PostgreSQL server on which a database is made and dropped; SQLite files otherwise.
    #[arg(long)]
    postgres: Option<String>,
    /// Accounts and tickets to seed; messages are four times as many.
    #[arg(long, default_value_t = 10_000)]
    size: usize,
    /// Seconds for each operation and concurrency.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only the operations whose name starts so.
    #[arg(long, default_value = "")]
    only: String,
}

impl Arguments {
    /// Whether an operation of this name is to be measured.
    fn wants(&self, name: &str) -> bool {
        name.starts_with(&self.only)
    }
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let server = server::Server::start(&arguments).await;
    let seeded = seed::seed(&server, arguments.size).await;
    let floors = floor::measure(&arguments).await;
    let mut rows = Vec::new();
    for operation in operations::all(&seeded).into_iter().filter(|operation| arguments.wants(operation.name)) {
        for &concurrency in operation.clients {
            let measured = match operation.is_there(&server) {
                true => Some(load::drive(&server, &operation, concurrency, Duration::from_secs(arguments.seconds)).await),
                false => None,
            };
            table::say(operation.name, concurrency, measured.as_ref());
            rows.push((operation.clone(), concurrency, measured));
        }
    }
    table::print(&arguments, &rows, &floors, &server);
    server.stop().await;
}
