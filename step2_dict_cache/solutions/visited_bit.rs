//! Solution: eviction by a visited bit.

use std::num::NonZeroUsize;

/// A cache of at most `capacity` entries. When it is full, a hand looks for an entry that has
/// not been hit since the hand last passed it.
pub struct VisitedQueue<V> {
    /// The oldest entry first.
    queue: Vec<Entry<V>>,
    /// The index of the entry at which the next eviction begins.
    hand: usize,
    capacity: NonZeroUsize,
}

struct Entry<V> {
    key: u32,
    value: V,
    visited: bool,
}

impl<V> VisitedQueue<V> {
    /// An empty cache.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { queue: Vec::new(), hand: 0, capacity }
    }

    /// Returns the value of `key` and marks its entry as visited.
    pub fn get(&mut self, key: u32) -> Option<&V> {
        let entry = self.queue.iter_mut().find(|entry| entry.key == key)?;
        entry.visited = true;
        Some(&entry.value)
    }

    /// Stores a value for a key that [`get`](Self::get) did not find.
    pub fn insert(&mut self, key: u32, value: V) {
        if self.len() == self.capacity.get() {
            self.evict();
        }
        self.queue.push(Entry { key, value, visited: false });
    }

    fn evict(&mut self) {
        // This ends after one round at the latest, because by then each bit is clear.
        while self.queue[self.hand].visited {
            self.queue[self.hand].visited = false;
            self.hand = (self.hand + 1) % self.queue.len();
        }
        // The next newer entry takes the index of the evicted one. If there is none, the hand goes
        // to the oldest before the new entry arrives, which would otherwise be the next to leave.
        self.queue.remove(self.hand);
        if self.hand == self.queue.len() {
            self.hand = 0;
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

#[path = "../exercises/checks/visited_bit.rs"]
mod check;
