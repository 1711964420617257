//! Gauges count how many requests are in each state, and for how long.
//!
//! A request that enters a state at the time *t* subtracts *t* from the sum of that state, and a
//! request that leaves it adds the time. With *n* requests in the state, the sum plus *n* times the
//! current time is the time that all requests have ever spent in it.
//!
//! The number and the sum must be read together. So a writer makes the version odd while it changes
//! them, and a reader that sees the version change reads again. This is a seqlock (Hans Boehm, "Can
//! seqlocks get along with programming language memory models?", 2012).

use std::{
    array::from_fn,
    sync::atomic::{
        AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
        fence,
    },
    thread::{sleep, yield_now},
    time::Duration,
};

use step1_plain::support::http::activity::REST;

/// The states of a request, each with its name in `Server-Timing` and in JSON, and with its name in
/// text. The first one is the state of a request that has reported no other.
pub const STATES: [(&str, &str); 6] = [
    (REST, "the rest"),
    ("queue", "in the queue"),
    ("compute", "computing"),
    ("wait", "waiting for another request's computation"),
    ("redis", "waiting for Redis"),
    ("log", "writing the log"),
];

/// The largest number of routes.
pub const ROUTES: usize = 8;

/// The time in each state, in nanoseconds, by route.
pub type Nanos = [[u64; STATES.len()]; ROUTES];

/// How many times a reader tries. A worker that is killed during a write leaves an odd version
/// until the next worker takes over.
const TRIES: u32 = 1_000;

/// How many times it tries without a pause, which is enough unless the writer has lost its core.
const TRIES_AT_ONCE: u32 = 900;

/// The pause between later tries. All pauses together take about 0.1 s, which is enough for the
/// system to run a waiting thread again.
const PAUSE: Duration = Duration::from_millis(1);

/// The gauges of the worker in one slot. They start as zeros, and are never reset.
#[repr(C, align(128))]
#[derive(Default)]
pub struct Gauges {
    /// Odd while a writer changes the rest.
    version: AtomicU64,
    /// The time when the rest last changed, or was read while the worker was alive.
    changed: AtomicU64,
    states: [[State; STATES.len()]; ROUTES],
    /// The time of requests that were served at once, in nanoseconds. For a hit, one addition costs
    /// less than two changes.
    at_once: [AtomicU64; ROUTES],
}

#[repr(C)]
#[derive(Default)]
struct State {
    requests: AtomicU64,
    /// A sum of times and negative times. It wraps around.
    sum: AtomicU64,
}

impl Gauges {
    /// A request to this route changes from one state to another. A name that is not in [`STATES`] counts as
    /// the first state.
    pub fn change(&self, route: usize, from: Option<&str>, to: Option<&str>, now: u64) {
        self.write(now, || {
            if let Some(state) = from.map(|name| &self.states[route][index(name)]) {
                state.add(u64::MAX, now);
            }
            if let Some(state) = to.map(|name| &self.states[route][index(name)]) {
                state.add(1, now.wrapping_neg());
            }
        });
    }

    /// A request to this route was served at once, in this time.
    pub fn add_at_once(&self, route: usize, time: Duration) {
        self.at_once[route].fetch_add(time.as_nanos() as u64, Relaxed);
    }

    /// Ends the requests of a worker that was killed, for the next worker in its slot.
    pub fn take_over(&self) {
        if !self.version.load(Relaxed).is_multiple_of(2) {
            // It was killed during a write, so its figures can't be used.
            self.states.iter().flatten().for_each(State::clear);
            self.version.fetch_add(1, Release);
        }
        let ended = self.changed.load(Relaxed);
        self.write(ended, || {
            for state in self.states.iter().flatten() {
                let requests = state.requests.load(Relaxed);
                state.add(requests.wrapping_neg(), requests.wrapping_mul(ended));
            }
        });
    }

    /// The time that requests have spent in each state, up to `now`. The requests of a dead worker
    /// ended with its last change, or with the last reading while it was alive, so no reading is
    /// less than an earlier one. Returns `None` if the worker stopped in the middle of a write.
    pub fn read(&self, now: u64, is_alive: bool) -> Option<Nanos> {
        if is_alive {
            self.changed.fetch_max(now, Relaxed);
        }
        for attempt in 0..TRIES {
            let version = self.version.load(Acquire);
            let until = if is_alive { now } else { self.changed.load(Relaxed) };
            let mut nanos: Nanos =
                from_fn(|route| from_fn(|state| self.states[route][state].until(until)));
            fence(Acquire);
            if version.is_multiple_of(2) && self.version.load(Relaxed) == version {
                for (nanos, at_once) in nanos.iter_mut().zip(&self.at_once) {
                    nanos[0] = nanos[0].wrapping_add(at_once.load(Relaxed));
                }
                return Some(nanos);
            }
            if attempt < TRIES_AT_ONCE { yield_now() } else { sleep(PAUSE) }
        }
        None
    }

    /// Calls `change` while no other thread changes anything. `now` is the time of the change.
    fn write(&self, now: u64, change: impl FnOnce()) {
        let mut version = self.version.load(Relaxed);
        while !version.is_multiple_of(2)
            || self.version.compare_exchange(version, version + 1, Acquire, Relaxed).is_err()
        {
            yield_now();
            version = self.version.load(Relaxed);
        }
        fence(Release);
        change();
        self.changed.fetch_max(now, Relaxed);
        self.version.store(version + 2, Release);
    }
}

impl State {
    fn add(&self, requests: u64, time: u64) {
        self.requests.store(self.requests.load(Relaxed).wrapping_add(requests), Relaxed);
        self.sum.store(self.sum.load(Relaxed).wrapping_add(time), Relaxed);
    }

    fn until(&self, now: u64) -> u64 {
        self.sum.load(Relaxed).wrapping_add(self.requests.load(Relaxed).wrapping_mul(now))
    }

    fn clear(&self) {
        self.requests.store(0, Relaxed);
        self.sum.store(0, Relaxed);
    }
}

fn index(name: &str) -> usize {
    STATES.iter().position(|(state, _)| *state == name).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::{hint::spin_loop, thread};

    use super::*;
    use crate::profiler::sampling::control::now;

    const QUEUE: usize = 1;
    const COMPUTE: usize = 2;

    fn millis(nanos: u64) -> u64 {
        nanos / 1_000_000
    }

    #[test]
    fn a_request_under_way_counts_up_to_the_moment() {
        let gauges = Gauges::default();
        let start = now();
        gauges.change(0, None, Some("queue"), now());
        gauges.change(0, None, Some("queue"), now());
        thread::sleep(Duration::from_millis(20));
        let moved = now();
        gauges.change(0, Some("queue"), Some("compute"), now());
        let later = moved + 50_000_000;
        let nanos = gauges.read(later, true).unwrap();
        assert!(millis(nanos[0][QUEUE]).abs_diff(millis(later - start + (moved - start))) <= 2);
        assert!(millis(nanos[0][COMPUTE]).abs_diff(50) <= 2, "{nanos:?}");
        assert_eq!(nanos[1], [0; STATES.len()], "of another route");
        gauges.change(0, Some("queue"), None, now());
        gauges.change(0, Some("compute"), None, now());
        assert_eq!(
            gauges.read(later, true),
            gauges.read(later + 1_000_000, true),
            "they have ended"
        );
    }

    #[test]
    fn the_requests_of_a_dead_worker_end_with_its_last_change() {
        let gauges = Gauges::default();
        gauges.change(3, None, Some("compute"), now());
        thread::sleep(Duration::from_millis(5));
        gauges.change(3, None, Some("queue"), now());
        let dead = gauges.read(now() + 1_000_000_000, false).unwrap();
        assert!(millis(dead[3][COMPUTE]) >= 5 && millis(dead[3][COMPUTE]) < 900, "{dead:?}");
        gauges.take_over();
        assert_eq!(
            gauges.read(now() + 2_000_000_000, true),
            Some(dead),
            "the next worker counts on"
        );
    }

    #[test]
    fn a_reading_is_not_taken_back_when_the_worker_dies() {
        let gauges = Gauges::default();
        gauges.change(0, None, Some("compute"), 1);
        let alive = gauges.read(1_000, true);
        assert_eq!(gauges.read(2_000, false), alive);
        gauges.take_over();
        assert_eq!(gauges.read(3_000, true), alive);
    }

    #[test]
    fn a_worker_that_was_killed_while_it_wrote_stops_no_other() {
        let gauges = Gauges::default();
        gauges.change(0, None, Some("queue"), now());
        gauges.version.fetch_add(1, Relaxed);
        assert_eq!(gauges.read(now(), true), None);
        gauges.take_over();
        gauges.change(0, None, Some("queue"), now());
        assert!(gauges.read(now() + 1_000_000, true).unwrap()[0][QUEUE] >= 1_000_000);
    }

    #[test]
    fn number_and_sum_are_read_together_while_four_threads_write() {
        let gauges = Gauges::default();
        let begin = now();
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..50_000 {
                            gauges.change(0, None, Some("queue"), now());
                            gauges.change(0, Some("queue"), None, now());
                            // Without a pause, four writing threads would leave a reader no gap.
                            (0..50).for_each(|_| spin_loop());
                        }
                    })
                })
                .collect();
            while !writers.iter().all(|writer| writer.is_finished()) {
                let now = now();
                let queue = gauges.read(now, true).unwrap()[0][QUEUE].cast_signed();
                // Each thread has at most one request in the queue, since `begin`. A change after `now`
                // has not happened yet.
                let most = 4 * (now - begin).cast_signed();
                assert!((-10_000_000..=most + 10_000_000).contains(&queue), "{queue} of {most}");
            }
        });
    }
}
