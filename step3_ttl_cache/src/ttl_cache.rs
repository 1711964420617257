//! The TTL cache is a dict cache whose entries expire.
//!
//! Two lists contain the same keys. The first is in order of use, as in the dict cache, and
//! eviction takes its last key. The second is in order of insertion. All entries have the same
//! lifetime, so this is also the order of expiry, and expired entries are at its end. Reading a key
//! moves it in the first list only, because use does not extend an entry's life.
//!
//! Methods that depend on the time take it as an argument, because most callers already know it,
//! and reading the clock costs more than the lookup itself.

use std::num::NonZeroUsize;

use lru::LruCache;
use tokio::time::Instant;

use crate::stale::{Hit, Lifetime};

/// A bounded dict with counters, whose values have a [`Lifetime`]. It has no lock, so code that
/// shares it needs one.
pub struct TtlCache<V> {
    /// By last use. Neither list needs a bound of its own, because [`insert`](Self::insert) keeps
    /// both within `capacity`, and drops expired entries before it evicts any other.
    by_use: LruCache<u32, Entry<V>>,
    /// The end of each entry's lifetime, in order of insertion, with the oldest last. We never call
    /// `get` on this list, because that would move the key.
    by_age: LruCache<u32, Instant>,
    capacity: NonZeroUsize,
    lifetime: Lifetime,
    counts: Counts,
}

/// A value and the time at which it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<V> {
    /// The stored value.
    pub value: V,
    /// The first moment at which the entry has expired.
    pub expires: Instant,
}

/// An entry, and how it serves a request.
pub type Found<V> = (Entry<V>, Hit);

/// Counters since the cache was created. [`TtlCache::clear`] does not reset them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lookups that found an entry to serve at once.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// Expired entries that were served, either as stale hits or in place of an error.
    pub stale: u64,
    /// Entries that were evicted to make room for a new one.
    pub evictions: u64,
    /// Entries that were dropped because their lifetime was over.
    pub expirations: u64,
}

impl<V: Clone> TtlCache<V> {
    /// An empty cache of at most `capacity` entries. With a TTL of zero, it stores nothing.
    pub fn new(capacity: NonZeroUsize, lifetime: impl Into<Lifetime>) -> Self {
        Self {
            by_use: LruCache::unbounded(),
            by_age: LruCache::unbounded(),
            capacity,
            lifetime: lifetime.into(),
            counts: Counts::default(),
        }
    }

    /// Returns the entry of `key` if it can be served at `now`, and how. The entry becomes the most
    /// recently used. `failed` is the time when computing the next one last failed.
    pub fn get(&mut self, key: u32, failed: Option<Instant>, now: Instant) -> Option<Found<V>> {
        if let Some(entry) = self.by_use.get(&key) {
            if now >= entry.expires + self.lifetime.window() {
                self.remove_expired(key);
            } else if let Some(hit) = self.lifetime.hit(entry.expires, failed, now) {
                self.counts.hits += 1;
                self.counts.stale += u64::from(hit != Hit::Fresh);
                return Some((entry.clone(), hit));
            }
        }
        self.counts.misses += 1;
        None
    }

    /// Returns the entry to serve at `now` to a request whose computation failed, if there is one.
    pub fn get_after_error(&mut self, key: u32, now: Instant) -> Option<Entry<V>> {
        let entry = self.by_use.peek(&key)?;
        let allowed = self.lifetime.allows_after_error(entry.expires, now);
        self.counts.stale += u64::from(allowed);
        allowed.then(|| entry.clone())
    }

    /// Stores `value`, which is fresh from `now` on, and returns the entry. A full cache drops
    /// entries past their lifetime or, if there are none, evicts the least recently used one.
    pub fn insert(&mut self, key: u32, value: V, now: Instant) -> Entry<V> {
        let entry = Entry { value, expires: now + self.lifetime.ttl };
        if self.lifetime.ttl.is_zero() {
            return entry;
        }
        self.expire(now);
        let full = self.by_use.len() == self.capacity.get() && !self.by_use.contains(&key);
        if full && let Some((evicted, _)) = self.by_use.pop_lru() {
            self.by_age.pop(&evicted);
            self.counts.evictions += 1;
        }
        self.by_age.put(key, entry.expires + self.lifetime.window());
        self.by_use.put(key, entry.clone());
        entry
    }

    /// Drops entries past their lifetime at `now`. Returns the end of the next lifetime, if any.
    pub fn expire(&mut self, now: Instant) -> Option<Instant> {
        while let Some((&key, &end)) = self.by_age.peek_lru() {
            if now < end {
                return Some(end);
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

    /// Removes every entry. These removals count neither as evictions nor as expirations.
    pub fn clear(&mut self) {
        self.by_use.clear();
        self.by_age.clear();
    }

    /// The number of entries, including those past their lifetime that have not been dropped yet.
    pub fn entries(&self) -> usize {
        self.by_use.len()
    }

    /// The largest number of entries.
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
