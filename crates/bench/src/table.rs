//! Printing what was measured.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Arguments;
use crate::load::Measured;
use crate::operations::Operation;
use crate::server::Server;

/// An operation, how many clients asked for it, and what came of it, unless the API does not offer it.
pub(crate) type Row = (Operation, usize, Option<Measured>);

/// Microseconds as milliseconds with two decimals.
fn ms(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}

/// A ratio with one decimal.
fn ratio(one: u64, other: u64) -> String {
    (one * 10).checked_div(other).map_or_else(|| "-".to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// One finished measurement, while others run.
pub(crate) fn say(name: &str, concurrency: usize, measured: Option<&Measured>) {
    match measured {
        Some(measured) => crate::seed::say(format_args!(
            "{name} x{concurrency}: {} requests, {} ms CPU each, {} failed",
            measured.requests,
            ms(measured.cpu_us),
            measured.failures,
        )),
        None => crate::seed::say(format_args!("{name}: not there yet")),
    }
}

/// The whole table, as Markdown.
pub(crate) fn print(arguments: &Arguments, rows: &[Row], floors: &BTreeMap<&'static str, u64>, server: &Server) {
    let database = if arguments.postgres.is_some() { "PostgreSQL, synchronous_commit on" } else { "SQLite, WAL, synchronous FULL" };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("\n{database}; {} accounts and tickets; {cores} cores.", arguments.size);
    println!("Ready after {} ms (first start, empty), idle {} MiB.\n", server.ready_after.as_millis(), server.idle_kib / 1_024);
    println!("| operation | clients | requests/s | p50 ms | p99 ms | CPU ms | floor ms | ratio | target ms | memory MiB | failed |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (operation, concurrency, measured) in rows {
        let floor = floors.get(operation.name).copied().unwrap_or_default();
        let target = if arguments.postgres.is_some() { operation.target_postgres } else { operation.target_sqlite };
        match measured {
            Some(measured) => line(operation.title, *concurrency, measured, floor, target),
            None => println!("| {} | {concurrency} | not there yet | | | | | | {target} | | |", operation.title),
        }
    }
}

fn line(title: &str, concurrency: usize, measured: &Measured, floor: u64, target: &str) {
    let rate = u128::try_from(measured.requests).unwrap_or_default() * 1_000 / measured.seconds.as_millis().max(1);
    println!(
        "| {title} | {concurrency} | {rate} | {} | {} | {} | {} | {} | {target} | {} | {} |",
        ms(micros(measured.p50)),
        ms(micros(measured.p99)),
        ms(measured.cpu_us),
        if floor == 0 { "-".to_owned() } else { ms(floor) },
        ratio(measured.cpu_us, floor),
        measured.resident_kib / 1_024,
        measured.failures,
    );
}
