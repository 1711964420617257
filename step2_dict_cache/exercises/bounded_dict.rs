//! # Exercise: a bounded dict
//!
//! Make a dict from a `HashMap` that never has more than `capacity` entries: a new key in a full dict
//! takes the place of the one that was used least recently. Asking for a key is use, and so is
//! inserting it again, which replaces its value and gives up nothing.
//!
//! Why: each new `?n=` would stay for ever in a plain dict, and whoever asks for enough of them ends
//! the server. What was used lately is what is likely to be used again, so it should stay.
//!
//! A counter of uses, noted at each entry, is enough to know which is the oldest; to look at all
//! entries for it is fine here.
//!
//! For real: `src/dict_cache.rs`, whose `LruCache` keeps its keys in the order of use and need not look.
//!
//! Check: `cargo test -p step2_dict_cache --test exercises bounded_dict`

use std::{collections::HashMap, num::NonZeroUsize};

/// A dict of at most `capacity` entries, the least recently used given up for a new one.
pub struct BoundedDict<V> {
    entries: HashMap<u32, Entry<V>>,
    capacity: NonZeroUsize,
    /// How many uses there were so far.
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// Which of the uses was this entry's last: the smaller, the longer ago.
    last_use: u64,
}

impl<V> BoundedDict<V> {
    /// An empty dict.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: HashMap::new(), capacity, uses: 0 }
    }

    /// The value of `key`, which becomes the most recently used.
    pub fn get(&mut self, key: u32) -> Option<&V> {
        todo!("find the entry, and note its use")
    }

    /// Keeps `value`, as the most recently used.
    pub fn insert(&mut self, key: u32, value: V) {
        todo!("make room if it is needed, and keep the value")
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "checks/bounded_dict.rs"]
mod check;
