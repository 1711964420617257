//! One flight: whoever misses a key that is already being computed waits for that computation.
//!
//! Without it, a popular entry's expiry is a stampede: every request that arrives before the new
//! answer is there computes it once more. Others call it request collapsing, or single flight.
//!
//! The waiting itself is [`tokio::sync::OnceCell`]'s: one caller fills the cell, the others wait;
//! if that one is cancelled, fails or panics, one of the others takes over. What is left to do
//! here is to know which flights are in the air, and when the last passenger has left.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::OnceCell;

/// A computation that several requests wait for.
pub type Flight<T> = Arc<OnceCell<T>>;

/// The flights in the air, by key, and how often one was joined.
pub struct Flights<T> {
    in_air: HashMap<u32, Flight<T>>,
    joined: u64,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { in_air: HashMap::new(), joined: 0 }
    }
}

impl<T> Flights<T> {
    /// The flight for `key`: the one in the air, or a new one.
    pub fn board(&mut self, key: u32) -> Flight<T> {
        let flight = self.in_air.entry(key).or_default();
        // Besides the table nobody holds a new flight.
        self.joined += u64::from(Arc::strong_count(flight) > 1);
        flight.clone()
    }

    /// Takes the flight out of the air, because its answer is there. False when it was no longer
    /// in it: [`clear`](Self::clear) came between, and the answer should not be kept.
    pub fn land(&mut self, key: u32, flight: &Flight<T>) -> bool {
        let in_air = self.in_air.get(&key).is_some_and(|other| Arc::ptr_eq(other, flight));
        if in_air {
            self.in_air.remove(&key);
        }
        in_air
    }

    /// Gives up one's seat. A flight that nobody waits for is not kept in the air.
    pub fn leave(&mut self, key: u32, flight: Flight<T>) {
        // With the last seat, only the table and `flight` itself are left.
        if Arc::strong_count(&flight) == 2 {
            self.land(key, &flight);
        }
    }

    /// Forgets the flights in the air. Who is aboard still gets the answer; who comes later does
    /// not.
    pub fn clear(&mut self) {
        self.in_air.clear();
    }

    /// How often a flight was joined that was already in the air.
    pub fn joined(&self) -> u64 {
        self.joined
    }

    /// How many flights are in the air.
    pub fn in_air(&self) -> usize {
        self.in_air.len()
    }
}
