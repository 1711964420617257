//! Step 3's application, as one of several workers serves it.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue},
    response::Response,
};
use step1_plain::{slow::Slow, support::http::serve::App};
use step3_ttl_cache::{shared_ttl::SharedTtl, sweep::sweep};
use tower::{Service, ServiceExt, service_fn};

use super::drain::say_close;
use crate::{
    cache::{
        private_cache::{PrivateCache, keep_up},
        redis_cache::RedisCache,
    },
    program::Context,
    scoreboard::{
        latency::Route,
        metrics::metrics,
        slot::{Counter, OwnSlot},
        stats::Kind,
    },
    support::prometheus_text::metrics_route,
};

/// The process id of the worker that responded.
pub const X_WORKER: HeaderName = HeaderName::from_static("x-worker");

/// All routes except the lab page's.
///
/// # Panics
/// Outside of a tokio runtime, because it spawns the upkeep of the cache.
pub fn routes(context: &Context<'_>, slow: Slow) -> Router {
    let (board, has_own_caches) = (context.slot.board, context.redis.is_none());
    cache_routes(context, slow).merge(metrics_route(move || metrics(board, has_own_caches)))
}

/// Step 3's routes. They use Redis if the worker has a link to it, or else the worker's own cache.
fn cache_routes(context: &Context<'_>, slow: Slow) -> Router {
    let (settings, slot) = (&context.config.settings, context.slot);
    let (capacity, lifetime) = (settings.capacity, settings.lifetime());
    if let Some(link) = context.redis.clone() {
        return step3_ttl_cache::routes(Arc::new(RedisCache::new(link, slot, lifetime)), slow);
    }
    let cache = Arc::new(SharedTtl::new(capacity, lifetime));
    tokio::spawn(sweep(Arc::downgrade(&cache), lifetime));
    let kind = Kind { name: "ttl", capacity: Some(capacity.get()), ttl: lifetime.ttl };
    let cache = Arc::new(PrivateCache::new(cache, slot, kind));
    tokio::spawn(keep_up(Arc::downgrade(&cache)));
    step3_ttl_cache::routes(cache, slow)
}

/// Names the worker in a header of each response, counts the response, and records how long it took.
/// Calls `spent` once, after `max_requests` responses.
///
/// A request whose client leaves has no response, so it has no duration either.
pub fn in_worker(
    mut app: impl App,
    slot: OwnSlot,
    max_requests: Option<u64>,
    spent: impl Fn() + Clone + Send + Sync + 'static,
) -> impl App {
    // Leaked, because all responses use it until the process ends.
    let name: &'static str = std::process::id().to_string().leak();
    service_fn(move |request: Request| {
        let (route, start) = (Route::of(request.uri().path()), Instant::now());
        let spent = spent.clone();
        let finish = move |mut response: Response| {
            response.headers_mut().insert(X_WORKER, HeaderValue::from_static(name));
            say_close(slot, &mut response);
            slot.record(route, start.elapsed());
            slot.add(Counter::Requests);
            if max_requests.is_some_and(|most| most == slot.own(Counter::Requests)) {
                spent();
            }
            response
        };
        // An `async` block would move the response once more. A hit would take 1.4 % more
        // instructions.
        (&mut app).map_response(finish).call(request)
    })
}
