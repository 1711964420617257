//! The TTL cache: a dict cache whose entries are good for a time only.
//!
//! Two lists run through the same keys. One is ordered by use, as in the dict cache: its end is
//! evicted. The other is ordered by storing, which is the order of expiry too, since all entries
//! live equally long: whatever has expired stands at its end, and giving it up looks at nothing
//! else. Reading moves a key in the first list and never in the second: use does not extend life.
//!
//! Every method that depends on the time takes it as an argument. The caller mostly knows it
//! already (asking the clock costs more than the lookup itself), and a test can pass any time.

use std::{num::NonZeroUsize, time::Duration};

use lru::LruCache;
use tokio::time::Instant;

/// A bounded dict of values that expire `ttl` after they were stored, and that counts what it does.
///
/// It is a plain value, one thread's at a time: whoever shares it puts a lock around it.
pub struct TtlCache<V> {
    /// By last use. Neither list is bounded by itself: [`insert`](Self::insert) knows better.
    by_use: LruCache<u32, Entry<V>>,
    /// By time of storing, the oldest last; never read with `get`, which would move the key.
    by_age: LruCache<u32, Instant>,
    capacity: NonZeroUsize,
    ttl: Duration,
    counts: Counts,
}

/// A value and the time at which it is no longer good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<V> {
    /// What was stored.
    pub value: V,
    /// The first moment at which the entry is expired.
    pub expires: Instant,
}

/// What a cache has done since it was made; never reset, not even by [`TtlCache::clear`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Keys asked for and found fresh.
    pub hits: u64,
    /// Keys asked for and not found, or found expired.
    pub misses: u64,
    /// Live entries given up because a new one needed the place.
    pub evictions: u64,
    /// Entries given up because their time was over.
    pub expirations: u64,
}

impl<V: Clone> TtlCache<V> {
    /// An empty cache of at most `capacity` entries, each of which lives for `ttl`; with a `ttl`
    /// of zero nothing is kept.
    pub fn new(capacity: NonZeroUsize, ttl: Duration) -> Self {
        Self {
            by_use: LruCache::unbounded(),
            by_age: LruCache::unbounded(),
            capacity,
            ttl,
            counts: Counts::default(),
        }
    }

    /// The entry of `key` if it is fresh at `now`; it becomes the most recently used.
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

    /// Stores `value` for `ttl` from `now` on, and returns the entry. A full cache gives up what
    /// has expired, or else the least recently used.
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

    /// Gives up what has expired at `now`, and returns when the next entry will.
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

    /// Forgets every entry; that is neither an eviction nor an expiration.
    pub fn clear(&mut self) {
        self.by_use.clear();
        self.by_age.clear();
    }

    /// How many entries there are, those included whose expiry nobody has noticed yet.
    pub fn len(&self) -> usize {
        self.by_use.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_use.is_empty()
    }

    /// The most entries there can be.
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// How long an entry lives.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
