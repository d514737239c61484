//! Whether a version would make percentages of lines be of each other. Pure.
//!
//! Only what can be reached from the entries that the version adds is walked, so that publishing a large book stays cheap.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{ItemId, PriceEntryId, PricebookId};

use crate::engine::index::{Entry, Selector};
use crate::engine::{PriceIndex, Terms};

/// What a version does to its book.
pub(super) struct Step<'a> {
    pub(super) book: PricebookId,
    pub(super) parent: Option<PricebookId>,
    pub(super) added: &'a [Entry],
    pub(super) removed: &'a HashSet<PriceEntryId>,
    pub(super) now: DateTime<Utc>,
}

/// Demands that no percentage which the version adds is, by way of others in the book and its parents, one of its own.
///
/// # Errors
/// 422 `percent_cycle` with the entry's id.
pub(super) fn check(step: &Step<'_>, index: &PriceIndex) -> Result<(), Fault> {
    let mut added: HashMap<ItemId, Vec<&Entry>> = HashMap::new();
    for entry in step.added {
        if let (Selector::Item(item), Terms::PercentOf { .. }) = (&entry.selector, &entry.terms) {
            added.entry(*item).or_default().push(entry);
        }
    }
    for (item, entry) in added.iter().flat_map(|(item, entries)| entries.iter().map(|entry| (*item, *entry))) {
        let mut seen = HashSet::new();
        let mut next: Vec<ItemId> = parts(entry).collect();
        while let Some(part) = next.pop() {
            if part == item {
                return Err(Fault::invalid("percent_cycle", "An entry would be a percentage of itself, by way of others.")
                    .with_conflicts([entry.id.uuid()]));
            }
            if seen.insert(part) {
                next.extend(added.get(&part).into_iter().flatten().flat_map(|entry| parts(entry)));
                next.extend(published(step, index, part).flat_map(parts));
            }
        }
    }
    Ok(())
}

fn parts(entry: &Entry) -> impl Iterator<Item = ItemId> {
    let of = match &entry.terms {
        Terms::PercentOf { of, .. } => Some(of),
        _ => None,
    };
    of.into_iter().flat_map(|of| of.items.iter().copied())
}

/// The entries for an item that are in the book now and stay, and those of its parents.
fn published<'a>(step: &'a Step<'_>, index: &'a PriceIndex, item: ItemId) -> impl Iterator<Item = &'a Entry> {
    let first = index.book(step.book).or_else(|| step.parent.and_then(|parent| index.book(parent)));
    let books = first.into_iter().flat_map(|book| index.lineage(book));
    let listed = books.flat_map(move |(book, _)| index.item(item).into_iter().flat_map(|item| book.matching(item)));
    listed
        .map(|(_, listed)| listed)
        .filter(|listed| listed.known_at(step.now))
        .map(|listed| &listed.entry)
        .filter(|entry| !step.removed.contains(&entry.id))
}
