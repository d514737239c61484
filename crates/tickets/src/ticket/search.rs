//! Full text over tickets and their messages. Customers find nothing by what they may not read.

use platform::scope::RowScope;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{Condition, DbBackend};

/// Tickets that have, in their own words or in one message, words that begin with those of `text`.
pub(crate) fn matching(backend: DbBackend, scope: &RowScope, text: &str) -> Condition {
    let words: Vec<&str> = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let public = if scope.is_customer() { "AND message.public" } else { "" };
    match backend {
        DbBackend::Postgres => postgres(&words, public),
        _ => sqlite(&words, public),
    }
}

fn postgres(words: &[&str], public: &str) -> Condition {
    let query = words.iter().map(|word| format!("{word}:*")).collect::<Vec<_>>().join(" & ");
    let parsed: SimpleExpr = Func::cust("to_tsquery").args([Expr::val("simple").cast_as("regconfig"), Expr::val(query.clone())]).into();
    let said =
        format!("ticket.id IN (SELECT message.ticket_id FROM message WHERE message.words @@ to_tsquery('simple'::regconfig, $1) {public})");
    Condition::any()
        .add(Expr::cust("ticket.words").binary(BinOper::PgOperator(PgBinOper::Matches), parsed))
        .add(Expr::cust_with_values(said, [query]))
}

fn sqlite(words: &[&str], public: &str) -> Condition {
    let query = words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ");
    // An empty query is an error in SQLite, and matches nothing in PostgreSQL.
    let query = if query.is_empty() { "\"\"".to_owned() } else { query };
    let said = format!(
        "ticket.id IN (SELECT message.ticket_id FROM message_words JOIN message ON message.words_key = message_words.rowid \
         WHERE message_words MATCH ? {public})"
    );
    Condition::any()
        .add(Expr::cust_with_values("ticket.number IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?)", [query.clone()]))
        .add(Expr::cust_with_values(said, [query]))
}
