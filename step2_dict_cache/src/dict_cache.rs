//! The dict cache evicts the least recently used entry when it is full.
//!
//! Without a bound, it would store every `n` until the memory is full.

use std::num::NonZeroUsize;

use lru::LruCache;

/// A bounded dict with counters. It has no lock, so code that shares it needs one.
pub struct DictCache<V> {
    entries: LruCache<u32, V>,
    /// How many times the dict was cleared. See [`insert`](Self::insert).
    cleared: u64,
    counts: Counts,
}

/// Counters since the cache was created. [`DictCache::clear`] does not reset them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lookups that found their key.
    pub hits: u64,
    /// Lookups that did not find their key.
    pub misses: u64,
    /// Entries that were evicted to make room for a new one.
    pub evictions: u64,
}

/// A key that was not found. [`insert`](DictCache::insert) needs it to insert the value.
#[derive(Debug)]
pub struct Miss {
    key: u32,
    cleared: u64,
}

impl<V: Clone> DictCache<V> {
    /// An empty dict for at most `capacity` entries.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: LruCache::new(capacity), cleared: 0, counts: Counts::default() }
    }

    /// Returns the value of `key`, which becomes the most recently used, or else a [`Miss`].
    pub fn get(&mut self, key: u32) -> Result<V, Miss> {
        match self.entries.get(&key) {
            Some(value) => {
                self.counts.hits += 1;
                Ok(value.clone())
            }
            None => {
                self.counts.misses += 1;
                Err(Miss { key, cleared: self.cleared })
            }
        }
    }

    /// Inserts the missing value, and returns whether it did.
    ///
    /// Computing the value took a while. If the dict was [cleared](Self::clear) in that time, the
    /// value is older than the clear, so it is not inserted.
    pub fn insert(&mut self, miss: Miss, value: V) -> bool {
        if miss.cleared != self.cleared {
            return false;
        }
        // `push` returns the evicted entry, or the old value of the same key.
        if self.entries.push(miss.key, value).is_some_and(|(key, _)| key != miss.key) {
            self.counts.evictions += 1;
        }
        true
    }

    /// Removes every entry.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.cleared += 1;
    }

    /// The number of entries.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The largest number of entries.
    pub fn capacity(&self) -> usize {
        self.entries.cap().get()
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
