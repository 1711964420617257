//! The sweeper: expired entries give their memory back, even if no request looks them up again.

use std::{sync::Weak, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::shared_ttl::SharedTtl;

/// The shortest pause between two sweeps, however short the TTL. An expired response is never served,
/// so it is cheaper to keep its memory a little longer than to wake up for each.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

/// Drops each entry of the cache when it expires. Ends when it next wakes after the cache was dropped.
pub async fn sweep(cache: Weak<SharedTtl>, ttl: Duration) {
    if ttl.is_zero() {
        return; // The cache keeps nothing.
    }
    while let Some(next) = cache.upgrade().map(|cache| cache.expire()) {
        let now = Instant::now();
        // If the cache is empty, the next entry will not expire before one TTL has passed.
        let next = next.unwrap_or(now + ttl);
        sleep_until(next.max(now + AT_MOST_EVERY)).await;
    }
}
