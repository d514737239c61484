//! Full text over tickets and their messages. Customers find nothing by what they may not read.
//!
//! Where the newest are wanted, not all that matches is read: first as many of the newest matches as usually suffice, and more only
//! when the row scope and the other filters leave too few of these. So a word that a million tickets have costs no more than a
//! rare one. Such a word is then looked for whole; others are found by their beginnings.

use std::fmt::Write;

use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, ConnectionTrait, DbBackend, Statement};

use crate::message::store::MOST_MESSAGES;

/// How many of the newest matches are looked at first.
pub(crate) const FIRST: i64 = 300;
/// How many times as many are looked at next.
const FURTHER: i64 = 16;
/// Matching messages that are looked at for each ticket.
const MESSAGES: i64 = 4;
/// PostgreSQL looks for the newest matches among so many times as many of the newest rows, and takes a word for rare that has fewer there.
const WINDOW: i64 = 8;
/// Numbers are given in the order of creation, but for commands that ran at the same moment.
const SLACK: i64 = 100;

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a ticket's subject, number and requester.
    Ticket,
    /// There, or all of them in one of its messages.
    Anywhere,
}

/// What a caller looks for.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    words: Vec<String>,
    place: Place,
    /// Whether only what customers may read counts.
    public: bool,
    /// Whether beginnings of words count.
    beginnings: bool,
    /// How many of the newest matches are looked at first, and the number above which these are when that is known already.
    first: i64,
    first_floor: Option<i64>,
}

/// The keys of PostgreSQL's rows that fit: of those above a floor by their index, of all by that of their words. Which is cheaper follows from
/// how the floor was found, and its planner, which guesses how many rows have a rare word, is given no choice: `OFFSET 0` keeps the parts of a
/// statement apart.
fn newer(table: &str, key: &str, floor: Option<i64>, fits: &str) -> String {
    match floor {
        Some(floor) => {
            let newest = format!("SELECT * FROM {table} WHERE {key} > {floor} ORDER BY {key} DESC OFFSET 0");
            format!("SELECT {key} FROM ({newest}) AS {table} WHERE {fits}")
        }
        None => format!("SELECT {key} FROM {table} WHERE {fits}"),
    }
}

/// The key of PostgreSQL's row after the newest `depth` that fit, looked for among [`WINDOW`] times as many of the newest rows; a part of
/// these tells beforehand where there will not be so many.
fn among_newest(table: &str, key: &str, having: &str, depth: i64) -> String {
    let among =
        |rows: i64| format!("FROM (SELECT {key}, words FROM {table} ORDER BY {key} DESC LIMIT {rows}) AS newest WHERE words {having}");
    let (sample, window) = (among(depth), among(depth.saturating_mul(WINDOW)));
    let few = depth / WINDOW / 2;
    format!("CASE WHEN (SELECT COUNT(*) {sample}) > {few} THEN (SELECT {key} {window} ORDER BY {key} DESC LIMIT 1 OFFSET {depth}) END")
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

impl Sought {
    /// Reads what is looked for; by whole words when more than `first` have these.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn read<C: ConnectionTrait>(db: &C, scope: &RowScope, place: Place, text: &str, first: i64) -> Result<Self, Problem> {
        let words = words(text).map(str::to_owned).collect();
        let whole = Self { words, place, public: scope.is_customer(), beginnings: false, first, first_floor: None };
        let floor = whole.floor(db, first).await?;
        Ok(Self { beginnings: floor.is_none(), first_floor: floor, ..whole })
    }

    /// Looks at more and more of the newest matches until `look` has what it needs.
    ///
    /// # Errors
    /// Those of `look` and of the database.
    pub(crate) async fn newest<C, T, L>(&self, db: &C, look: L) -> Result<T, Problem>
    where
        C: ConnectionTrait,
        L: AsyncFn(Condition) -> Result<(T, bool), Problem>,
    {
        let (mut depth, mut known) = (self.first, self.first_floor);
        loop {
            let floor = match known.take() {
                Some(known) => Some(known),
                None => self.floor(db, depth).await?,
            };
            let (found, enough) = look(self.matching(db.get_database_backend(), floor)).await?;
            if enough || floor.is_none() {
                return Ok(found);
            }
            depth = depth.saturating_mul(FURTHER);
        }
    }

    /// Tickets that match, all of them or those with a number above `floor`.
    pub(crate) fn matching(&self, backend: DbBackend, floor: Option<i64>) -> Condition {
        let above = floor.unwrap_or_default();
        let having = self.having(backend);
        let mut numbers = match backend {
            DbBackend::Postgres => newer("ticket", "number", floor, &format!("words {having}")),
            _ => format!("SELECT rowid FROM ticket_words WHERE ticket_words {having} AND rowid > {above}"),
        };
        if self.place == Place::Anywhere {
            // One set of both: PostgreSQL answers either alternative from an index, and their OR by reading every ticket.
            let _ = write!(numbers, " UNION ALL {}", self.said(backend, floor));
        }
        // As an array the numbers are found before PostgreSQL reads a ticket. Of a set it may take the newest tickets one by one instead.
        let found = match backend {
            DbBackend::Postgres => Expr::cust(format!("ticket.number = ANY(ARRAY({numbers}))")),
            _ => Expr::cust(format!("ticket.number IN ({numbers})")),
        };
        Condition::all().add_option(floor.map(|above| Expr::cust(format!("ticket.number > {above}")))).add(found)
    }

    fn said(&self, backend: DbBackend, floor: Option<i64>) -> String {
        let above = floor.unwrap_or_default();
        let last = above.saturating_mul(MOST_MESSAGES).saturating_add(MOST_MESSAGES - 1);
        let having = self.having(backend);
        let public = if self.public { "AND message.public" } else { "" };
        match backend {
            DbBackend::Postgres => {
                let keys = newer("message", "words_key", floor.map(|_| last), &format!("words {having} {public}"));
                format!("SELECT words_key / {MOST_MESSAGES} FROM ({keys}) AS said")
            }
            _ if self.public => format!(
                "SELECT message.words_key / {MOST_MESSAGES} FROM message_words JOIN message ON message.words_key = message_words.rowid \
                 WHERE message_words {having} AND message_words.rowid > {last} {public}"
            ),
            _ => format!("SELECT rowid / {MOST_MESSAGES} FROM message_words WHERE message_words {having} AND rowid > {last}"),
        }
    }

    /// The number above which the newest `depth` matches are; none when there are not so many, or, on PostgreSQL, so few that all are looked at.
    async fn floor<C: ConnectionTrait>(&self, db: &C, depth: i64) -> Result<Option<i64>, Problem> {
        let backend = db.get_database_backend();
        let having = self.having(backend);
        let matching_messages = depth.saturating_mul(MESSAGES);
        let (ticket, message) = match backend {
            DbBackend::Postgres => {
                let said = among_newest("message", "words_key", &having, matching_messages);
                (among_newest("ticket", "number", &having, depth), format!("{said} / {MOST_MESSAGES}"))
            }
            _ => (
                format!("(SELECT rowid FROM ticket_words WHERE ticket_words {having} ORDER BY rowid DESC LIMIT 1 OFFSET {depth})"),
                format!(
                    "(SELECT rowid / {MOST_MESSAGES} FROM message_words WHERE message_words {having} ORDER BY rowid DESC \
                     LIMIT 1 OFFSET {matching_messages})"
                ),
            ),
        };
        let last = if self.place == Place::Anywhere { format!("{ticket}), ({message}") } else { ticket };
        let sql = format!("SELECT MAX(column1) FROM (VALUES ({last})) AS last");
        let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
        let floor: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        Ok(floor.map(|number| number.saturating_sub(SLACK).max(0)))
    }

    /// The condition on a full text. The words stand in the statement, because PostgreSQL's plan depends on how many rows have them
    /// and it keeps one plan for every value of a parameter. They are letters and digits only, so nothing has to be quoted. An empty
    /// query is an error in SQLite, and matches nothing in PostgreSQL.
    fn having(&self, backend: DbBackend) -> String {
        let all = |each: &dyn Fn(&String) -> String, between| self.words.iter().map(each).collect::<Vec<_>>().join(between);
        let query = match (backend, self.beginnings) {
            (DbBackend::Postgres, true) => all(&|word| format!("{word}:*"), " & "),
            (DbBackend::Postgres, false) => all(&|word| word.clone(), " & "),
            _ if self.words.is_empty() => "\"\"".to_owned(),
            (_, true) => all(&|word| format!("\"{word}\"*"), " "),
            (_, false) => all(&|word| format!("\"{word}\""), " "),
        };
        match backend {
            DbBackend::Postgres => format!("@@ to_tsquery('simple'::regconfig, '{query}')"),
            _ => format!("MATCH '{query}'"),
        }
    }
}
