//! The sweeper frees the memory of expired entries, even if no request looks them up again.

use std::{sync::Weak, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{shared_ttl::SharedTtl, stale::Lifetime};

/// The shortest pause between two sweeps, even for a shorter lifetime. An entry past its lifetime
/// is never served, so keeping its memory a little longer is cheaper than waking up for each entry.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

/// Drops each entry at the end of its lifetime. Ends at the first wake-up without the cache.
pub async fn sweep(cache: Weak<SharedTtl>, lifetime: Lifetime) {
    if lifetime.ttl.is_zero() {
        return; // The cache stores nothing.
    }
    while let Some(next) = cache.upgrade().map(|cache| cache.expire()) {
        let now = Instant::now();
        // If the cache is empty, the next entry can't end before a whole lifetime has passed.
        let next = next.unwrap_or(now + lifetime.ttl + lifetime.window());
        sleep_until(next.max(now + AT_MOST_EVERY)).await;
    }
}
