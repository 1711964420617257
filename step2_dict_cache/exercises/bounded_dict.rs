//! # Exercise: a bounded dict
//!
//! Turn a `HashMap` into a dict that never has more than `capacity` entries. A new key in a full
//! dict evicts the least recently used entry. Getting a key counts as use. Inserting an existing
//! key also counts as use. It replaces the value and evicts nothing.
//!
//! **Why?** A plain dict would keep each new `?n=` forever, so a client that requests enough of
//! them fills the server's memory. A recently used entry is likely to be used again, so it should
//! stay.
//!
//! Count all uses, and store in each entry the number of its last use. The entry with the smallest
//! number is the least recently used one. Here, you may search all entries for it.
//!
//! `src/dict_cache.rs` does not need to search, because its `LruCache` keeps the keys in order of
//! use.
//!
//! Check your code with `cargo test -p step2_dict_cache --test exercises bounded_dict`.
//!
//! 한국어 과제: `README.ko.md`.

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
        todo!("find the entry and note this use")
    }

    /// Stores `value` as the most recently used.
    pub fn insert(&mut self, key: u32, value: V) {
        todo!("evict an entry if the dict is full, then store the value")
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "checks/bounded_dict.rs"]
mod check;
