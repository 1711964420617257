//! The dict cache: answers by key, the least recently used given up for a new one.
//!
//! An unbounded dict would do as well until the memory is full: each new `n` would stay for ever.

use std::num::NonZeroUsize;

use lru::LruCache;

/// A bounded dict that counts what it does.
///
/// It is a plain value, one thread's at a time: whoever shares it puts a lock around it.
pub struct DictCache<V> {
    entries: LruCache<u32, V>,
    /// How often the dict was cleared, see [`insert`](Self::insert).
    cleared: u64,
    counts: Counts,
}

/// What a cache has done since it was made; never reset, not even by [`DictCache::clear`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Keys asked for and found.
    pub hits: u64,
    /// Keys asked for and not found.
    pub misses: u64,
    /// Entries given up because a new one needed the place.
    pub evictions: u64,
}

/// A key that was not there, and the right to [`insert`](DictCache::insert) its value.
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

    /// The value of `key`, which becomes the most recently used.
    ///
    /// # Errors
    /// A [`Miss`] when it is not there.
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

    /// Keeps the value that was missing, and says whether it did.
    ///
    /// Between the miss and the value there was a computation, and perhaps a
    /// [`clear`](Self::clear): a value from before it must not come back after it.
    pub fn insert(&mut self, miss: Miss, value: V) -> bool {
        if miss.cleared != self.cleared {
            return false;
        }
        // `push` gives back the entry that had to go, or the old value of the same key.
        if self.entries.push(miss.key, value).is_some_and(|(key, _)| key != miss.key) {
            self.counts.evictions += 1;
        }
        true
    }

    /// Forgets every entry.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.cleared += 1;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The most entries there can be.
    pub fn capacity(&self) -> usize {
        self.entries.cap().get()
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
