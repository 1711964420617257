//! `/metrics` of the whole server for Prometheus, the same from every worker.
//!
//! Prometheus scrapes whichever worker accepts its connection, so each worker reports the totals of all.
//! A total must never go down, even when a worker dies, because Prometheus would take that for a restart
//! and count everything again.

use std::sync::atomic::Ordering::Relaxed;

use super::{
    Scoreboard,
    latency::Route,
    slot::{Counter, State},
};
use crate::support::prometheus_text::PrometheusText;

const COUNTERS: [(Counter, &str, &str); 9] = [
    (Counter::Requests, "http_responses_total", "Responses of any kind."),
    (Counter::Hits, "cache_hits_total", "Responses that came from the cache."),
    (Counter::Misses, "cache_misses_total", "Responses that had to be computed."),
    (Counter::Collapsed, "cache_collapsed_total", "Requests that waited for another computation."),
    (Counter::Stale, "cache_stale_total", "Expired responses that were served."),
    (Counter::Refreshes, "cache_refreshes_total", "Computations in the background."),
    (Counter::Evictions, "cache_evictions_total", "Entries evicted to make room for others."),
    (Counter::Expirations, "cache_expirations_total", "Entries dropped after their lifetime."),
    (Counter::CacheErrors, "cache_errors_total", "Failures of the shared cache."),
];

/// The figures at this moment. If the cache is not the workers' own, ask Redis for its entries.
pub fn metrics(board: &Scoreboard, has_own_caches: bool) -> PrometheusText {
    let mut text = PrometheusText::default();
    let durations = Route::ALL.map(|(route, name)| (name, board.durations(route)));
    let help = "How long responses took, including the queue.";
    text.histograms("http_request_duration_seconds", help, "route", &durations);
    for (counter, name, help) in COUNTERS {
        text.counter(name, help, board.total(counter));
    }
    let help = "Workers that were replaced.";
    text.counters("worker_restarts_total", help, "reason", &board.restarts());
    if has_own_caches {
        text.gauge("cache_entries", "Entries in the caches of all workers.", board.entries());
    }
    let connections = board.workers().map(|slot| slot.connections.load(Relaxed)).sum();
    text.gauge("worker_connections", "Open connections.", connections);
    let count = |state| board.workers().filter(|slot| slot.state() == state).count() as u64;
    let states = State::ALL.map(|(state, name)| (name, count(state)));
    text.gauges("workers", "Live workers.", "state", &states[1..]); // A free slot has none.
    text
}
