//! What the reading operations read.

use super::Filled;
use super::schema::{PEOPLE, code};
use super::statement::{Field, Statement, known, number, statement};

pub(super) fn newest(_: &Filled, turn: u64) -> Vec<Statement> {
    let sql = "SELECT id, number, account, assignee, open, created, subject, details FROM ticket WHERE assignee = $1 AND open = $2 \
               ORDER BY created DESC LIMIT 50";
    vec![statement(sql, [known(turn % PEOPLE), number(1)])]
}

pub(super) fn conversation(filled: &Filled, turn: u64) -> Vec<Statement> {
    let ticket = known(turn % filled.size.max(1));
    vec![
        statement("SELECT id, number, account, assignee, open, created, subject, details FROM ticket WHERE id = $1", [ticket.clone()]),
        statement("SELECT id, place, body FROM message WHERE ticket = $1 ORDER BY place", [ticket]),
    ]
}

pub(super) fn prices(_: &Filled, turn: u64) -> Vec<Statement> {
    let codes: Vec<Field> = (0..10).map(|line| Field::Text(code(turn * 7 + line * 97))).collect();
    vec![statement("SELECT code, amount, terms FROM price WHERE code IN ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", codes)]
}
