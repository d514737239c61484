//! The items, by id and by code.

use std::sync::Arc;

use kernel::id::ItemId;

use super::item::Item;
use super::shards::Shards;

/// Every item. Copies share what did not change.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    items: Shards<ItemId, Arc<Item>>,
    codes: Shards<String, ItemId>,
}

impl Catalogue {
    /// Adds an item, or replaces what it was. Codes may have moved from one item to another meanwhile.
    pub(super) fn put(&mut self, item: Item) {
        if let Some(before) = self.items.get(&item.id)
            && self.codes.get(&before.code) == Some(&item.id)
        {
            self.codes.remove(&before.code);
        }
        self.codes.put(item.code.clone(), item.id);
        self.items.put(item.id, Arc::new(item));
    }

    pub(super) fn by_id(&self, id: ItemId) -> Option<&Arc<Item>> {
        self.items.get(&id)
    }

    pub(super) fn by_code(&self, code: &str) -> Option<&Arc<Item>> {
        self.codes.get(code).and_then(|id| self.items.get(id))
    }

    /// Every item, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.items.iter().map(|(_, item)| item)
    }

    #[cfg(test)]
    pub(super) fn shared_with(&self, other: &Self) -> usize {
        self.items.shared_with(&other.items)
    }
}
