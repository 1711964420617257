//! Single flight: if a key is being computed, a request that misses it waits for that computation.
//!
//! Without single flight, the expiry of a popular entry causes a stampede, because every request
//! that arrives before the new response is ready computes it again. Proxies call this technique
//! request collapsing. The name that stuck comes from Go's package `singleflight`.
//!
//! [`Shared`] does the waiting. All clones of a shared future return the same result, and polling
//! any of them drives the computation. When the last clone is dropped, the computation is dropped,
//! too. This module only has to know which computations are under way.

use std::{collections::HashMap, num::NonZeroUsize};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use lru::LruCache;
use tokio::time::Instant;

/// A computation that several requests may wait for.
pub type Call<T> = Shared<BoxFuture<'static, T>>;

/// The computations under way, by key. The table does not keep them alive.
pub struct SingleFlight<T: Clone> {
    calls: HashMap<u32, (u64, WeakShared<BoxFuture<'static, T>>)>,
    begun: u64,
    /// The time when computing a key last failed. Old failures make room for new ones.
    pub failures: LruCache<u32, Instant>,
}

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        let most = NonZeroUsize::new(1024).expect("it is not zero");
        Self { calls: HashMap::new(), begun: 0, failures: LruCache::new(most) }
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Joins the computation of `key` and returns true, or else begins one and returns false.
    /// `compute` gets a number that no other computation has. When the computation ends or is
    /// dropped, it calls [`finish`](Self::finish) with that number.
    pub fn join_or_begin<F>(&mut self, key: u32, compute: impl FnOnce(u64) -> F) -> (Call<T>, bool)
    where
        F: Future<Output = T> + Send + 'static,
    {
        if let Some((_, call)) = self.calls.get(&key)
            && let Some(call) = call.upgrade()
        {
            return (call, true);
        }
        self.begun += 1;
        let call = compute(self.begun).boxed().shared();
        let weak = call.downgrade().expect("it has not been polled, so it has not ended");
        self.calls.insert(key, (self.begun, weak));
        (call, false)
    }

    /// Keeps a computation going, even if every client that waits for it leaves.
    pub fn detach(&self, key: u32, number: u64) {
        if let Some((known, call)) = self.calls.get(&key)
            && *known == number
            && let Some(call) = call.upgrade()
        {
            tokio::spawn(call);
        }
    }

    /// Removes a computation that has ended. Returns false if it was [cleared](Self::clear) before,
    /// so its result must not be stored.
    pub fn finish(&mut self, key: u32, number: u64) -> bool {
        let is_current = self.calls.get(&key).is_some_and(|(known, _)| *known == number);
        if is_current {
            self.calls.remove(&key);
        }
        is_current
    }

    /// Removes all computations. Requests that wait for them still get their results, but later
    /// requests begin new computations.
    pub fn clear(&mut self) {
        self.calls.clear();
    }

    /// Whether `key` is being computed.
    pub fn is_under_way(&self, key: u32) -> bool {
        self.calls.contains_key(&key)
    }
}
