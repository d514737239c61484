//! Full text search by the databases' own means, kept up to date by the databases themselves so that a search reads its
//! own writes.
//!
//! Every word of the text must begin some word of the row; order and punctuation do not matter. SQLite's tables are keyed
//! by numbers of ours, because its row ids may change when a file is vacuumed.

use sea_orm::DbBackend;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};

/// A table that can be searched.
pub(crate) struct Searched {
    /// Its `tsvector` column.
    postgres: &'static str,
    /// The condition with one parameter, the query.
    sqlite: &'static str,
}

pub(crate) const ACCOUNTS: Searched =
    Searched { postgres: "account.words", sqlite: "account.number IN (SELECT rowid FROM account_words WHERE account_words MATCH ?)" };

pub(crate) const SITES: Searched = Searched {
    postgres: "site.words",
    sqlite: "site.id IN (SELECT id FROM site_key WHERE key IN (SELECT rowid FROM site_words WHERE site_words MATCH ?))",
};

pub(crate) const CONTACTS: Searched = Searched {
    postgres: "contact.words",
    sqlite: "contact.id IN (SELECT id FROM contact_key WHERE key IN (SELECT rowid FROM contact_words WHERE contact_words MATCH ?))",
};

impl Searched {
    /// The condition for rows with words that begin with those of `text`; a text without words matches nothing.
    pub(crate) fn matching(&self, backend: DbBackend, text: &str) -> SimpleExpr {
        let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
        if backend == DbBackend::Postgres {
            let query = words.map(|word| format!("{word}:*")).collect::<Vec<_>>().join(" & ");
            let query: SimpleExpr = Func::cust("to_tsquery").args([Expr::val("simple").cast_as("regconfig"), Expr::val(query)]).into();
            return Expr::cust(self.postgres).binary(BinOper::PgOperator(PgBinOper::Matches), query);
        }
        let query = words.map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ");
        // SQLite takes an empty query for an error.
        let query = if query.is_empty() { "\"\"".to_owned() } else { query };
        Expr::cust_with_values(self.sqlite, [query])
    }
}
