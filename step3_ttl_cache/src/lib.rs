//! # Step 3: a TTL cache
//!
//! What was true ten seconds ago may not be true now, so an answer is kept for a time only. What
//! this step adds to [`step2_dict_cache`] is that time, with its two consequences: when a popular
//! answer expires, many ask for it at once and one computes it; and whoever knows how long an
//! answer is good, a browser or a proxy, need not ask at all.
//!
//! ```sh
//! cargo run -p step3_ttl_cache -- --ttl 10s
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # again within 10 s, and again after
//! ```
//!
//! To read, in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`ttl_cache`] | a dict cache whose entries expire |
//! | [`flight`] | many miss, one computes |
//! | [`shared_ttl`] | the two behind one lock, and what they count |
//! | [`mod@sweep`] | memory is given back in time |
//! | [`cache_status`] | what the cache did with a request |
//! | [`etag`] | the client has the bytes, and asks whether they still hold |
//! | [`freshness`] | `Cache-Control`, `Age` and 304: the client's own cache |
//! | [`page`] | labs for the browser |
//! | [`args`] | `--ttl` |

pub mod args;
pub mod cache_status;
pub mod etag;
pub mod flight;
pub mod freshness;
pub mod page;
pub mod shared_ttl;
pub mod sweep;
pub mod ttl_cache;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use shared_ttl::SharedTtl;
use step1_plain::{
    app::{App, Routes},
    slow::Slow,
};
use step2_dict_cache::cache::Cache;
use sweep::sweep;
use ttl_cache::TtlCache;

/// Step 3's application, with room for `capacity` answers that are good for `ttl`.
///
/// # Panics
/// Outside of a tokio runtime, in which it starts its sweeper.
pub fn app(capacity: NonZeroUsize, ttl: Duration) -> App {
    let cache = Arc::new(SharedTtl::new(TtlCache::new(capacity, ttl)));
    tokio::spawn(sweep(Arc::downgrade(&cache), ttl));
    let routes = routes_with(cache, Slow::default());
    App::new("step3_ttl_cache: answers are forgotten in time", routes)
}

/// The routes of an application with this cache, for the step that has another.
pub fn routes_with<C: Cache>(cache: Arc<C>, slow: Slow) -> Routes {
    step2_dict_cache::routes_with(cache, slow).with_page(&page::FILES)
}
