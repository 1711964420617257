//! Wrong: a hit moves its entry to the end, as in an LRU.
//!
//! Refused with: because the hit moved it in the queue

use std::num::NonZeroUsize;

pub struct VisitedQueue<V> {
    queue: Vec<Entry<V>>,
    hand: usize,
    capacity: NonZeroUsize,
}

struct Entry<V> {
    key: u32,
    value: V,
    visited: bool,
}

impl<V> VisitedQueue<V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { queue: Vec::new(), hand: 0, capacity }
    }

    pub fn get(&mut self, key: u32) -> Option<&V> {
        let index = self.queue.iter().position(|entry| entry.key == key)?;
        let entry = self.queue.remove(index);
        self.queue.push(entry);
        self.queue.last().map(|entry| &entry.value)
    }

    pub fn insert(&mut self, key: u32, value: V) {
        if self.len() == self.capacity.get() {
            self.evict();
        }
        self.queue.push(Entry { key, value, visited: false });
    }

    fn evict(&mut self) {
        while self.queue[self.hand].visited {
            self.queue[self.hand].visited = false;
            self.hand = (self.hand + 1) % self.queue.len();
        }
        self.queue.remove(self.hand);
        if self.hand == self.queue.len() {
            self.hand = 0;
        }
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

#[path = "../../exercises/checks/visited_bit.rs"]
mod check;
