//! Reading the entries of versions in bulk: by place instead of by name, and in pages, because a service that starts reads a million.

use kernel::id::PriceEntryId;
use kernel::{Currency, Money, Period};
use platform::problem::Problem;
use platform::rows::{word, word_or_none};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable};
use uuid::Uuid;

use super::store::selector;
use crate::engine::index::Entry;
use crate::engine::release::Gates;

/// Rows of one statement.
const PAGE: usize = 10_000;

const SELECT: &str = "SELECT id, selector_kind, item_id, selector_path, uom, currency, site_id, profile_id, CAST(terms AS TEXT), \
                      starts_on, ends_on, min_charge, free, rebate, tier_scope, start_gate, end_gate, lapses_on \
                      FROM price_entry WHERE version_id = $1 AND id > $2 ORDER BY id LIMIT $3";

/// Gives `take` every entry that a version brought in, by id.
///
/// # Errors
/// Those of the database and of `take`.
pub(super) async fn each<C: ConnectionTrait>(
    db: &C,
    version: Uuid,
    mut take: impl FnMut(Entry) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let limit = i64::try_from(PAGE).map_err(Problem::internal)?;
    let mut after = Uuid::nil();
    loop {
        let values = [version.into(), after.into(), limit.into()];
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), SELECT, values)).await?;
        let last_page = rows.len() < PAGE;
        for row in &rows {
            let entry = entry(row)?;
            after = entry.id.uuid();
            take(entry)?;
        }
        if last_page {
            return Ok(());
        }
    }
}

/// The members of a row, one after the other.
struct Members<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl Members<'_> {
    fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

fn entry(row: &QueryResult) -> Result<Entry, Problem> {
    let mut members = Members { row, next: 0 };
    let id = PriceEntryId::from_uuid(members.take()?);
    let selector = selector(&members.take::<String>()?, members.take()?, members.take()?)?;
    let uom = members.take()?;
    let currency: Currency = word(&members.take::<String>()?)?;
    let (site, profile) = (members.take::<Option<Uuid>>()?.map(Into::into), members.take()?);
    let terms = serde_json::from_str(&members.take::<String>()?)?;
    let period = Period { start: members.take()?, end: members.take()? };
    let min_charge = members.take::<Option<i64>>()?.map(|minor| Money::from_minor(minor, currency));
    let (free, rebate) = (members.take()?, members.take()?);
    let tier_scope = word_or_none(members.take::<Option<String>>()?.as_deref())?;
    let (start, end) = (members.take::<Option<Uuid>>()?.map(Into::into), members.take::<Option<Uuid>>()?.map(Into::into));
    let gates = Gates { start, end, lapses: members.take()? };
    Ok(Entry { id, selector, uom, currency, site, profile, terms, period, min_charge, free, rebate, tier_scope, gates })
}
