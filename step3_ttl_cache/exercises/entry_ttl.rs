//! # Exercise: a TTL for each entry
//!
//! Write a dict in which each entry expires after its own TTL. An entry is fresh while its age is
//! less than its TTL, and at exactly its TTL it has expired. Getting an entry does not extend its
//! life. `get` removes an expired entry that it finds, and `expire` removes all of them.
//!
//! **Why?** A price is good for a second, and a logo for a day. An expired entry that is only
//! hidden still takes memory, and does so forever if no client requests it again.
//!
//! The current time is an argument, because callers often know it already, and because the checks
//! don't have to wait.
//!
//! In `src/ttl_cache.rs`, all entries have the same lifetime. The order of insertion is then the
//! order of expiry, so the cache does not need to search all entries, as you may do here.
//!
//! Check your code with `cargo test -p step3_ttl_cache --test exercises entry_ttl`.
//!
//! 한국어 과제: `README.ko.md`.

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

impl<V> TtlDict<V> {
    /// An empty dict.
    pub fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Stores `value` for `ttl` from `now` on, and replaces an older value of the key.
    pub fn insert(&mut self, key: u32, value: V, ttl: Duration, now: Instant) {
        todo!("store the value and the moment when it expires")
    }

    /// Returns the value of `key` if it is fresh at `now`. Removes it if it has expired.
    pub fn get(&mut self, key: u32, now: Instant) -> Option<&V> {
        todo!("remove the entry if it has expired, or return its value")
    }

    /// Removes all entries that have expired at `now`, and returns their number.
    pub fn expire(&mut self, now: Instant) -> usize {
        todo!("keep only the fresh entries, and count the others")
    }

    /// The number of entries in memory, fresh or not.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "checks/entry_ttl.rs"]
mod check;
