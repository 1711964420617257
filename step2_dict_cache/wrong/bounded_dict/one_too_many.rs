//! Wrong: the dict makes room when it has one entry too many.
//!
//! Refused with: a dict for three entries does not have three

use std::{collections::HashMap, num::NonZeroUsize};

pub struct BoundedDict<V> {
    entries: HashMap<u32, Entry<V>>,
    capacity: NonZeroUsize,
    uses: u64,
}

struct Entry<V> {
    value: V,
    last_use: u64,
}

impl<V> BoundedDict<V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: HashMap::new(), capacity, uses: 0 }
    }

    pub fn get(&mut self, key: u32) -> Option<&V> {
        self.uses += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.last_use = self.uses;
        Some(&entry.value)
    }

    pub fn insert(&mut self, key: u32, value: V) {
        if self.len() > self.capacity.get() && !self.entries.contains_key(&key) {
            self.evict();
        }
        self.uses += 1;
        self.entries.insert(key, Entry { value, last_use: self.uses });
    }

    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.entries.remove(&key);
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[path = "../../exercises/checks/bounded_dict.rs"]
mod check;
