//! The sweeper: expired entries give their memory back, even if no request looks them up again.

use std::{sync::Weak, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{shared_ttl::SharedTtl, stale::Lifetime};

/// The shortest pause between two sweeps, however short the lifetime. What is past it is never served,
/// so it is cheaper to keep its memory a little longer than to wake up for each.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

/// Drops each entry of the cache at the end of its lifetime. Ends when it next wakes after the cache was dropped.
pub async fn sweep(cache: Weak<SharedTtl>, lifetime: Lifetime) {
    if lifetime.ttl.is_zero() {
        return; // The cache keeps nothing.
    }
    while let Some(next) = cache.upgrade().map(|cache| cache.expire()) {
        let now = Instant::now();
        // If the cache is empty, the next entry will not end before one lifetime has passed.
        let next = next.unwrap_or(now + lifetime.ttl + lifetime.window());
        sleep_until(next.max(now + AT_MOST_EVERY)).await;
    }
}
