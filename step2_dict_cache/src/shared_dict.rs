//! The dict behind a lock: the cache of this step's `/cached`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::{
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use bytes::Bytes;
use serde::Serialize;
use step1_plain::{problem::Problem, query::N, slow::json};

use crate::{
    cache::{Answer, Cache},
    cache_status::{CACHE_STATUS, HIT, MISS, STORED},
    dict_cache::DictCache,
};

/// Bodies by `n`, kept as they are sent: a hit copies nothing, it counts one more reader.
pub struct SharedDict(Mutex<DictCache<Bytes>>);

/// A body and what the dict says of it.
pub struct DictAnswer {
    body: Bytes,
    cache_status: HeaderValue,
}

/// The figures of `/stats`.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// What kind of cache this is.
    pub cache: &'static str,
    /// Requests that were answered from the cache.
    pub hits: u64,
    /// Requests that had to compute.
    pub misses: u64,
    /// `hits` ÷ (`hits` + `misses`); 0 before the first.
    pub hit_ratio: f64,
    /// Answers that are kept.
    pub entries: usize,
    /// The most answers that can be.
    pub capacity: usize,
    /// Answers given up because a new one needed the place.
    pub evictions: u64,
}

impl SharedDict {
    /// Puts a lock around this dict.
    pub fn new(dict: DictCache<Bytes>) -> Self {
        Self(Mutex::new(dict))
    }

    /// std's mutex, not tokio's: it is held for nanoseconds, and never while something is awaited.
    fn dict(&self) -> MutexGuard<'_, DictCache<Bytes>> {
        // Nothing between lock and unlock leaves the dict half changed, so a panic poisons nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for SharedDict {
    type Answer = DictAnswer;

    async fn get_or_compute(
        &self,
        n: N,
        compute: impl Future<Output = Result<Bytes, Problem>> + Send,
    ) -> Result<DictAnswer, Problem> {
        let miss = match self.dict().get(n.0) {
            Ok(body) => return Ok(DictAnswer { body, cache_status: HIT }),
            Err(miss) => miss,
        };
        let body = compute.await?;
        let kept = self.dict().insert(miss, body.clone());
        Ok(DictAnswer { body, cache_status: if kept { STORED } else { MISS } })
    }

    async fn clear(&self) -> Result<(), Problem> {
        self.dict().clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        let dict = self.dict();
        let counts = dict.counts();
        Stats {
            cache: "dict",
            hits: counts.hits,
            misses: counts.misses,
            hit_ratio: hit_ratio(counts.hits, counts.hits + counts.misses),
            entries: dict.len(),
            capacity: dict.capacity(),
            evictions: counts.evictions,
        }
    }
}

impl Answer for DictAnswer {
    fn into_response(self, _: &HeaderMap) -> Response {
        let mut response = json(self.body);
        response.headers_mut().insert(CACHE_STATUS, self.cache_status);
        response
    }
}

/// Which part of `requests` were hits, 0.0..=1.0; 0 when there were none.
pub fn hit_ratio(hits: u64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { hits as f64 / requests as f64 }
}
