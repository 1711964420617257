//! # Step 2: a dict cache
//!
//! The primes up to a million are the same at every request, so the answer is remembered. What
//! this step adds to [`step1_plain`] is a bounded dict, and the routes to use and to watch it.
//!
//! ```sh
//! cargo run -p step2_dict_cache
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # twice: the second is a hit
//! ```
//!
//! To read, in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`dict_cache`] | a dict with a bound: the least recently used goes first |
//! | [`cache`] | what the routes ask of a cache: the seam for the steps above |
//! | [`shared_dict`] | the dict behind a lock, and what it counts |
//! | [`cache_status`] | `Cache-Status`: what the cache did with a request |
//! | [`routes`] | `/cached`, `/stats`, `DELETE /cache`, for any cache |
//! | [`page`] | a lab, and the figures on the page |
//! | [`args`] | `--capacity` |

pub mod args;
pub mod cache;
pub mod cache_status;
pub mod dict_cache;
pub mod page;
pub mod routes;
pub mod shared_dict;

use std::{num::NonZeroUsize, sync::Arc};

use cache::Cache;
use dict_cache::DictCache;
use shared_dict::SharedDict;
use step1_plain::{
    app::{App, Routes},
    slow::{self, Slow},
};

/// Step 2's application, with room for `capacity` answers.
pub fn app(capacity: NonZeroUsize) -> App {
    let cache = SharedDict::new(DictCache::new(capacity));
    let routes = routes_with(Arc::new(cache), Slow::default());
    App::new("step2_dict_cache: answers are remembered", routes)
}

/// The routes of an application with this cache, for the step that has another.
pub fn routes_with<C: Cache>(cache: Arc<C>, slow: Slow) -> Routes {
    // On the page, a step's labs come after those of the step before.
    slow::routes(slow.clone()).merge(routes::routes(cache, slow).with_page(&page::FILES))
}
