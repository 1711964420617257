//! # Exercise: eviction by a visited bit
//!
//! Write a cache that moves no entry on a hit. The entries stay in a queue in the order of their
//! insertion, and each has a bit. A hit only sets the bit of its entry. A *hand* points at an entry
//! of the queue, at first at the oldest one. A new key goes to the end of the queue, with its bit
//! not set. If the cache is full, one entry has to leave first:
//!
//! 1. While the bit of the entry at the hand is set, clear it and move the hand on to the next
//!    newer entry. After the newest entry comes the oldest one.
//! 2. Evict the entry at the hand. The hand then points at the next newer entry, or at the oldest
//!    if there is none. It stays there until the next eviction.
//!
//! **Why?** An LRU moves an entry to the front on each hit, so even a reader needs the write lock.
//! Here a hit only sets a bit. The hit ratio is usually higher, too. Most keys of a site are
//! requested only once or twice, and an LRU keeps each of them until it has moved all the way to
//! the end. The hand soon evicts a new key unless it is hit, and a popular one survives. (Yazhuo
//! Zhang et al., "SIEVE is Simpler than LRU", NSDI '24.)
//!
//! For the queue, a `Vec` with the oldest entry first is enough. You may search all of it.
//!
//! The server's `src/dict_cache.rs` is an LRU. The check sends the same requests to both.
//!
//! Check your code with `cargo test -p step2_dict_cache --test exercises visited_bit`.
//!
//! 한국어 과제: `README.ko.md`.

use std::num::NonZeroUsize;

/// A cache of at most `capacity` entries. When it is full, a hand looks for an entry that has
/// not been hit since the hand last passed it.
pub struct VisitedQueue<V> {
    /// The oldest entry first.
    queue: Vec<Entry<V>>,
    /// The index of the entry at which the next eviction begins.
    hand: usize,
    capacity: NonZeroUsize,
}

struct Entry<V> {
    key: u32,
    value: V,
    visited: bool,
}

impl<V> VisitedQueue<V> {
    /// An empty cache.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { queue: Vec::new(), hand: 0, capacity }
    }

    /// Returns the value of `key` and marks its entry as visited.
    pub fn get(&mut self, key: u32) -> Option<&V> {
        todo!("find the entry and set its bit")
    }

    /// Stores a value for a key that [`get`](Self::get) did not find.
    pub fn insert(&mut self, key: u32, value: V) {
        todo!("evict one entry if the cache is full, then add the new one")
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

#[path = "checks/visited_bit.rs"]
mod check;
