//! A million prices: a standard list of many items, and books of accounts.

use std::time::Duration;

use serde_json::{Value, json};

use super::connection::Connection;
use super::multiply::copy;
use super::tables::{ACCOUNT_BOOKS, ITEMS, STANDARD};
use super::{accounts, branch, catalogue, item};
use crate::server::Server;

/// Rows of one statement that names what it writes.
const NAMED: usize = 5_000;

/// Makes the accounts, the standard list and a book of the first account over HTTP.
pub(crate) async fn seed(server: &Server, count: usize) -> Vec<String> {
    catalogue::seed(server).await;
    let accounts = accounts(server, &branch(server).await, count).await;
    let entries = (0..catalogue::ITEMS).map(item).enumerate();
    let entry =
        |(place, code): (usize, String)| json!({"item_code": code, "terms": {"model": "flat", "unit_price": format!("{}.25", 9 + place)}});
    let entries: Vec<Value> = entries.map(entry).collect();
    let own = catalogue::book(server, ("OWN", "account"), entries.chunks(super::BULK).map(<[Value]>::to_vec).collect()).await;
    let subject = json!({"kind": "account", "id": accounts[0]});
    server.post("/v1/price-assignments", &json!({"book_id": own, "subject": subject, "start": "2026-01-01"})).await;
    accounts
}

/// Has `list` items with a price each in the standard list, and `books` books of accounts, assigned in turn; the server must be paused.
pub(crate) async fn fill(server: &Server, accounts: &[String], list: usize, books: usize) {
    copy(server, &ITEMS, 1, list).await;
    // The standard list is a book too.
    copy(server, &ACCOUNT_BOOKS, 1, books + 1).await;
    let mut connection = Connection::open(server.place("pricing"), "pricing").await;
    connection.execute("CREATE TEMP TABLE template AS SELECT * FROM price_assignment").await;
    let columns = connection.columns("price_assignment").await;
    let value = |column: &String| match column.as_str() {
        "id" => connection.copied_in_order("id", "k"),
        "subject_id" => connection.id("account"),
        "lane" => format!("replace(t.lane, '{}', account)", accounts[0]),
        // The first book is no copy.
        "book_id" => format!("CASE WHEN book = 0 THEN t.book_id ELSE {} END", connection.copied_in_order("book_id", "book")),
        column => format!("t.{column}"),
    };
    let (names, values) = (columns.join(", "), columns.iter().map(value).collect::<Vec<_>>().join(", "));
    let others: Vec<(usize, &String)> = (1..).zip(&accounts[1..]).collect();
    for chunk in others.chunks(NAMED) {
        let rows: Vec<String> = chunk.iter().map(|(k, account)| format!("({k}, '{account}', {})", k % books)).collect();
        let rows = format!("SELECT column1 AS k, column2 AS account, column3 AS book FROM (VALUES {}) AS v", rows.join(", "));
        connection
            .execute(&format!("INSERT INTO price_assignment ({names}) SELECT {values} FROM template AS t CROSS JOIN ({rows}) AS one"))
            .await;
    }
    connection.settle().await;
}

/// Waits until every version that was submitted has an image.
pub(crate) async fn imaged(server: &Server) {
    let mut connection = Connection::open(server.place("pricing"), "pricing").await;
    while connection.count("version_image WHERE part = 0").await < connection.count("book_version WHERE state <> 'draft'").await {
        tokio::time::sleep(POLL).await;
    }
}

/// How often what happens in the background is looked at.
const POLL: Duration = Duration::from_millis(200);

/// Puts another price in the place of each in the standard list, in its draft; the server must be paused.
pub(crate) async fn rewrite(server: &Server) {
    let mut connection = Connection::open(server.place("pricing"), "pricing").await;
    let draft = "(SELECT id FROM book_version WHERE state = 'draft')";
    connection
        .execute(&format!("INSERT INTO price_removal (version_id, entry_id) SELECT {draft}, id FROM price_entry WHERE {STANDARD}"))
        .await;
    let columns = connection.columns("price_entry").await;
    let value = |column: &String| match column.as_str() {
        "id" => connection.renewed("id"),
        "version_id" => draft.to_owned(),
        "terms" => connection.json("replace(CAST(t.terms AS TEXT), '.', '1.')"),
        column => format!("t.{column}"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql =
        format!("INSERT INTO price_entry ({}) SELECT {} FROM price_entry AS t WHERE {STANDARD}", columns.join(", "), values.join(", "));
    connection.execute(&sql).await;
    connection.settle().await;
}
