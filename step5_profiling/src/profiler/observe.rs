//! Observes each request. It counts the request, and reports its activity to the gauges.

use std::time::Instant;

use axum::{extract::Request, response::Response};
use step1_plain::support::http::{
    activity::{Afterwards, REST, Watch, Watched},
    serve::App,
};
use tower::service_fn;

use super::sampling::{calls::Calls, collect::Profiler, control::now, gauges::Gauges};

/// Observes the requests of one worker.
pub struct Observer {
    /// The counters.
    pub calls: &'static Calls,
    gauges: &'static Gauges,
    /// Whether each request gets a line in the access log at its end.
    has_log: bool,
}

impl Observer {
    /// The observer of this worker, which lives until the process ends.
    pub fn new(Profiler { recording, slot, .. }: &Profiler, has_log: bool) -> &'static Self {
        let (calls, gauges) = (&recording.calls[slot.index], &recording.gauges[slot.index]);
        Box::leak(Box::new(Self { calls, gauges, has_log }))
    }
}

/// Has `observer` watch all requests to `app`, if there is an observer. `row` returns the number of
/// a request's route.
pub fn observe(
    mut app: impl App,
    observer: Option<&'static Observer>,
    row: fn(&Request) -> usize,
) -> impl App {
    service_fn(move |request: Request| {
        let watch = observer.map(|observer| (observer as &dyn Watch, row(&request)));
        Watched::new(watch, app.call(request))
    })
}

impl Watch for Observer {
    fn begin(&'static self, route: usize, start: Instant) {
        let start = now() - start.elapsed().as_nanos() as u64;
        self.gauges.change(route, None, Some(REST), start);
    }

    fn change(&'static self, route: usize, from: &'static str, to: Option<&'static str>) {
        self.gauges.change(route, Some(from), to, now());
    }

    fn end(&'static self, route: usize, start: Instant, at_once: bool, response: &mut Response) {
        let time = start.elapsed();
        self.calls.add(route, time);
        if at_once {
            self.gauges.add_at_once(route, time);
        }
        if self.has_log {
            response.extensions_mut().insert(Afterwards { watch: self, route });
        }
    }
}
