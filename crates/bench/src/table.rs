//! Printing what was measured, as Markdown.

use std::collections::BTreeMap;

use crate::Arguments;
use crate::operations::Row;
use crate::target::{Figure, micros, ms, ratio, verdict};

/// How much dearer an operation may become with a hundred times the data, in hundredths.
const GROWTH: u64 = 150;

/// Where and on what it was measured.
pub(crate) fn heading(arguments: &Arguments) {
    let database = match &arguments.postgres {
        Some(_) => "PostgreSQL, synchronous_commit on",
        None => "SQLite, WAL, synchronous FULL (every commit survives power loss)",
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    println!(
        "\n{database}; {} accounts and tickets; {} s each; {cores} cores, load {load} at the end.\n",
        arguments.base(),
        arguments.seconds
    );
}

/// Requests beside their floors and targets, with so many things in the tables.
pub(crate) fn requests(arguments: &Arguments, size: usize, rows: &[Row], floors: &BTreeMap<&'static str, u64>) {
    if rows.is_empty() {
        return;
    }
    println!("| operation | clients | requests/s | p50 ms | p99 ms | CPU ms | floor ms | ratio | target | | memory MiB | failed |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for Row { operation, clients, measured } in rows {
        let floor = floors.get(operation.name).copied().unwrap_or_default();
        let target = operation.target(arguments);
        println!(
            "| {} | {clients} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            operation.title,
            measured.rate(),
            ms(micros(measured.p50)),
            ms(micros(measured.p99)),
            ms(measured.cpu_us),
            if floor == 0 { "-".to_owned() } else { ms(floor) },
            ratio(measured.cpu_us, floor),
            target.map_or_else(|| "-".to_owned(), |target| target.words()),
            target.map_or("-", |target| target.verdict(measured, size)),
            measured.resident_kib / 1_024,
            measured.failures,
        );
    }
    println!();
}

/// The same requests with little and with much in the tables.
pub(crate) fn growth(arguments: &Arguments, small: &[Row], large: &[Row]) {
    println!("With {} tickets, orders and open invoices:\n", arguments.size);
    println!("| operation | clients | CPU ms | at {} | ratio | target | | p50 ms | p99 ms |", arguments.base());
    println!("|---|---|---|---|---|---|---|---|---|");
    for (before, Row { operation, clients, measured }) in small.iter().zip(large) {
        // The report reads every open item, so its own target says how it may grow.
        let own = operation.name == "k";
        let (was, is) = (before.measured.cpu_us, measured.cpu_us);
        println!(
            "| {} | {clients} | {} | {} | {} | {} | {} | {} | {} |",
            operation.title,
            ms(is),
            ms(was),
            ratio(is, was),
            if own {
                operation.target(arguments).map_or_else(String::new, |target| target.words())
            } else {
                format!("at most {}", ratio(GROWTH, 100))
            },
            match operation.target(arguments).filter(|_| own) {
                Some(target) => target.verdict(measured, arguments.size),
                None => verdict(is * 100 <= was * GROWTH),
            },
            ms(micros(measured.p50)),
            ms(micros(measured.p99)),
        );
    }
    println!();
}

/// Everything that is not a request.
pub(crate) fn figures(figures: &[Figure]) {
    println!("| what | measured | target | |");
    println!("|---|---|---|---|");
    for Figure { what, measured, target, verdict } in figures {
        println!("| {what} | {measured} | {target} | {verdict} |");
    }
}
