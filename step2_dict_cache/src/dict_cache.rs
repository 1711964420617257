//! The dict cache: a dict that evicts the least recently used entry when it is full.
//!
//! Without a bound, every new `n` would stay forever, until the memory is full.

use std::num::NonZeroUsize;

use lru::LruCache;

/// A bounded dict that counts what it does. It has no lock, so code that shares it needs one.
pub struct DictCache<V> {
    entries: LruCache<u32, V>,
    /// How many times the dict was cleared; see [`insert`](Self::insert).
    cleared: u64,
    counts: Counts,
}

/// What a cache has done since it was created. [`DictCache::clear`] does not reset it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Look-ups that found their key.
    pub hits: u64,
    /// Look-ups that did not.
    pub misses: u64,
    /// Entries that were dropped for a new one.
    pub evictions: u64,
}

/// A key that was not found, with which its value can be [inserted](DictCache::insert).
#[derive(Debug)]
pub struct Miss {
    key: u32,
    cleared: u64,
}

impl<V: Clone> DictCache<V> {
    /// An empty dict that keeps at most `capacity` entries.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: LruCache::new(capacity), cleared: 0, counts: Counts::default() }
    }

    /// The value of `key`, which becomes the most recently used, or else a [`Miss`].
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
    /// Computing the value took a while. If the dict was [cleared](Self::clear) in that time, the value
    /// is from before the clear, and is not inserted.
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

    /// How many entries there are.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The most entries there can be.
    pub fn capacity(&self) -> usize {
        self.entries.cap().get()
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
