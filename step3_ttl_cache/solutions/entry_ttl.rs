//! Solution: a TTL for each entry.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// A dict whose entries expire, each after its own TTL.
pub struct TtlDict<V> {
    entries: HashMap<u32, Entry<V>>,
}

struct Entry<V> {
    value: V,
    /// The first moment at which the entry is no longer fresh.
    expires: Instant,
}

impl<V> Entry<V> {
    /// The only definition of fresh. At its end, an entry is not fresh any more.
    fn is_fresh(&self, now: Instant) -> bool {
        now < self.expires
    }
}

impl<V> TtlDict<V> {
    /// An empty dict.
    pub fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Stores `value` for `ttl` from `now` on, and replaces an older value of the key.
    pub fn insert(&mut self, key: u32, value: V, ttl: Duration, now: Instant) {
        self.entries.insert(key, Entry { value, expires: now + ttl });
    }

    /// Returns the value of `key` if it is fresh at `now`. Removes it if it has expired.
    pub fn get(&mut self, key: u32, now: Instant) -> Option<&V> {
        if !self.entries.get(&key)?.is_fresh(now) {
            self.entries.remove(&key);
        }
        self.entries.get(&key).map(|entry| &entry.value)
    }

    /// Removes all entries that have expired at `now`, and returns their number.
    pub fn expire(&mut self, now: Instant) -> usize {
        let before = self.len();
        // This checks all entries, because with a TTL for each, neither the order of insertion nor
        // that of use is the order of expiry.
        self.entries.retain(|_, entry| entry.is_fresh(now));
        before - self.len()
    }

    /// The number of entries in memory, fresh or not.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../exercises/checks/entry_ttl.rs"]
mod check;
