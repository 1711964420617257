//! Wrong: an entry is fresh up to and including its end.
//!
//! Refused with: it expires at exactly its TTL

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

pub struct TtlDict<V> {
    entries: HashMap<u32, Entry<V>>,
}

struct Entry<V> {
    value: V,
    expires: Instant,
    ttl: Duration,
}

impl<V> TtlDict<V> {
    pub fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    pub fn insert(&mut self, key: u32, value: V, ttl: Duration, now: Instant) {
        self.entries.insert(key, Entry { value, expires: now + ttl, ttl });
    }

    pub fn get(&mut self, key: u32, now: Instant) -> Option<&V> {
        if now > self.entries.get(&key)?.expires {
            self.entries.remove(&key);
        }
        self.entries.get(&key).map(|entry| &entry.value)
    }

    pub fn expire(&mut self, now: Instant) -> usize {
        let before = self.len();
        self.entries.retain(|_, entry| now <= entry.expires);
        before - self.len()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../../exercises/checks/entry_ttl.rs"]
mod check;
