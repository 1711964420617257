//! Each worker's own TTL cache. Its figures are on the scoreboard, and a `DELETE /cache` to any worker
//! clears it.
//!
//! This is the chapter's surprise. Memory is private to a process, so with N workers, the first N
//! requests for a key may all be misses.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::FutureExt;
use serde::Serialize;
use step1_plain::{
    slow::N,
    support::http::{computation::Begin, problem::Problem},
};
use step2_dict_cache::cache::Cache;
use step3_ttl_cache::{freshness::FreshResponse, shared_ttl::SharedTtl};
use tokio::time::sleep;

use crate::scoreboard::{
    slot::{Counter, OwnSlot},
    stats::{Kind, stats},
};

/// Step 3's cache, and the worker's slot on the scoreboard.
pub struct PrivateCache {
    cache: Arc<SharedTtl>,
    slot: OwnSlot,
    kind: Kind,
    /// The epoch of the cache's entries.
    epoch: AtomicU64,
}

impl PrivateCache {
    /// Wraps `cache`, and puts its figures on the scoreboard.
    pub fn new(cache: Arc<SharedTtl>, slot: OwnSlot, kind: Kind) -> Self {
        let epoch = AtomicU64::new(slot.board.epoch());
        let private = Self { cache, slot, kind, epoch };
        private.publish();
        private
    }

    /// Clears the cache if any worker has received a `DELETE /cache` since the last time.
    async fn catch_up(&self) -> Result<(), Problem> {
        let epoch = self.slot.board.epoch();
        if self.epoch.load(Relaxed) != epoch {
            self.epoch.store(epoch, Relaxed);
            self.cache.clear().await?;
        }
        Ok(())
    }

    /// Copies the cache's own figures to the scoreboard, where they outlive the worker. The cache
    /// counts them under its lock, so they always add up.
    fn publish(&self) {
        let own = self.cache.stats_now();
        let slot = self.slot;
        slot.set_own(Counter::Hits, own.hits);
        slot.set_own(Counter::Misses, own.misses);
        slot.set_own(Counter::Collapsed, own.collapsed);
        slot.set_own(Counter::Stale, own.stale);
        slot.set_own(Counter::Refreshes, own.refreshes);
        slot.set_own(Counter::Evictions, own.evictions);
        slot.set_own(Counter::Expirations, own.expirations);
        slot.entries.store(own.entries as u64, Relaxed);
        slot.entries_epoch.store(self.epoch.load(Relaxed), Relaxed);
    }
}

impl Cache for PrivateCache {
    type Response = FreshResponse;

    async fn get_or_compute(
        self: &Arc<Self>,
        n: N,
        begin: impl Begin,
    ) -> Result<FreshResponse, Problem> {
        self.catch_up().await?;
        let this = self.clone();
        let begin = async move {
            this.publish(); // Publish the miss now, because computing may take long.
            let begun = begin.await;
            this.catch_up().await?; // If the cache was cleared since then, nothing stale is served.
            let computation = begun?;
            let computation = async move {
                let body = computation.await;
                this.catch_up().await?; // If the cache was cleared since then, the body is not stored.
                body
            };
            Ok(computation.boxed())
        };
        let response = self.cache.get_or_compute(n, begin).await;
        self.publish();
        response
    }

    async fn clear(&self) -> Result<(), Problem> {
        self.slot.board.next_epoch();
        self.catch_up().await?;
        self.publish();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        self.publish();
        stats(self.slot.board, self.kind)
    }
}

/// Catches up and publishes once a second, even without requests. Ends when the cache is dropped.
pub async fn keep_up(cache: Weak<PrivateCache>) {
    while let Some(cache) = cache.upgrade() {
        let _ = cache.catch_up().await;
        cache.publish();
        drop(cache);
        sleep(Duration::from_secs(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use axum::http::StatusCode;
    use bytes::Bytes;
    use step3_ttl_cache::stale::Lifetime;

    use super::*;
    use crate::scoreboard::Scoreboard;

    #[tokio::test]
    async fn a_failure_serves_nothing_from_before_another_workers_delete() {
        let (_, board) = Scoreboard::create().unwrap();
        let slot = OwnSlot::new(board, board.take_slot(1, 0).unwrap());
        let ttl = Duration::from_millis(1);
        let lifetime = Lifetime { stale_if_error: Duration::from_secs(3600), ..ttl.into() };
        let shared = Arc::new(SharedTtl::new(NonZeroUsize::new(2).unwrap(), lifetime));
        let cache =
            Arc::new(PrivateCache::new(shared, slot, Kind { name: "ttl", capacity: None, ttl }));

        for n in [1, 2] {
            let computed = async { Ok(async { Ok(Bytes::from_static(b"{}").into()) }.boxed()) };
            assert!(cache.get_or_compute(N(n), computed).await.is_ok());
        }
        sleep(Duration::from_millis(2)).await;
        let failed = || Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose"));
        let stale = cache.get_or_compute(N(1), async move { failed() }).await;
        assert!(stale.is_ok(), "it is within the window");
        let deleted = async move {
            board.next_epoch(); // While it waits in the queue.
            failed()
        };
        assert!(cache.get_or_compute(N(2), deleted).await.is_err(), "it is deleted");
    }
}
