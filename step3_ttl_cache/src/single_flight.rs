//! Single flight: a request that misses a key which is being computed waits for that computation.
//!
//! Without it, a popular entry's expiry is a stampede, because every request that arrives before the
//! new response is there computes it again. Proxies call this request collapsing. Go's library has the
//! name that stuck, `singleflight`.
//!
//! [`tokio::sync::OnceCell`] does the waiting. One caller fills the cell while the others wait, and if
//! it is cancelled, fails or panics, one of the others takes over. What is left to do here is to know
//! which computations are under way, and when a computation has no caller any more.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::OnceCell;

/// A computation that several requests may wait for.
pub type Call<T> = Arc<OnceCell<T>>;

/// The computations under way, by key. Callers clone and drop a [`Call`] only through these methods, so
/// the references to it are the table's own, and one for each request that waits.
pub struct SingleFlight<T> {
    calls: HashMap<u32, Call<T>>,
    collapsed: u64,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { calls: HashMap::new(), collapsed: 0 }
    }
}

impl<T> SingleFlight<T> {
    /// Joins the computation of `key`, or begins one.
    pub fn join(&mut self, key: u32) -> Call<T> {
        let call = self.calls.entry(key).or_default();
        // If the table has the only reference, the computation is new.
        self.collapsed += u64::from(Arc::strong_count(call) > 1);
        call.clone()
    }

    /// Ends a computation that has its result. Returns false if it was [cleared](Self::clear) before
    /// that, and so its result must not be kept.
    pub fn finish(&mut self, key: u32, call: &Call<T>) -> bool {
        let is_known = self.calls.get(&key).is_some_and(|known| Arc::ptr_eq(known, call));
        if is_known {
            self.calls.remove(&key);
        }
        is_known
    }

    /// Leaves a computation, with its result or without. The last request to leave ends it.
    pub fn leave(&mut self, key: u32, call: Call<T>) {
        // The table's reference, if it still has this call, and the one that is dropped here.
        if Arc::strong_count(&call) == 2 {
            self.finish(key, &call);
        }
    }

    /// Removes all computations. Requests that wait still get their result, and later ones begin again.
    pub fn clear(&mut self) {
        self.calls.clear();
    }

    /// How many requests joined a computation that another one had begun.
    pub fn collapsed(&self) -> u64 {
        self.collapsed
    }

    /// How many keys are being computed.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }
}

/// A request that waits for a call. It calls `leave` at its end, even if it is cancelled.
pub struct Waiter<T, L: FnMut(Call<T>)> {
    call: Option<Call<T>>,
    leave: L,
}

impl<T, L: FnMut(Call<T>)> Waiter<T, L> {
    /// Waits for a call that was joined.
    pub fn new(call: Call<T>, leave: L) -> Self {
        Self { call: Some(call), leave }
    }

    /// What it waits for.
    pub fn call(&self) -> &Call<T> {
        self.call.as_ref().expect("it is taken only in drop")
    }
}

impl<T, L: FnMut(Call<T>)> Drop for Waiter<T, L> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            (self.leave)(call);
        }
    }
}
