//! What the writing operations write: their rows, the next number, one event, one audit entry, one answer to replay.

use super::Filled;
use super::schema::{INVOICES, PEOPLE, line};
use super::statement::{Field, Statement, fresh, insert, known, letters, number, statement};

const TICKET: u64 = 0;
const ORDER: u64 = 1;
const INVOICE: u64 = 2;

/// Beyond every number that was filled in.
const NEW: u64 = 1_000_000_000;

fn next_number(sequence: u64) -> Statement {
    statement("UPDATE sequence SET last = last + 1 WHERE name = $1 RETURNING last", [number(sequence)])
}

/// Event, audit entry and answer of one change.
fn told(subject: Field, turn: u64, length: usize) -> [Statement; 3] {
    [
        insert("outbox", [vec![fresh(), number(turn), letters(length + 400)]]),
        insert("audit", [vec![fresh(), subject, number(turn), letters(length)]]),
        insert("idempotency", [vec![known(1), Field::Text(kernel::id::new_uuid().to_string()), letters(length), number(turn)]]),
    ]
}

/// Looks for an answer to replay, as every command with a key does.
fn replay() -> Statement {
    let key = Field::Text(kernel::id::new_uuid().to_string());
    statement("SELECT body, expires FROM idempotency WHERE principal = $1 AND key = $2", [known(1), key])
}

pub(super) fn ticket(_: &Filled, turn: u64) -> Vec<Statement> {
    let id = fresh();
    let assignee = known(turn % PEOPLE);
    let row = vec![id.clone(), number(NEW + turn), known(turn), assignee, number(1), number(NEW + turn), letters(40), letters(300)];
    let due = |kind: u64| vec![fresh(), id.clone(), number(kind), number(NEW + turn * kind)];
    let mut all = vec![replay(), next_number(TICKET), insert("ticket", [row])];
    all.push(insert("message", [vec![fresh(), id.clone(), number(0), letters(120)]]));
    all.push(insert("obligation", [due(1), due(2)]));
    all.extend(told(id, turn, 1_000));
    all
}

pub(super) fn account(_: &Filled, turn: u64) -> Vec<Statement> {
    let id = fresh();
    let row = vec![id.clone(), known(0), number(NEW + turn), letters(30), letters(200)];
    let mut all = vec![replay(), insert("account", [row])];
    all.extend(told(id, turn, 600));
    all
}

pub(super) fn order(_: &Filled, turn: u64) -> Vec<Statement> {
    let id = fresh();
    let row = vec![id.clone(), number(NEW + turn), known(turn), number(turn), number(10_000), letters(300)];
    let mut all = vec![replay(), next_number(ORDER), insert("sales_order", [row])];
    all.push(insert("line", (0..10).map(|place| line(fresh(), id.clone(), place))));
    all.extend(told(id, turn, 5_000));
    all
}

/// An entry of the ledger with so many lines.
fn entry(source: &Field, turn: u64, lines: u64) -> [Statement; 2] {
    let id = fresh();
    [
        insert("entry", [vec![id.clone(), source.clone(), number(turn)]]),
        insert("entry_line", (0..lines).map(|ledger| vec![fresh(), id.clone(), number(ledger), number(1_000)])),
    ]
}

fn balance(account: Field) -> Statement {
    statement("UPDATE balance SET amount = amount + $2 WHERE account = $1", [account, number(1)])
}

pub(super) fn invoice(_: &Filled, turn: u64) -> Vec<Statement> {
    let id = known(turn % INVOICES);
    let mut all = vec![
        replay(),
        statement("SELECT id, number, account, total, open, due, details FROM invoice WHERE id = $1", [id.clone()]),
        statement("SELECT id, place, quantity, amount, trace FROM line WHERE parent = $1 ORDER BY place", [id.clone()]),
        next_number(INVOICE),
        statement("UPDATE invoice SET number = $2, open = $3 WHERE id = $1", [id.clone(), number(NEW + turn), number(1_000)]),
        balance(id.clone()),
    ];
    all.extend(entry(&id, turn, 4));
    all.extend(told(id, turn, 4_000));
    all
}

pub(super) fn payment(_: &Filled, turn: u64) -> Vec<Statement> {
    let (id, invoice) = (fresh(), known(turn % INVOICES));
    let mut all = vec![
        replay(),
        statement("SELECT id, number, account, total, open, due, details FROM invoice WHERE id = $1", [invoice.clone()]),
        insert("payment", [vec![id.clone(), invoice.clone(), number(1_000), letters(200)]]),
        insert("application", [vec![fresh(), id.clone(), invoice.clone(), number(1_000)]]),
        statement("UPDATE invoice SET open = open - $2 WHERE id = $1", [invoice.clone(), number(1)]),
        balance(invoice),
    ];
    all.extend(entry(&id, turn, 2));
    all.extend(told(id, turn, 1_500));
    all
}
