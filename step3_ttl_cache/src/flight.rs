//! One flight: whoever misses a key that is already being computed waits for that computation.
//!
//! Without it, a popular entry's expiry is a stampede: every request that arrives before the new
//! answer is there computes it once more. Proxies call the cure request collapsing; Go's library
//! of that name calls it single flight.
//!
//! The waiting itself is [`tokio::sync::OnceCell`]'s: one caller fills the cell, the others wait;
//! if that one is cancelled, fails or panics, one of the others takes over. What is left to do
//! here is to know which computations are in flight, and when nobody waits for one any more.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::OnceCell;

/// A computation that several requests may wait for.
pub type Flight<T> = Arc<OnceCell<T>>;

/// The flights by key, and how often one was joined.
///
/// A plain value, one thread's at a time. Its users clone and drop a [`Flight`] only through its
/// methods: so the references to one are the table's and one for each who waits.
pub struct Flights<T> {
    in_flight: HashMap<u32, Flight<T>>,
    joined: u64,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { in_flight: HashMap::new(), joined: 0 }
    }
}

impl<T> Flights<T> {
    /// Joins the flight for `key`, or starts one.
    pub fn join(&mut self, key: u32) -> Flight<T> {
        let flight = self.in_flight.entry(key).or_default();
        // A new one is only the table's yet.
        self.joined += u64::from(Arc::strong_count(flight) > 1);
        flight.clone()
    }

    /// Ends a flight whose answer is there. False if it had been forgotten: [`clear`](Self::clear)
    /// came between, and the answer should not be kept.
    pub fn finish(&mut self, key: u32, flight: &Flight<T>) -> bool {
        let known = self.in_flight.get(&key).is_some_and(|known| Arc::ptr_eq(known, flight));
        if known {
            self.in_flight.remove(&key);
        }
        known
    }

    /// Leaves a flight, with the answer or without. The last one to leave ends it.
    pub fn leave(&mut self, key: u32, flight: Flight<T>) {
        // The table's reference and the one that is dropped here.
        if Arc::strong_count(&flight) == 2 {
            self.finish(key, &flight);
        }
    }

    /// Forgets all flights. Who waits already still gets the answer; who comes later computes anew.
    pub fn clear(&mut self) {
        self.in_flight.clear();
    }

    /// How often somebody joined a flight that had been started already.
    pub fn joined(&self) -> u64 {
        self.joined
    }

    /// How many keys are being computed.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}

/// A request that waits for a flight. However it ends, with the answer, a failure or a
/// cancellation, it leaves the flight: by `leave`, which knows where the table is.
pub struct Waiter<T, L: FnMut(Flight<T>)> {
    flight: Option<Flight<T>>,
    leave: L,
}

impl<T, L: FnMut(Flight<T>)> Waiter<T, L> {
    /// Waits for a flight that was joined.
    pub fn new(flight: Flight<T>, leave: L) -> Self {
        Self { flight: Some(flight), leave }
    }

    /// What it waits for.
    pub fn flight(&self) -> &Flight<T> {
        self.flight.as_ref().expect("taken only when dropped")
    }
}

impl<T, L: FnMut(Flight<T>)> Drop for Waiter<T, L> {
    fn drop(&mut self) {
        if let Some(flight) = self.flight.take() {
            (self.leave)(flight);
        }
    }
}
