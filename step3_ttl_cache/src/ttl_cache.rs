//! The TTL cache: a dict cache whose entries expire.
//!
//! Two lists run through the same keys. The first is in order of use, as in the dict cache, so that
//! eviction takes its last key. The second is in order of storing. That is also the order of expiry,
//! because all entries live equally long, so the expired ones are at its end. Reading moves a key in
//! the first list only, because use does not extend an entry's life.
//!
//! Methods that depend on the time take it as an argument, because most callers know it already, and
//! asking the clock costs more than the lookup itself.

use std::{num::NonZeroUsize, time::Duration};

use lru::LruCache;
use tokio::time::Instant;

/// A bounded dict of values that expire `ttl` after they were stored, and that counts what it does. It
/// has no lock, so code that shares it needs one.
pub struct TtlCache<V> {
    /// By last use. Neither list has a bound of its own, because [`insert`](Self::insert) drops expired
    /// entries first.
    by_use: LruCache<u32, Entry<V>>,
    /// By time of storing, the oldest last. It is never read with `get`, which would move the key.
    by_age: LruCache<u32, Instant>,
    capacity: NonZeroUsize,
    ttl: Duration,
    counts: Counts,
}

/// A value and the time at which it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<V> {
    /// What was stored.
    pub value: V,
    /// The first moment at which the entry is expired.
    pub expires: Instant,
}

/// What a cache has done since it was created. [`TtlCache::clear`] does not reset it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Look-ups that found a fresh entry.
    pub hits: u64,
    /// Look-ups that found none, or an expired one.
    pub misses: u64,
    /// Fresh entries that were dropped for a new one.
    pub evictions: u64,
    /// Entries that were dropped because their time was over.
    pub expirations: u64,
}

impl<V: Clone> TtlCache<V> {
    /// An empty cache of at most `capacity` entries, each of which lives for `ttl`. With a `ttl` of zero
    /// it keeps nothing.
    pub fn new(capacity: NonZeroUsize, ttl: Duration) -> Self {
        Self {
            by_use: LruCache::unbounded(),
            by_age: LruCache::unbounded(),
            capacity,
            ttl,
            counts: Counts::default(),
        }
    }

    /// The entry of `key` if it is fresh at `now`. It becomes the most recently used.
    pub fn get(&mut self, key: u32, now: Instant) -> Option<Entry<V>> {
        if let Some(entry) = self.by_use.get(&key) {
            if now < entry.expires {
                self.counts.hits += 1;
                return Some(entry.clone());
            }
            self.remove_expired(key);
        }
        self.counts.misses += 1;
        None
    }

    /// Stores `value` for `ttl` from `now` on, and returns the entry. A full cache drops what has
    /// expired or, if nothing has, the least recently used entry.
    pub fn insert(&mut self, key: u32, value: V, now: Instant) -> Entry<V> {
        let entry = Entry { value, expires: now + self.ttl };
        if self.ttl.is_zero() {
            return entry;
        }
        self.expire(now);
        let full = self.by_use.len() == self.capacity.get() && !self.by_use.contains(&key);
        if full && let Some((evicted, _)) = self.by_use.pop_lru() {
            self.by_age.pop(&evicted);
            self.counts.evictions += 1;
        }
        self.by_age.put(key, entry.expires);
        self.by_use.put(key, entry.clone());
        entry
    }

    /// Drops what has expired at `now`, and returns when the next entry will.
    pub fn expire(&mut self, now: Instant) -> Option<Instant> {
        while let Some((&key, &expires)) = self.by_age.peek_lru() {
            if now < expires {
                return Some(expires);
            }
            self.remove_expired(key);
        }
        None
    }

    fn remove_expired(&mut self, key: u32) {
        self.by_use.pop(&key);
        self.by_age.pop(&key);
        self.counts.expirations += 1;
    }

    /// Removes every entry. This counts neither as evictions nor as expirations.
    pub fn clear(&mut self) {
        self.by_use.clear();
        self.by_age.clear();
    }

    /// How many entries there are, including expired ones that were not dropped yet.
    pub fn entries(&self) -> usize {
        self.by_use.len()
    }

    /// The most entries there can be.
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// How long an entry lives.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
