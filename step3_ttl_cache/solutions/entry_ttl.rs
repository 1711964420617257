//! Solution: each entry its own TTL.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// A dict whose entries expire, each in its own time.
pub struct TtlDict<V> {
    entries: HashMap<u32, Entry<V>>,
}

struct Entry<V> {
    value: V,
    /// The first moment at which the entry is not fresh.
    expires: Instant,
}

impl<V> Entry<V> {
    /// The one place that says what fresh means: at the very end, not any more.
    fn is_fresh(&self, now: Instant) -> bool {
        now < self.expires
    }
}

impl<V> TtlDict<V> {
    /// An empty dict.
    pub fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Keeps `value` for `ttl` from `now` on, in the place of an older value of the key.
    pub fn insert(&mut self, key: u32, value: V, ttl: Duration, now: Instant) {
        self.entries.insert(key, Entry { value, expires: now + ttl });
    }

    /// The value of `key` if it is fresh at `now`. One that has expired is given up.
    pub fn get(&mut self, key: u32, now: Instant) -> Option<&V> {
        if !self.entries.get(&key)?.is_fresh(now) {
            self.entries.remove(&key);
        }
        self.entries.get(&key).map(|entry| &entry.value)
    }

    /// Gives up all that has expired at `now`, and returns how many entries that were.
    pub fn expire(&mut self, now: Instant) -> usize {
        let before = self.len();
        // All of them, since with a TTL each, no order of storing or of use is that of expiry.
        self.entries.retain(|_, entry| entry.is_fresh(now));
        before - self.len()
    }

    /// How many entries take memory, fresh or not.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../exercises/checks/entry_ttl.rs"]
mod check;
