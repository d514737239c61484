//! A book as it would be with other entries, for prices that are asked before they are published.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::id::PriceEntryId;

use super::index::{Book, Entry, Known, Listed};
use super::item::Item;

/// What a book would have instead.
#[derive(Clone, Debug, Default)]
pub struct Supposed {
    pub removed: HashSet<PriceEntryId>,
    pub added: Vec<Entry>,
}

impl Supposed {
    /// What `book` would have for `items`, numbered as `version`. Nothing else of it is taken over, so that a large book costs no more than
    /// a small one.
    #[must_use]
    pub fn in_place_of(self, book: &Book, items: &[&Item], version: i32) -> Book {
        let mut next = book.emptied();
        let mut taken: HashSet<PriceEntryId> = self.removed;
        for listed in items.iter().flat_map(|item| book.matching(item)).map(|(_, listed)| listed) {
            if taken.insert(listed.entry.id) {
                next.list(listed.clone());
            }
        }
        let always: Arc<[Known]> = [Known { from: DateTime::<Utc>::MIN_UTC, until: None }].into();
        for entry in self.added {
            next.list(Listed { entry, version, known: Arc::clone(&always) });
        }
        next
    }
}
