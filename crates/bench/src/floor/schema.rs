//! The floor's tables and what is in them.

use super::Filled;
use super::connection::Connection;
use super::statement::{Field, insert, known, letters, number};

/// Rows of one statement while filling.
const CHUNK: u64 = 100;

/// People who have tickets.
pub(super) const PEOPLE: u64 = 100;

/// Lines of the book.
pub(super) const PRICES: u64 = 1_000;

/// Invoices that can be posted and paid again and again.
pub(super) const INVOICES: u64 = 1_000;

const TABLES: &[&str] = &[
    "CREATE TABLE ticket (id uuid PRIMARY KEY, number bigint NOT NULL, account uuid NOT NULL, assignee uuid NOT NULL, open bigint NOT NULL, created bigint NOT NULL, subject text NOT NULL, details text NOT NULL)",
    "CREATE INDEX ticket_assignee ON ticket (assignee, open, created)",
    "CREATE INDEX ticket_account ON ticket (account, created)",
    "CREATE UNIQUE INDEX ticket_number ON ticket (number)",
    "CREATE TABLE message (id uuid PRIMARY KEY, ticket uuid NOT NULL, place bigint NOT NULL, body text NOT NULL)",
    "CREATE UNIQUE INDEX message_ticket ON message (ticket, place)",
    "CREATE TABLE obligation (id uuid PRIMARY KEY, ticket uuid NOT NULL, kind bigint NOT NULL, due bigint NOT NULL)",
    "CREATE INDEX obligation_ticket ON obligation (ticket)",
    "CREATE INDEX obligation_due ON obligation (due)",
    "CREATE TABLE account (id uuid PRIMARY KEY, branch uuid NOT NULL, created bigint NOT NULL, name text NOT NULL, details text NOT NULL)",
    "CREATE INDEX account_name ON account (name)",
    "CREATE INDEX account_branch ON account (branch, created)",
    "CREATE TABLE price (code text PRIMARY KEY, amount bigint NOT NULL, terms text NOT NULL)",
    "CREATE TABLE sales_order (id uuid PRIMARY KEY, number bigint NOT NULL, account uuid NOT NULL, created bigint NOT NULL, total bigint NOT NULL, details text NOT NULL)",
    "CREATE INDEX sales_order_account ON sales_order (account, created)",
    "CREATE UNIQUE INDEX sales_order_number ON sales_order (number)",
    "CREATE TABLE line (id uuid PRIMARY KEY, parent uuid NOT NULL, place bigint NOT NULL, quantity bigint NOT NULL, amount bigint NOT NULL, trace text NOT NULL)",
    "CREATE UNIQUE INDEX line_parent ON line (parent, place)",
    "CREATE TABLE invoice (id uuid PRIMARY KEY, number bigint NOT NULL, account uuid NOT NULL, total bigint NOT NULL, open bigint NOT NULL, due bigint NOT NULL, details text NOT NULL)",
    "CREATE INDEX invoice_account ON invoice (account, due)",
    "CREATE TABLE payment (id uuid PRIMARY KEY, account uuid NOT NULL, amount bigint NOT NULL, details text NOT NULL)",
    "CREATE INDEX payment_account ON payment (account)",
    "CREATE TABLE application (id uuid PRIMARY KEY, payment uuid NOT NULL, invoice uuid NOT NULL, amount bigint NOT NULL)",
    "CREATE INDEX application_invoice ON application (invoice)",
    "CREATE INDEX application_payment ON application (payment)",
    "CREATE TABLE entry (id uuid PRIMARY KEY, source uuid NOT NULL, posted bigint NOT NULL)",
    "CREATE INDEX entry_source ON entry (source)",
    "CREATE TABLE entry_line (id uuid PRIMARY KEY, entry uuid NOT NULL, ledger bigint NOT NULL, amount bigint NOT NULL)",
    "CREATE INDEX entry_line_entry ON entry_line (entry)",
    "CREATE TABLE balance (account uuid PRIMARY KEY, amount bigint NOT NULL)",
    "CREATE TABLE sequence (name bigint PRIMARY KEY, last bigint NOT NULL)",
    "CREATE TABLE outbox (id uuid PRIMARY KEY, created bigint NOT NULL, payload text NOT NULL)",
    "CREATE TABLE audit (id uuid PRIMARY KEY, subject uuid NOT NULL, created bigint NOT NULL, after text NOT NULL)",
    "CREATE INDEX audit_subject ON audit (subject, created)",
    "CREATE TABLE idempotency (principal uuid NOT NULL, key text NOT NULL, body text NOT NULL, expires bigint NOT NULL, PRIMARY KEY (principal, key))",
    "CREATE INDEX idempotency_expires ON idempotency (expires)",
];

/// Rows of one of the tables at a turn.
type Row = fn(u64) -> Vec<Field>;

pub(super) async fn create(connection: &mut Connection, filled: &Filled) {
    for table in TABLES {
        connection.plain(table).await;
    }
    fill(connection, "ticket", filled.size, ticket).await;
    fill(connection, "message", filled.size * 4, message).await;
    fill(connection, "account", filled.size, account).await;
    fill(connection, "price", PRICES, |turn| vec![Field::Text(code(turn)), number(turn), letters(120)]).await;
    fill(connection, "invoice", INVOICES, invoice).await;
    fill(connection, "line", INVOICES * 10, |turn| line(known(turn), known(turn / 10), turn % 10)).await;
    fill(connection, "balance", INVOICES, |turn| vec![known(turn), number(0)]).await;
    fill(connection, "sequence", 3, |turn| vec![number(turn), number(0)]).await;
    connection.plain("ANALYZE").await;
}

async fn fill(connection: &mut Connection, table: &str, count: u64, row: Row) {
    let mut turn = 0;
    while turn < count {
        let chunk: Vec<_> = (0..20).map(|part| turn + part * CHUNK).filter(|first| *first < count).collect();
        let rows = |first: u64| insert(table, (first..count.min(first + CHUNK)).map(row));
        let statements: Vec<_> = chunk.into_iter().map(rows).collect();
        connection.run(&statements, true).await;
        turn += 20 * CHUNK;
    }
}

pub(super) fn code(turn: u64) -> String {
    format!("B{:04}", turn % PRICES)
}

fn ticket(turn: u64) -> Vec<Field> {
    vec![known(turn), number(turn), known(turn), known(turn % PEOPLE), number(1), number(turn), letters(40), letters(300)]
}

fn message(turn: u64) -> Vec<Field> {
    vec![known(turn), known(turn / 4), number(turn % 4), letters(120)]
}

fn account(turn: u64) -> Vec<Field> {
    vec![known(turn), known(0), number(turn), letters(30), letters(200)]
}

fn invoice(turn: u64) -> Vec<Field> {
    vec![known(turn), number(turn), known(turn), number(1_000), number(1_000), number(turn), letters(300)]
}

pub(super) fn line(id: Field, parent: Field, place: u64) -> Vec<Field> {
    vec![id, parent, number(place), number(3), number(1_000), letters(300)]
}
