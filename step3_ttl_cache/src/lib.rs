//! # Step 3: a TTL cache
//!
//! A response from ten seconds ago may be wrong by now, so this step adds a time to live to
//! [`step2_dict_cache`]. This has two consequences. When a popular response expires, many clients
//! request it at once, so one request computes it for all of them. And a browser that knows how
//! long a response is fresh does not need to send a request at all.
//!
//! ```sh
//! cargo run -p step3_ttl_cache -- --ttl 10s
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # again within 10 s, and again after
//! ```
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`ttl_cache`] | a dict cache whose entries expire |
//! | [`stale`] | when an expired response is better than a wait or an error |
//! | [`single_flight`] | when many requests miss, one of them computes |
//! | [`shared_ttl`] | all of this behind one lock, as a cache for the handlers |
//! | [`mod@sweep`] | frees the memory of expired entries |
//! | [`freshness`] | `Cache-Control` and `Age`, which tell a client how long it may store a response |
//! | [`support`] | code that this step uses but does not teach |

pub mod freshness;
pub mod shared_ttl;
pub mod single_flight;
pub mod stale;
pub mod support;
pub mod sweep;
pub mod ttl_cache;

use std::{num::NonZeroUsize, sync::Arc};

use axum::{Router, extract::State, response::Response, routing::get};
use freshness::FreshResponse;
use shared_ttl::SharedTtl;
use stale::Lifetime;
use step1_plain::{
    slow::{N, Slow},
    support::http::{fallback::method_not_allowed, problem::Problem},
};
use step2_dict_cache::{cache::Cache, routes::stats_and_clear};
use support::{conditions::Conditions, lab::lab};
use sweep::sweep;

/// Step 3's application, whose cache stores at most `capacity` responses for this lifetime. Call it inside
/// a tokio runtime, because it spawns the sweeper.
pub fn app(capacity: NonZeroUsize, lifetime: impl Into<Lifetime>) -> Router {
    let lifetime = lifetime.into();
    let cache = Arc::new(SharedTtl::new(capacity, lifetime));
    tokio::spawn(sweep(Arc::downgrade(&cache), lifetime));
    routes(cache, Slow::default()).merge(lab().routes())
}

/// All routes except the lab page's, with this cache.
pub fn routes<C: Cache<Response = FreshResponse>>(cache: Arc<C>, slow: Slow) -> Router {
    Router::new()
        .route("/cached", get(cached::<C>))
        .with_state((cache.clone(), slow.clone()))
        .merge(stats_and_clear(cache))
        .method_not_allowed_fallback(method_not_allowed)
        .merge(step1_plain::routes(slow))
}

/// The handler of `GET /cached`. It looks up or computes the response as in step 2, but sends no
/// body if the client already has it.
async fn cached<C: Cache<Response = FreshResponse>>(
    State((cache, slow)): State<(Arc<C>, Slow)>,
    n: N,
    conditions: Conditions,
) -> Result<Response, Problem> {
    conditions.apply(cache.get_or_compute(n, slow.begin(n)).await?)
}
