//! What the profiler hears of each request: a call of its route, and what it does until its response is there.

use std::time::Instant;

use axum::extract::Request;
use futures_util::{FutureExt, future::Either};
use step1_plain::support::http::{
    activity::{self, REQUEST, Watch},
    serve::App,
};
use tower::service_fn;

use super::sampling::{calls::Calls, collect::Profiler};

/// Who hears of the requests of one worker.
#[derive(Clone, Copy)]
pub struct Observer {
    /// Counts them.
    pub calls: &'static Calls,
    /// Is told what they do.
    pub watch: &'static Watch,
    /// Whether each request ends with a line in the access log.
    pub has_log: bool,
}

impl Observer {
    /// Who hears of the requests of this profiler's worker.
    pub fn new(Profiler { recording, slot, .. }: &Profiler, has_log: bool) -> Self {
        let gauges = &recording.gauges[slot.index];
        // Leaked, because requests use it until the process ends.
        let watch = Box::leak(Box::new(|route, from: Option<_>, to: Option<_>| {
            gauges.change(route, from, to)
        }));
        Self { calls: &recording.calls[slot.index], watch, has_log }
    }
}

/// Tells the observer of each request, if there is one. `row` is the route of a request, as a number.
pub fn observe(
    mut app: impl App,
    observer: Option<Observer>,
    row: fn(&Request) -> usize,
) -> impl App {
    service_fn(move |request: Request| {
        let Some(Observer { calls, watch, has_log }) = observer else {
            return Either::Left(app.call(request));
        };
        let (row, start) = (row(&request), Instant::now());
        let watched = activity::Request::begin(watch, row);
        // With its response, the request goes on until its line is written.
        let kept = has_log.then(|| watched.clone());
        Either::Right(REQUEST.scope(watched, app.call(request)).map(move |response| {
            calls.add(row, start.elapsed());
            let Ok(mut response) = response;
            if let Some(watched) = kept {
                response.extensions_mut().insert(watched);
            }
            Ok(response)
        }))
    })
}
