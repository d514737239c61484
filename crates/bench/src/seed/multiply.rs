//! A million of everything: what the API made is copied by statements over whole sets, for through the API it would take
//! hours. The copies differ in their identifiers and numbers only, so every index holds as much as it would.

use std::time::Instant;

use super::Seeded;
use super::connection::Connection;
use super::tables::{Group, INVOICES, ORDERS, TICKETS, Table};
use crate::Arguments;
use crate::progress::say;
use crate::server::Server;

/// Copies are made in so many steps, each a transaction.
const STEPS: usize = 20;

/// Has `size` tickets, orders and open invoices where there were `base` tickets and a tenth as many of the others; the server must
/// be paused. What no wanted operation asks for stays as it is; what is returned names copies too.
pub(crate) async fn multiply(server: &Server, seeded: &Seeded, arguments: &Arguments) -> Seeded {
    let (base, size) = (arguments.base(), arguments.size);
    let wanted = |group: &Group| group.operations.iter().any(|operation| arguments.wants(operation));
    let copies = if wanted(&TICKETS) { copy(server, &TICKETS, base, size).await } else { 0 };
    for group in [ORDERS, INVOICES].iter().filter(|group| wanted(group)) {
        copy(server, group, base / 10, size).await;
    }
    if copies == 0 {
        return seeded.clone();
    }
    let tickets = seeded.tickets.iter().zip((1..=copies).cycle()).map(|(id, k)| format!("{}{k:08x}", &id[..28])).collect();
    Seeded { tickets, ..seeded.clone() }
}

/// Fills the group's tables up and says how many copies of each row that took.
pub(super) async fn copy(server: &Server, group: &Group, base: usize, size: usize) -> usize {
    let mut connection = Connection::open(server.place(group.service), group.service).await;
    for table in group.tables {
        let which = table.which.replace("{base}", &base.to_string());
        connection.execute(&format!("CREATE TEMP TABLE template_{0} AS SELECT * FROM {0} WHERE {which}", table.name)).await;
    }
    let first = group.tables.first().map(|table| table.name).unwrap_or_default();
    let present = connection.count(first).await;
    let copies = size.saturating_sub(present) / connection.count(&format!("template_{first}")).await.max(1);
    let began = Instant::now();
    for step in 0..STEPS {
        let (from, to) = (copies * step / STEPS + 1, copies * (step + 1) / STEPS);
        for table in group.tables {
            let sql = insert(&mut connection, table, from, to).await;
            connection.execute(&sql).await;
        }
        say(format_args!("  {}: {} of {size}", group.title, present + base * to));
    }
    for statement in group.after {
        connection.execute(statement).await;
    }
    connection.settle().await;
    say(format_args!("{}: {size} in {:.0} s", group.title, began.elapsed().as_secs_f64()));
    copies
}

/// The statement that makes the copies from one number to another of every row of a table's template.
async fn insert(connection: &mut Connection, table: &Table, from: usize, to: usize) -> String {
    let columns = connection.columns(table.name).await;
    let columns: Vec<&str> = columns.iter().map(String::as_str).filter(|column| !table.left_out.contains(column)).collect();
    let values: Vec<String> = columns.iter().map(|column| value(connection, table, column)).collect();
    format!(
        "WITH RECURSIVE series(k) AS (SELECT CAST({from} AS BIGINT) UNION ALL SELECT k + 1 FROM series WHERE k < {to}) \
         INSERT INTO {0} ({1}) SELECT {2} FROM series CROSS JOIN template_{0} AS t WHERE k <= {to}",
        table.name,
        columns.join(", "),
        values.join(", ")
    )
}

/// What a copy has in a column.
fn value(connection: &Connection, table: &Table, column: &str) -> String {
    match table.changed.iter().find(|(name, _)| *name == column) {
        Some((_, expression)) => expression.replace("{hex}", &connection.hex("k")),
        None if table.ids.contains(&column) && table.in_order => connection.copied_in_order(column, "k"),
        None if table.ids.contains(&column) => connection.copied(column, "k"),
        None => format!("t.{column}"),
    }
}
