//! The routes of the profiler.
//!
//! | file | idea |
//! |---|---|
//! | [`routes`] | `/debug/pprof/…`, from the request to the response |
//! | [`parameters`] | `?seconds=`, `?frequency=`, `?worker=` |
//! | [`rows`] | the routes and the heavy functions, in tables |
//! | [`index`] | the page at `/debug/pprof/` |

pub mod index;
pub mod parameters;
pub mod routes;
pub mod rows;

use std::{io, sync::Arc};

use axum::Router;
pub use routes::REQUESTS;
use rows::{heavy, row};
use step1_plain::{process_time::process_time, slow::Slow, support::http::serve::App};
use step4_workers::{program::Context, support::settings::AccessLog};

pub use crate::support::lab::FILES as LAB;
use crate::{
    algorithm::Algorithm,
    profiler::{
        observe::{Observer, observe},
        sampling::{collect::Profiler, recording::Recording},
    },
};

/// The size of the memory that the workers share, in bytes.
pub const MEMORY: usize = size_of::<Recording>();

/// The application of a worker, with these routes and, if `wants_profiler`, those of a profiler.
///
/// # Errors
/// If the system refuses a resource that the profiler needs.
pub fn app(
    context: &Context<'_>,
    algorithm: Algorithm,
    routes: impl FnOnce(Slow) -> Router,
    wants_profiler: bool,
) -> io::Result<impl App> {
    let profiler = match wants_profiler {
        true => Some(Profiler::new(context.memory.try_clone()?, context.slot)?.into()),
        false => None,
    };
    Ok(app_with(context, algorithm, routes, profiler))
}

/// The application of a worker, with this profiler. A process can have only one.
pub fn app_with(
    context: &Context<'_>,
    algorithm: Algorithm,
    routes: impl FnOnce(Slow) -> Router,
    profiler: Option<Arc<Profiler>>,
) -> impl App {
    let settings = &context.config.settings;
    let has_log = settings.access_log != AccessLog::Off;
    let observer = profiler.as_ref().map(|profiler| Observer::new(profiler, has_log));
    let count = move |n, cancelled: &_| {
        let count = || algorithm.function()(n, cancelled);
        observer.map_or_else(count, |observer| observer.calls.time(heavy(algorithm), count))
    };
    let mut router = routes(Slow::new(count, settings.request_timeout));
    if let Some(profiler) = profiler {
        router = router.merge(routes::routes(profiler));
    }
    observe(process_time(router), observer, row)
}
