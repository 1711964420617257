//! Asking for a profile.
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

use tower::util::Either;

pub use crate::support::lab::FILES as LAB;
use crate::{
    algorithm::Algorithm,
    profiler::{
        observe::Observer,
        sampling::{collect::Profiler, recording::Recording},
    },
};

/// How many bytes of memory the workers share.
pub const MEMORY: usize = size_of::<Recording>();

/// The application of a worker: these routes, and those of a profiler if one is wanted.
///
/// # Errors
/// If the system refuses what the profiler needs.
pub fn app(
    context: &Context<'_>,
    algorithm: Algorithm,
    routes: impl FnOnce(Slow) -> Router,
    wants_profiler: bool,
) -> io::Result<impl App> {
    if !wants_profiler {
        let slow = Slow::new(algorithm.function(), context.config.settings.request_timeout);
        return Ok(Either::Left(process_time(routes(slow))));
    }
    let profiler = Profiler::new(context.memory.try_clone()?, context.slot)?;
    Ok(Either::Right(app_with(context, algorithm, routes, profiler.into())))
}

/// The application of a worker, with this profiler. A process can have only one.
pub fn app_with(
    context: &Context<'_>,
    algorithm: Algorithm,
    routes: impl FnOnce(Slow) -> Router,
    profiler: Arc<Profiler>,
) -> impl App {
    let settings = &context.config.settings;
    let observer = Observer::new(&profiler, settings.access_log != AccessLog::Off);
    let count = move |n, cancelled: &_| {
        observer.calls.time(heavy(algorithm), || algorithm.function()(n, cancelled))
    };
    let routes = routes(Slow::new(count, settings.request_timeout));
    observer.watch(process_time(routes.merge(routes::routes(profiler))), row)
}
