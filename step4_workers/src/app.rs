//! Step 3's application, as one of several workers serves it.

use std::{
    io::{self, Error},
    sync::Arc,
};

use axum::http::{HeaderName, HeaderValue};
use step1_plain::{
    app::{self, App, Route},
    slow,
};
use step2_dict_cache::routes;
use step3_ttl_cache::{routes_with, shared_ttl::SharedTtl, sweep::sweep, ttl_cache::TtlCache};

use crate::{
    cache_place::CachePlace,
    config::Config,
    edition::Addition,
    page,
    private_cache::{PrivateCache, keep_up},
    redis_cache::RedisCache,
    redis_link::Link,
    seat::Seat,
    slot::Counter,
    stats::Kind,
};

/// Which worker answered: its process id.
pub const X_WORKER: HeaderName = HeaderName::from_static("x-worker");

/// The routes, for the master to name.
pub fn routes(config: &Config) -> Vec<Route> {
    [&[slow::ROUTE], &routes::ROUTES[..], (config.edition().lines)(config), &app::ROUTES].concat()
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
    config: &Config,
    seat: Seat,
    addition: Addition,
    is_enough: impl Fn() + Send + Sync + 'static,
) -> io::Result<App> {
    let Config { settings, .. } = config;
    let slow = addition.slow.within(settings.request_timeout);
    let (capacity, ttl) = (settings.capacity, settings.ttl);
    let routes = match &settings.cache {
        CachePlace::Memory => {
            let cache = Arc::new(SharedTtl::new(TtlCache::new(capacity, ttl)));
            tokio::spawn(sweep(Arc::downgrade(&cache), ttl));
            let kind = Kind { name: "ttl", capacity: Some(capacity.get()), ttl };
            let cache = Arc::new(PrivateCache::new(cache, seat, kind));
            tokio::spawn(keep_up(Arc::downgrade(&cache)));
            routes_with(cache, slow)
        }
        CachePlace::Redis(url) => {
            let link = Link::open(url).await.map_err(Error::other)?;
            routes_with(Arc::new(RedisCache::new(link, seat, ttl)), slow)
        }
    };
    let routes = routes.with_page(&page::FILES).merge(addition.routes);
    let app = App::new(config.edition().title, routes);
    let most = settings
        .max_requests
        .map(|most| most.saturating_add(at_random(settings.max_requests_jitter)));
    // Leaked: it is the same for all answers to the end of the process, and free to copy.
    let name: &'static str = std::process::id().to_string().leak();
    let app = app.on_answer(move |answered| {
        answered.response.headers_mut().insert(X_WORKER, HeaderValue::from_static(name));
        seat.slot().add(Counter::Requests);
        if most.is_some_and(|most| most == seat.slot().own(Counter::Requests)) {
            is_enough();
        }
    });
    Ok(match addition.finish {
        Some(finish) => finish(app),
        None => app,
    })
}

/// A number from 0 to `most`, another one in each process.
fn at_random(most: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(()) % (most + 1)
}
