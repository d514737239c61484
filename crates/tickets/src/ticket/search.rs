//! Full text over tickets and their messages. Customers find nothing by what they may not read.

use platform::scope::RowScope;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{Condition, DbBackend};

/// Tickets that have, in their own words or in one message, words that begin with those of `text`.
pub(crate) fn matching(backend: DbBackend, scope: &RowScope, text: &str) -> Condition {
    let words: Vec<&str> = words(text).collect();
    let public = if scope.is_customer() { "AND message.public" } else { "" };
    match backend {
        DbBackend::Postgres => postgres(&words, public),
        _ => sqlite(&words, public),
    }
}

/// Tickets whose own words, without those of their messages, begin with those of `text`.
pub(crate) fn own_words(backend: DbBackend, text: &str) -> Condition {
    let words: Vec<&str> = words(text).collect();
    Condition::any().add(match backend {
        DbBackend::Postgres => own_in_postgres(&prefixes(&words)),
        _ => own_in_sqlite(quoted(&words)),
    })
}

/// The words of a text, as both databases tell them apart.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The number that a text names a ticket by: `T-1042`, `#1042` or `1042`.
pub(crate) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = ["T-", "t-", "#"].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    digits.parse().ok().filter(|number| *number > 0)
}

fn prefixes(words: &[&str]) -> String {
    words.iter().map(|word| format!("{word}:*")).collect::<Vec<_>>().join(" & ")
}

fn own_in_postgres(query: &str) -> SimpleExpr {
    let parsed: SimpleExpr = Func::cust("to_tsquery").args([Expr::val("simple").cast_as("regconfig"), Expr::val(query)]).into();
    Expr::cust("ticket.words").binary(BinOper::PgOperator(PgBinOper::Matches), parsed)
}

/// An empty query is an error in SQLite, and matches nothing in PostgreSQL.
fn quoted(words: &[&str]) -> String {
    let query = words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ");
    if query.is_empty() { "\"\"".to_owned() } else { query }
}

fn own_in_sqlite(query: String) -> SimpleExpr {
    Expr::cust_with_values("ticket.number IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?)", [query])
}

fn postgres(words: &[&str], public: &str) -> Condition {
    let query = prefixes(words);
    let said =
        format!("ticket.id IN (SELECT message.ticket_id FROM message WHERE message.words @@ to_tsquery('simple'::regconfig, $1) {public})");
    Condition::any().add(own_in_postgres(&query)).add(Expr::cust_with_values(said, [query]))
}

fn sqlite(words: &[&str], public: &str) -> Condition {
    let query = quoted(words);
    let said = format!(
        "ticket.id IN (SELECT message.ticket_id FROM message_words JOIN message ON message.words_key = message_words.rowid \
         WHERE message_words MATCH ? {public})"
    );
    Condition::any().add(own_in_sqlite(query.clone())).add(Expr::cust_with_values(said, [query]))
}
