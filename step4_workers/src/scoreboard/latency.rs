//! How long the responses take, by route.
//!
//! A mean hides the slow responses, so we look at percentiles. But it is impossible to compute the p99 of the
//! server from the p99 of each worker, not even as their mean. Counts can be added. So each worker
//! counts its responses in buckets of similar durations. The worker that gets the request adds up the buckets of
//! all workers, and finds the percentiles in the sum. As in a [slot](super::slot), no count is ever reset.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::{Scoreboard, slot::OwnSlot};
use crate::support::histogram::{BUCKETS, Histogram, bucket, nanos};

/// The routes with a histogram each, by the path of the request. The method does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// It always computes.
    Slow,
    /// It computes, unless the cache has the response.
    Cached,
    /// All other paths.
    Other,
}

impl Route {
    /// All routes, with their names.
    pub const ALL: [(Self, &str); 3] =
        [(Self::Slow, "/slow"), (Self::Cached, "/cached"), (Self::Other, "other")];

    /// The route of a request with this path.
    pub fn of(path: &str) -> Self {
        match path {
            "/slow" => Self::Slow,
            "/cached" => Self::Cached,
            _ => Self::Other,
        }
    }
}

/// The durations in one slot, by [`Route`]. They are apart from the rest of the slot, because workers look
/// at all slots for each new connection, and should find them close together.
#[repr(C, align(128))]
pub struct Latency([Durations; Route::ALL.len()]);

#[repr(C)]
struct Durations {
    counts: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

impl OwnSlot {
    /// Counts a response that took this long.
    pub fn record(&self, route: Route, duration: Duration) {
        let durations = &self.board.latencies[self.index].0[route as usize];
        durations.counts[bucket(duration)].fetch_add(1, Relaxed);
        durations.nanos.fetch_add(nanos(duration), Relaxed);
    }
}

impl Scoreboard {
    /// The durations of all workers, dead ones included.
    pub fn durations(&self, route: Route) -> Histogram {
        let mut total = Histogram::default();
        for latency in &self.latencies[..self.used_slots().len()] {
            let durations = &latency.0[route as usize];
            for (sum, count) in total.counts.iter_mut().zip(&durations.counts) {
                *sum += count.load(Relaxed);
            }
            total.nanos += durations.nanos.load(Relaxed);
        }
        total
    }
}
