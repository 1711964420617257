//! # Step 2: a dict cache
//!
//! The primes up to a million are the same in every response, so this step stores the response. It
//! adds a bounded dict to [`step1_plain`], and routes to use it and to watch it.
//!
//! ```sh
//! cargo run -p step2_dict_cache
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # twice: the second is a hit
//! ```
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`dict_cache`] | a bounded dict that evicts its least recently used entry |
//! | [`cache`] | the cache interface for handlers |
//! | [`shared_dict`] | the dict behind a lock, with that interface |
//! | [`routes`] | `/cached`, `/stats` and `DELETE /cache` |
//! | [`support`] | code that this step uses but does not teach |

pub mod cache;
pub mod dict_cache;
pub mod routes;
pub mod shared_dict;
pub mod support;

use std::{num::NonZeroUsize, sync::Arc};

use axum::{Router, routing::get};
use dict_cache::DictCache;
use routes::{cached, stats_and_clear};
use shared_dict::SharedDict;
use step1_plain::{slow::Slow, support::http::fallback::method_not_allowed};
use support::lab::lab;

/// Step 2's application, whose cache stores at most `capacity` responses.
pub fn app(capacity: NonZeroUsize) -> Router {
    let cache = Arc::new(SharedDict::new(DictCache::new(capacity)));
    let slow = Slow::default();
    Router::new()
        .route("/cached", get(cached))
        .with_state((cache.clone(), slow.clone()))
        .merge(stats_and_clear(cache))
        .method_not_allowed_fallback(method_not_allowed)
        .merge(step1_plain::routes(slow))
        .merge(lab().routes())
}
