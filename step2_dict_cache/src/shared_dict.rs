//! The dict behind a lock is the cache for `/cached` in this step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use step1_plain::{
    slow::N,
    support::http::{computation::Begin, problem::Problem},
};

use crate::{
    cache::{Cache, CachedResponse},
    dict_cache::DictCache,
    support::{
        cache_status::Verdict,
        stats::{Stats, hit_ratio},
    },
};

/// Response bodies by `n`, shared by all requests.
pub struct SharedDict(Mutex<DictCache<Bytes>>);

impl SharedDict {
    /// Puts a lock around `dict`.
    pub fn new(dict: DictCache<Bytes>) -> Self {
        Self(Mutex::new(dict))
    }

    /// std's mutex, not tokio's, because it is held for nanoseconds and never across an `await`.
    fn lock(&self) -> MutexGuard<'_, DictCache<Bytes>> {
        // No panic can leave the dict half changed, so a poisoned lock is safe to use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for SharedDict {
    type Response = CachedResponse;

    async fn get_or_compute(
        self: &Arc<Self>,
        n: N,
        begin: impl Begin,
    ) -> Result<CachedResponse, Problem> {
        let miss = match self.lock().get(n.0) {
            Ok(body) => return Ok(CachedResponse { body: body.into(), verdict: Verdict::Hit }),
            Err(miss) => miss,
        };
        let body = begin.await?.await?;
        let stored = self.lock().insert(miss, body.value.clone());
        Ok(CachedResponse { body, verdict: if stored { Verdict::Stored } else { Verdict::Miss } })
    }

    async fn clear(&self) -> Result<(), Problem> {
        self.lock().clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        let dict = self.lock();
        let counts = dict.counts();
        Stats {
            cache: "dict",
            hits: counts.hits,
            misses: counts.misses,
            hit_ratio: hit_ratio(counts.hits, counts.hits + counts.misses),
            entries: dict.entries(),
            capacity: dict.capacity(),
            evictions: counts.evictions,
        }
    }
}
