//! Solution: a bounded dict.

use std::{collections::HashMap, num::NonZeroUsize};

/// A dict of at most `capacity` entries, the least recently used given up for a new one.
pub struct BoundedDict<V> {
    entries: HashMap<u32, Entry<V>>,
    capacity: NonZeroUsize,
    /// How many uses there were so far.
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// Which of the uses was this entry's last: the smaller, the longer ago.
    last_use: u64,
}

impl<V> BoundedDict<V> {
    /// An empty dict.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: HashMap::new(), capacity, uses: 0 }
    }

    /// The value of `key`, which becomes the most recently used.
    pub fn get(&mut self, key: u32) -> Option<&V> {
        self.uses += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.last_use = self.uses;
        Some(&entry.value)
    }

    /// Keeps `value`, as the most recently used.
    pub fn insert(&mut self, key: u32, value: V) {
        // Only a new key needs room, and it is made before: so there is never one too many.
        if self.len() == self.capacity.get() && !self.entries.contains_key(&key) {
            self.evict();
        }
        self.uses += 1;
        self.entries.insert(key, Entry { value, last_use: self.uses });
    }

    /// Gives up the least recently used entry. It looks at all of them: fine for a few hundred, and
    /// the reason why `LruCache` keeps them in order.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.entries.remove(&key);
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../exercises/checks/bounded_dict.rs"]
mod check;
