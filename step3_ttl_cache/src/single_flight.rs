//! Single flight: a request that misses a key which is being computed waits for that computation.
//!
//! Without it, a popular entry's expiry is a stampede, because every request that arrives before the
//! new response is there computes it again. Proxies call this request collapsing. Go's library has the
//! name that stuck, `singleflight`.
//!
//! [`Shared`] does the waiting. All clones of a shared future give the same result, and whoever polls
//! one drives the computation. When the last clone is dropped, so is the computation. What is left to
//! do here is to know which computations are under way.

use std::{collections::HashMap, num::NonZeroUsize};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use lru::LruCache;
use tokio::time::Instant;

/// A computation that several requests may wait for.
pub type Call<T> = Shared<BoxFuture<'static, T>>;

/// The computations under way, by key. The table keeps none of them alive.
pub struct SingleFlight<T: Clone> {
    calls: HashMap<u32, (u64, WeakShared<BoxFuture<'static, T>>)>,
    begun: u64,
    /// When computing a key last failed. Old failures make room for new ones.
    pub failures: LruCache<u32, Instant>,
}

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        let most = NonZeroUsize::new(1024).expect("it is not zero");
        Self { calls: HashMap::new(), begun: 0, failures: LruCache::new(most) }
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Joins the computation of `key`, and returns true, or else begins one. `compute` is called with the
    /// number of a new computation, which no other one has. At its end, or when it is dropped before, the
    /// computation calls [`finish`](Self::finish).
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

    /// Ends a computation. Returns false if it was [cleared](Self::clear) before that, and so its result
    /// must not be stored.
    pub fn finish(&mut self, key: u32, number: u64) -> bool {
        let is_current = self.calls.get(&key).is_some_and(|(known, _)| *known == number);
        if is_current {
            self.calls.remove(&key);
        }
        is_current
    }

    /// Removes all computations. Requests that wait still get their result, and later ones begin again.
    pub fn clear(&mut self) {
        self.calls.clear();
    }

    /// Whether `key` is being computed.
    pub fn is_under_way(&self, key: u32) -> bool {
        self.calls.contains_key(&key)
    }
}
