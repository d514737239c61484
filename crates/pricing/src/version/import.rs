//! What an import does to a draft, row by row. Pure.
//!
//! A row that says what the draft already says changes nothing, so that an import can be run again. A row with the key
//! and start of an entry replaces it. Any other overlap is refused, unless the import may end the earlier entry where the
//! new one starts.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use chrono::NaiveDate;
use kernel::Fault;
use kernel::id::PriceEntryId;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Clash, key};
use crate::engine::index::Entry;

words! {
    /// What became of a row.
    pub enum RowOutcome { Added = "added", Replaced = "replaced", Unchanged = "unchanged", Refused = "refused" }
}

/// What may happen to an earlier entry that a row overlaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportOnOverlap)]
#[serde(rename_all = "snake_case")]
pub enum OnOverlap {
    /// The row is refused.
    #[default]
    Refuse,
    /// The earlier entry ends where the row's starts.
    EndPrevious,
}

/// The result of one row.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ImportRowResult)]
pub struct RowResult {
    /// The line in the file; the header is line 1.
    #[schema(minimum = 2)]
    pub line: u64,
    pub outcome: RowOutcome,
    /// Why it was refused, by column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 28)]
    pub errors: Vec<RowError>,
}

/// One fault of a row.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ImportRowError)]
pub struct RowError {
    #[schema(max_length = 64)]
    pub column: String,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 500)]
    pub message: String,
}

/// What to write.
#[derive(Debug, Default)]
pub struct Plan {
    pub add: Vec<Entry>,
    pub remove: Vec<PriceEntryId>,
    pub results: Vec<RowResult>,
}

/// A row ready to be placed: its line and the entry it means.
pub type Candidate = (u64, Result<Entry, Fault>);

/// Two entries that say the same.
fn same(one: &Entry, other: &Entry) -> bool {
    Entry { id: other.id, gates: other.gates, ..one.clone() } == *other
}

/// An entry of a key while rows are placed: where it comes from.
#[derive(Debug)]
struct Held {
    entry: Entry,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Already in the draft, so that taking it out is a removal.
    Stored,
    /// A row of this file, which no other row may replace.
    Row,
    /// What is left of an entry that a row ended.
    Shortened,
}

/// The entries of one key by their start; they never overlap each other.
type Lane = BTreeMap<NaiveDate, Held>;

/// Decides what rows do to a draft that holds `present` under their keys.
#[must_use]
pub fn plan(rows: Vec<Candidate>, present: Vec<Entry>, on_overlap: OnOverlap) -> Plan {
    let mut lanes: HashMap<String, Lane> = HashMap::new();
    for entry in present {
        lanes.entry(key(&entry)).or_default().insert(entry.period.start, Held { entry, origin: Origin::Stored });
    }
    let mut plan = Plan::default();
    for (line, row) in rows {
        let placed = row.and_then(|entry| place(lanes.entry(key(&entry)).or_default(), entry, on_overlap, &mut plan.remove));
        plan.results.push(match placed {
            Ok(outcome) => RowResult { line, outcome, errors: Vec::new() },
            Err(fault) => RowResult { line, outcome: RowOutcome::Refused, errors: errors(&fault) },
        });
    }
    plan.add =
        lanes.into_values().flat_map(BTreeMap::into_values).filter(|held| held.origin != Origin::Stored).map(|held| held.entry).collect();
    plan.add.sort_by_key(|entry| entry.id);
    plan
}

/// The entry that starts next after a day.
fn next_after(lane: &Lane, start: NaiveDate) -> Option<&Held> {
    lane.range((Bound::Excluded(start), Bound::Unbounded)).next().map(|(_, held)| held)
}

fn place(lane: &mut Lane, mut entry: Entry, on_overlap: OnOverlap, remove: &mut Vec<PriceEntryId>) -> Result<RowOutcome, Fault> {
    let start = entry.period.start;
    if let Some(next) = next_after(lane, start).filter(|next| next.entry.period.overlaps(&entry.period)) {
        if on_overlap == OnOverlap::Refuse {
            return Err(Clash { place: 0, entry: entry.id, other: next.entry.id }.fault());
        }
        // The row ends where the next entry starts, so that a second run finds it unchanged.
        entry.period.end = Some(next.entry.period.start);
    }
    if let Some(replaced) = lane.get(&start) {
        if same(&entry, &replaced.entry) {
            return Ok(RowOutcome::Unchanged);
        }
        if replaced.origin == Origin::Row {
            return Err(Clash { place: 0, entry: entry.id, other: replaced.entry.id }.fault());
        }
        take_out(replaced, remove);
        lane.insert(start, Held { entry, origin: Origin::Row });
        return Ok(RowOutcome::Replaced);
    }
    let before = lane.range(..start).next_back().map(|(_, held)| held);
    if let Some(before) = before.filter(|before| before.entry.period.overlaps(&entry.period)) {
        if on_overlap == OnOverlap::Refuse {
            return Err(Clash { place: 0, entry: entry.id, other: before.entry.id }.fault());
        }
        let ended = before.entry.ended(start)?;
        take_out(before, remove);
        lane.insert(ended.period.start, Held { entry: ended, origin: Origin::Shortened });
    }
    lane.insert(start, Held { entry, origin: Origin::Row });
    Ok(RowOutcome::Added)
}

fn take_out(held: &Held, remove: &mut Vec<PriceEntryId>) {
    if held.origin == Origin::Stored {
        remove.push(held.entry.id);
    }
}

pub(crate) fn errors(fault: &Fault) -> Vec<RowError> {
    let conflicts = |message: &str| match fault.conflicts.last() {
        Some(id) if fault.code == "price_overlap" => format!("Overlaps entry {id}."),
        _ => message.to_owned(),
    };
    if fault.errors.is_empty() {
        return vec![RowError { column: String::new(), code: fault.code.to_string(), message: conflicts(&fault.detail) }];
    }
    fault
        .errors
        .iter()
        .map(|error| {
            let column = if fault.code == "price_overlap" { "start" } else { error.pointer.trim_start_matches('/') };
            RowError { column: column.to_owned(), code: error.code.to_string(), message: conflicts(&error.message) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples::{day, entry, flat, item};
    use kernel::Period;

    struct Sheet {
        item: crate::engine::Item,
    }

    impl Sheet {
        fn price(&self, price: &str, start: &str, end: Option<&str>) -> Entry {
            let mut entry = entry(&self.item, flat(price));
            entry.period = Period::new(day(start), end.map(day)).unwrap();
            entry
        }
    }

    fn outcomes(plan: &Plan) -> Vec<&'static str> {
        plan.results.iter().map(|row| row.outcome.as_str()).collect()
    }

    fn rows(entries: Vec<Entry>) -> Vec<Candidate> {
        (2..).zip(entries).map(|(line, entry)| (line, Ok(entry))).collect()
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let sheet = Sheet { item: item("A", "each") };
        let entries = vec![sheet.price("1", "2026-01-01", Some("2026-07-01")), sheet.price("2", "2026-07-01", None)];
        let first = plan(rows(entries.clone()), Vec::new(), OnOverlap::Refuse);
        assert_eq!((outcomes(&first), first.add.len()), (vec!["added", "added"], 2));
        let second = plan(rows(entries), first.add, OnOverlap::Refuse);
        assert_eq!((outcomes(&second), second.add.len(), second.remove.len()), (vec!["unchanged", "unchanged"], 0, 0));
    }

    #[test]
    fn an_overlap_is_refused_or_ends_the_earlier_entry() {
        let sheet = Sheet { item: item("A", "each") };
        let old = sheet.price("1", "2026-01-01", None);
        let new = || rows(vec![sheet.price("2", "2026-07-01", None)]);
        let refused = plan(new(), vec![old.clone()], OnOverlap::Refuse);
        assert_eq!((outcomes(&refused), refused.results[0].errors[0].code.as_str()), (vec!["refused"], "price_overlap"));
        assert!(refused.results[0].errors[0].message.contains(&old.id.to_string()));
        let ended = plan(new(), vec![old.clone()], OnOverlap::EndPrevious);
        assert_eq!((outcomes(&ended), ended.remove.as_slice()), (vec!["added"], [old.id].as_slice()));
        assert_eq!(ended.add.iter().filter(|entry| entry.period.end == Some(day("2026-07-01"))).count(), 1);
        let both = || rows(vec![sheet.price("1", "2026-01-01", None), sheet.price("2", "2026-07-01", None)]);
        let again = plan(both(), ended.add, OnOverlap::EndPrevious);
        assert_eq!((outcomes(&again), again.add.len()), (vec!["unchanged", "unchanged"], 0));
    }

    #[test]
    fn a_row_with_the_same_start_replaces() {
        let sheet = Sheet { item: item("A", "each") };
        let old = sheet.price("1", "2026-01-01", None);
        let replaced = plan(rows(vec![sheet.price("3", "2026-01-01", None)]), vec![old.clone()], OnOverlap::Refuse);
        assert_eq!((outcomes(&replaced), replaced.remove), (vec!["replaced"], vec![old.id]));
        let twice = rows(vec![sheet.price("3", "2026-01-01", None), sheet.price("4", "2026-01-01", None)]);
        assert_eq!(outcomes(&plan(twice, Vec::new(), OnOverlap::EndPrevious)), ["added", "refused"]);
        let closed = sheet.price("1", "2026-01-01", Some("2026-07-01"));
        let later = sheet.price("2", "2026-07-01", None);
        let reopened = plan(rows(vec![sheet.price("1", "2026-01-01", None)]), vec![closed, later], OnOverlap::Refuse);
        assert_eq!(outcomes(&reopened), ["refused"]);
    }
}
