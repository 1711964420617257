//! Asking for a profile.
//!
//! | file | idea |
//! |---|---|
//! | [`routes`] | `/debug/pprof/…`, from the request to the response |
//! | [`parameters`] | `?seconds=`, `?frequency=`, `?worker=` |
//! | [`local_only`] | which clients get a profile |
//! | [`mod@count_calls`] | how often each route and each heavy function was called |
//! | [`index`] | the page at `/debug/pprof/` |

pub mod count_calls;
pub mod index;
pub mod local_only;
pub mod parameters;
pub mod routes;

use std::{io, sync::Arc};

use axum::Router;
use count_calls::{count_calls, heavy};
pub use routes::REQUESTS;
use step1_plain::{process_time::process_time, slow::Slow, support::http::serve::App};
use step4_workers::program::Context;

pub use crate::support::lab::FILES as LAB;
use crate::{
    algorithm::Algorithm,
    profiler::sampling::{collect::Profiler, recording::Recording},
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
    let calls = profiler.as_ref().map(|it| &it.recording.calls[context.slot.index]);
    let count = move |n, cancelled: &_| {
        let count = || algorithm.function()(n, cancelled);
        calls.map_or_else(count, |calls| calls.time(heavy(algorithm), count))
    };
    let mut router = routes(Slow::new(count, context.config.settings.request_timeout));
    if let Some(profiler) = profiler {
        router = router.merge(routes::routes(profiler));
    }
    count_calls(process_time(router), calls)
}
