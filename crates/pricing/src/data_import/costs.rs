//! Item costs as a sheet.

use std::collections::HashSet;

use kernel::Fault;
use platform::db::Tx;
use platform::problem::Problem;

use super::model::{Outcome, Trail};
use super::sheet::{self, Row};
use crate::engine::PriceIndex;
use crate::engine::cost::ItemCost;
use crate::item_cost::http::{RecordItemCost, recorded, withdrawn};
use crate::item_cost::store;

pub(super) const COLUMNS: [&str; 5] = ["item_code", "uom", "currency", "cost", "effective_on"];

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row<RecordItemCost>>, Fault> {
    sheet::read(bytes, &COLUMNS, |_, _| None)
}

pub(super) fn cells(cost: &ItemCost, index: &PriceIndex) -> [String; 5] {
    let code = index.item(cost.item).map(|item| item.code.clone()).unwrap_or_default();
    [code, cost.uom.clone(), cost.currency.to_string(), cost.cost.to_string(), cost.effective_on.to_string()]
}

pub(super) async fn import(
    tx: &Tx,
    rows: Vec<Row<RecordItemCost>>,
    index: &PriceIndex,
    generation: Option<i64>,
) -> Result<Outcome, Problem> {
    let (mut outcome, mut fresh, mut seen) = (Outcome::default(), Vec::new(), HashSet::new());
    for (line, row) in rows {
        let checked = row.and_then(|command| command.checked(tx.now(), index)).and_then(|cost| {
            let key = (cost.item, cost.uom.clone(), cost.currency, cost.effective_on);
            if seen.insert(key) { Ok(cost) } else { Err(Fault::field("/effective_on", "duplicate_row", "It stands in the file already.")) }
        });
        let alike = |one: &ItemCost, other: &ItemCost| {
            other.withdrawn_at.is_none() && (&one.uom, one.currency, one.effective_on) == (&other.uom, other.currency, other.effective_on)
        };
        let before = checked.as_ref().ok().and_then(|cost| {
            index.costs_of(cost.item).filter(|other| alike(cost, other)).max_by_key(|other| (other.recorded_at, other.id))
        });
        let done = checked.map(|cost| {
            let trail = Trail { record: cost.id.uuid(), version: 1, before: None };
            let news = before.is_none_or(|before| before.cost != cost.cost);
            fresh.extend(news.then_some(cost));
            news.then_some(trail)
        });
        outcome.note(line, done, before.is_some());
    }
    let Some(generation) = generation else { return Ok(outcome) };
    store::insert_many(tx, &fresh, Some(tx.actor().id), generation).await?;
    fresh.into_iter().for_each(|cost| tx.record(recorded(cost)));
    Ok(outcome)
}

/// Withdraws costs from now on.
pub(super) async fn undo(tx: &Tx, trails: &[Trail], generation: i64) -> Result<(), Problem> {
    for cost in store::withdraw(tx, trails.iter().map(|trail| trail.record), generation).await? {
        tx.record(withdrawn(cost));
    }
    Ok(())
}
