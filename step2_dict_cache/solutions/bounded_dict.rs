//! Solution: a bounded dict.

use std::{collections::HashMap, num::NonZeroUsize};

/// A dict of at most `capacity` entries. When it is full, a new entry evicts the least recently
/// used one.
pub struct BoundedDict<V> {
    entries: HashMap<u32, Entry<V>>,
    capacity: NonZeroUsize,
    /// How many uses there have been so far.
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// The number of this entry's last use. A smaller number is longer ago.
    last_use: u64,
}

impl<V> BoundedDict<V> {
    /// An empty dict.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: HashMap::new(), capacity, uses: 0 }
    }

    /// Returns the value of `key`, which becomes the most recently used.
    pub fn get(&mut self, key: u32) -> Option<&V> {
        self.uses += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.last_use = self.uses;
        Some(&entry.value)
    }

    /// Stores `value` as the most recently used.
    pub fn insert(&mut self, key: u32, value: V) {
        // Only a new key needs room. We make room before we insert it, so there is never one entry
        // too many.
        if self.len() == self.capacity.get() && !self.entries.contains_key(&key) {
            self.evict();
        }
        self.uses += 1;
        self.entries.insert(key, Entry { value, last_use: self.uses });
    }

    /// Evicts the least recently used entry. It searches all entries, which is fine for a few
    /// hundred. It is also the reason why `LruCache` keeps its entries in order.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.entries.remove(&key);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../exercises/checks/bounded_dict.rs"]
mod check;
