//! A map whose copies share what did not change since: a change copies one shard of it, whatever the map holds beside.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

const SHARDS: u64 = 256;

/// A map in shards.
#[derive(Clone, Debug)]
pub(super) struct Shards<K, V> {
    shards: Vec<Arc<HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Arc::default()).collect(), hasher: RandomState::default() }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Shards<K, V> {
    fn place<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS).unwrap_or_default()
    }

    #[must_use]
    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.shards.get(self.place(key))?.get(key)
    }

    /// Everything in the map, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    fn shard<Q: Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut HashMap<K, V>> {
        let place = self.place(key);
        self.shards.get_mut(place).map(Arc::make_mut)
    }

    /// Sets the value of `key`.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.shard(&key).and_then(|shard| shard.insert(key, value));
    }

    /// Changes the value of `key`, which begins with the default.
    pub(super) fn change(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(shard) = self.shard(&key) {
            change(shard.entry(key).or_default());
        }
    }

    /// Takes `key` out.
    pub(super) fn remove<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.shard(key).and_then(|shard| shard.remove(key));
    }

    /// How many shards two maps have in common.
    #[cfg(test)]
    pub(super) fn shared_with(&self, other: &Self) -> usize {
        self.shards.iter().zip(&other.shards).filter(|(one, other)| Arc::ptr_eq(one, other)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_copy_as_it_was_and_shares_the_rest() {
        let mut first: Shards<String, Vec<u32>> = Shards::default();
        for number in 0..1_000 {
            first.put(number.to_string(), vec![number]);
        }
        let mut second = first.clone();
        second.change("7".into(), |values| values.push(8));
        second.change("new".into(), |values| values.push(1));
        second.remove("8");
        assert_eq!((first.get("7"), second.get("7")), (Some(&vec![7]), Some(&vec![7, 8])));
        assert_eq!((first.get("new"), second.get("new")), (None, Some(&vec![1])));
        assert_eq!((first.get("8"), second.get("8")), (Some(&vec![8]), None));
        assert!(first.shared_with(&second) >= 253);
    }
}
