//! Wrong: `expire` counts the entries that stay.
//!
//! Refused with: you counted the entry that is left

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
        if now >= self.entries.get(&key)?.expires {
            self.entries.remove(&key);
        }
        self.entries.get(&key).map(|entry| &entry.value)
    }

    pub fn expire(&mut self, now: Instant) -> usize {
        self.entries.retain(|_, entry| now < entry.expires);
        self.len()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../../exercises/checks/entry_ttl.rs"]
mod check;
