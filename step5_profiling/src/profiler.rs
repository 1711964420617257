//! The profiler in a worker: what is counted, what is sampled, and the routes to see it.

use std::{io, sync::Arc, time::Instant};

use step1_plain::{app::Route, slow::Slow};
use step4_workers::{
    config::Config,
    edition::{Addition, Workplace},
    seat::Seat,
};

use crate::{
    algorithm::Algorithm,
    sampling::{collect::Profiler, recording::Recording},
    web::{local_only::local_only, routes},
};

/// The routes, for the master to name.
pub const LINES: &[Route] = &routes::ROUTES;

/// How much memory the workers share.
pub const MEMORY: usize = size_of::<Recording>();

/// What a worker has because of it.
///
/// # Errors
/// When the shared memory is another version's, or the system refuses what the sampler needs.
pub fn addition(place: Workplace<'_>, algorithm: Algorithm) -> io::Result<Addition> {
    let profiler = Arc::new(Profiler::new(place.memory, place.seat)?);
    Ok(addition_with(profiler, place.config, place.seat, algorithm))
}

/// The same with a profiler that is there already: a process has only one.
pub fn addition_with(
    profiler: Arc<Profiler>,
    config: &Config,
    seat: Seat,
    algorithm: Algorithm,
) -> Addition {
    let lines = step4_workers::app::routes(config);
    let path = |route: &Route| route.path.split('?').next().unwrap_or("").to_owned();
    let mut names: Vec<_> =
        lines.iter().map(|route| format!("{} {}", route.method, path(route))).collect();
    // After the routes, in their order, come what is no route, and the heavy functions: each, as a
    // reload may change from one to the other, and the counts go on.
    let other = names.len();
    names.push("anything else".to_owned());
    names.extend(Algorithm::ALL.map(|algorithm| format!("{}()", algorithm.name())));
    let heavy = other + 1 + algorithm as usize;

    let calls = &profiler.recording.calls[seat.index()];
    let count = algorithm.function();
    let slow = Slow::counting_by(move |n, cancelled| {
        let start = Instant::now();
        let primes = count(n, cancelled);
        calls.add(heavy, start.elapsed());
        primes
    });
    Addition {
        routes: routes::routes(profiler, names.into()),
        slow,
        finish: Some(Box::new(move |app| {
            app.with_rule(local_only).on_answer(move |answered| {
                calls.add(answered.route.unwrap_or(other), answered.elapsed);
            })
        })),
    }
}
