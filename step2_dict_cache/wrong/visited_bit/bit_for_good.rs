//! Wrong: the hand skips visited entries, but does not clear their bits.
//!
//! Refused with: The hand must clear the bit when it passes

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
        // One round is enough, because then all entries are visited.
        for _ in 0..self.queue.len() {
            if self.queue[self.hand].visited {
                self.hand = (self.hand + 1) % self.queue.len();
            }
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
