//! Values of published indexes as a sheet.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use kernel::Fault;
use platform::db::Tx;
use platform::problem::Problem;

use super::model::{Outcome, Trail};
use super::sheet::{self, Row};
use crate::engine::PriceIndex;
use crate::engine::published_index::IndexValue;
use crate::index_value::http::{RecordIndexValue, recorded, withdrawn};
use crate::index_value::store;

pub(super) const COLUMNS: [&str; 3] = ["index", "value", "published_on"];

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row<RecordIndexValue>>, Fault> {
    sheet::read(bytes, &COLUMNS, |_, _| None)
}

pub(super) fn cells(value: &IndexValue) -> [String; 3] {
    [value.index.clone(), value.value.to_string(), value.published_on.to_string()]
}

pub(super) async fn import(
    tx: &Tx,
    rows: Vec<Row<RecordIndexValue>>,
    index: &PriceIndex,
    generation: Option<i64>,
) -> Result<Outcome, Problem> {
    let mut known: HashMap<(String, NaiveDate), &IndexValue> = HashMap::new();
    for value in index.charges.values.iter().filter(|value| value.withdrawn_at.is_none()) {
        let latest = known.entry((value.index.clone(), value.published_on)).or_insert(value);
        if (latest.recorded_at, latest.id) < (value.recorded_at, value.id) {
            *latest = value;
        }
    }
    let (mut outcome, mut fresh, mut seen) = (Outcome::default(), Vec::new(), HashSet::new());
    for (line, row) in rows {
        let checked = row.and_then(|command| command.checked(tx.now())).and_then(|value| {
            let twice = || Fault::field("/published_on", "duplicate_row", "It stands in the file already.");
            if seen.insert((value.index.clone(), value.published_on)) { Ok(value) } else { Err(twice()) }
        });
        let before = checked.as_ref().ok().and_then(|value| known.get(&(value.index.clone(), value.published_on)));
        let done = checked.as_ref().map_err(Clone::clone).map(|value| {
            let trail = Trail { record: value.id.uuid(), version: 1, before: None };
            before.is_none_or(|before| before.value != value.value).then_some(trail)
        });
        fresh.extend(checked.ok().filter(|_| matches!(done, Ok(Some(_)))));
        outcome.note(line, done, before.is_some());
    }
    if generation.is_none() {
        return Ok(outcome);
    }
    store::insert_many(tx, &fresh, Some(tx.actor().id)).await?;
    fresh.into_iter().for_each(|value| tx.record(recorded(value)));
    Ok(outcome)
}

/// Withdraws values from now on.
pub(super) async fn undo(tx: &Tx, trails: &[Trail]) -> Result<(), Problem> {
    for value in store::withdraw(tx, trails.iter().map(|trail| trail.record)).await? {
        tx.record(withdrawn(value));
    }
    Ok(())
}
