//! Wrong: an entry stays as many rounds as it had hits.
//!
//! Refused with: two hits count as one

use std::num::NonZeroUsize;

pub struct VisitedQueue<V> {
    queue: Vec<Entry<V>>,
    hand: usize,
    capacity: NonZeroUsize,
}

struct Entry<V> {
    key: u32,
    value: V,
    visited: u32,
}

impl<V> VisitedQueue<V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { queue: Vec::new(), hand: 0, capacity }
    }

    pub fn get(&mut self, key: u32) -> Option<&V> {
        let entry = self.queue.iter_mut().find(|entry| entry.key == key)?;
        entry.visited += 1;
        Some(&entry.value)
    }

    pub fn insert(&mut self, key: u32, value: V) {
        if self.len() == self.capacity.get() {
            self.evict();
        }
        self.queue.push(Entry { key, value, visited: 0 });
    }

    fn evict(&mut self) {
        while self.queue[self.hand].visited > 0 {
            self.queue[self.hand].visited -= 1;
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
