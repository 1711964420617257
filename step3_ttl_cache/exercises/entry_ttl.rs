//! # Exercise: each entry its own TTL
//!
//! Make a dict whose entries expire, each after a TTL of its own. Until just before its end an entry
//! is fresh, from its end on it is not; being asked for does not extend its life. And what has expired
//! gives its memory back: when it is asked for, and when `expire` is called.
//!
//! Why: a price is good for a second, a logo for a day. An entry that is merely no longer shown still
//! takes its memory, for ever if nobody asks for it again.
//!
//! The time is passed in: the caller often has it already, and a check need not wait.
//!
//! For real: `src/ttl_cache.rs`, where all entries live equally long. So the order of storing is that
//! of expiry, and it need not look at all of them, as you may here.
//!
//! Check: `cargo test -p step3_ttl_cache --test exercises entry_ttl`

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

impl<V> TtlDict<V> {
    /// An empty dict.
    pub fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Keeps `value` for `ttl` from `now` on, in the place of an older value of the key.
    pub fn insert(&mut self, key: u32, value: V, ttl: Duration, now: Instant) {
        todo!("keep the value, and when it expires")
    }

    /// The value of `key` if it is fresh at `now`. One that has expired is given up.
    pub fn get(&mut self, key: u32, now: Instant) -> Option<&V> {
        todo!("give up what has expired, return what is fresh")
    }

    /// Gives up all that has expired at `now`, and returns how many entries that were.
    pub fn expire(&mut self, now: Instant) -> usize {
        todo!("keep only what is fresh, and count the rest")
    }

    /// How many entries take memory, fresh or not.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "checks/entry_ttl.rs"]
mod check;
