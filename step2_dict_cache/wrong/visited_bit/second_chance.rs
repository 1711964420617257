//! Wrong: the hand moves an entry with its bit set to the end, as CLOCK does.
//!
//! Refused with: Either the hand moved it to the end

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
        let entry = self.queue.iter_mut().find(|entry| entry.key == key)?;
        entry.visited = true;
        Some(&entry.value)
    }

    pub fn insert(&mut self, key: u32, value: V) {
        if self.len() == self.capacity.get() {
            self.evict();
        }
        self.queue.push(Entry { key, value, visited: false });
    }

    fn evict(&mut self) {
        while self.queue[0].visited {
            let mut entry = self.queue.remove(0);
            entry.visited = false;
            self.queue.push(entry);
        }
        self.queue.remove(0);
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

#[path = "../../exercises/checks/visited_bit.rs"]
mod check;
