//! Step 3's application, as one of several workers serves it.

use std::{
    io::{self, Error},
    sync::Arc,
};

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};
use step1_plain::{
    app::{App, Route},
    slow::Slow,
};
use step2_dict_cache::{app_with, routes};
use step3_ttl_cache::{shared_ttl::SharedTtl, sweep::sweep, ttl_cache::TtlCache};

use crate::{
    cache_place::CachePlace,
    private_cache::{PrivateCache, keep_up},
    redis_cache::RedisCache,
    redis_link::Link,
    seat::Seat,
    settings::Settings,
    slot::Counter,
    stats::Kind,
};

/// Which worker answered: its process id.
pub const X_WORKER: HeaderName = HeaderName::from_static("x-worker");

const TITLE: &str = "step4_workers: many workers under one master";

/// The routes, for the master to name.
pub fn routes() -> Vec<Route> {
    [&routes::ROUTES[..], &step1_plain::ROUTES].concat()
}

/// The application of the worker in this seat. `is_enough` is called once, when it has answered as
/// many requests as the settings allow.
///
/// # Errors
/// When the URL of the shared cache is not valid.
///
/// # Panics
/// Outside of a tokio runtime, in which it starts its upkeep.
pub async fn app(
    settings: &Settings,
    seat: Seat,
    is_enough: impl Fn() + Send + Sync + 'static,
) -> io::Result<App> {
    let slow = Slow::within(settings.request_timeout);
    let (capacity, ttl) = (settings.capacity, settings.ttl);
    let app = match &settings.cache {
        CachePlace::Memory => {
            let cache = Arc::new(SharedTtl::new(TtlCache::new(capacity, ttl)));
            tokio::spawn(sweep(Arc::downgrade(&cache), ttl));
            let kind = Kind { name: "ttl", capacity: Some(capacity.get()), ttl };
            let cache = Arc::new(PrivateCache::new(cache, seat, kind));
            tokio::spawn(keep_up(Arc::downgrade(&cache)));
            app_with(TITLE, cache, slow)
        }
        CachePlace::Redis(url) => {
            let link = Link::open(url).await.map_err(Error::other)?;
            app_with(TITLE, Arc::new(RedisCache::new(link, seat, ttl)), slow)
        }
    };
    let most = settings
        .max_requests
        .map(|most| most.saturating_add(at_random(settings.max_requests_jitter)));
    // Leaked: it is the same for all answers to the end of the process, and free to copy.
    let name: &'static str = std::process::id().to_string().leak();
    Ok(app.on_answer(move |answer: &mut Response| {
        answer.headers_mut().insert(X_WORKER, HeaderValue::from_static(name));
        seat.slot().add(Counter::Requests);
        if most.is_some_and(|most| most == seat.slot().own(Counter::Requests)) {
            is_enough();
        }
    }))
}

/// A number from 0 to `most`, another one in each process.
fn at_random(most: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(()) % (most + 1)
}
