//! The sweeper: memory is given back when its time is over, also when nobody asks any more.

use std::{sync::Weak, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::shared_ttl::SharedTtl;

/// How rarely the sweeper looks, however short the TTL: an expired answer is never served, and
/// to keep its memory this much longer is cheaper than to wake up for each.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

/// Gives up each answer of the cache when it expires; ends within a `ttl` of the cache's own end.
pub async fn sweep(cache: Weak<SharedTtl>, ttl: Duration) {
    if ttl.is_zero() {
        return; // Nothing is ever kept.
    }
    while let Some(next) = cache.upgrade().map(|cache| cache.expire()) {
        let now = Instant::now();
        // In an empty cache, nothing that comes from now on expires sooner than after one TTL.
        let next = next.unwrap_or(now + ttl);
        sleep_until(next.max(now + AT_MOST_EVERY)).await;
    }
}
