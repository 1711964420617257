//! The states of all requests in a period, from the gauges at its beginning and at its end.

use std::{array::from_fn, time::Duration};

use step4_workers::scoreboard::slot::State;

use crate::profiler::sampling::{
    collect::Profiler,
    control::now,
    gauges::{Nanos, ROUTES, STATES},
};

/// The states of the requests to one route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteWaits {
    /// The name of the route.
    pub route: &'static str,
    /// How many responses were sent.
    pub responses: u64,
    /// The wall time of all requests in each state, in seconds.
    pub seconds: [f64; STATES.len()],
}

/// The states of all requests in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Waits {
    /// How long the period was.
    pub elapsed: Duration,
    /// The process IDs of the workers.
    pub workers: Vec<u32>,
    /// The routes with requests, in descending order of time.
    pub routes: Vec<RouteWaits>,
}

/// All gauges at one moment.
struct Reading {
    at: u64,
    /// By slot. `None` if the slot was not requested, or could not be read.
    nanos: Vec<Option<Nanos>>,
    responses: [u64; ROUTES],
}

impl Waits {
    /// Waits for `duration`, or until this worker must stop, and returns the states of requests in
    /// that time. With `worker`, these are only the requests of the worker with this process ID,
    /// until it ends. Routes without a name in `names` are left out.
    pub async fn record(
        profiler: &Profiler,
        duration: Duration,
        worker: Option<u32>,
        names: &[Option<&'static str>; ROUTES],
    ) -> Self {
        // A worker that has just ended has no slot. The next worker in its slot is a different one.
        let slot = worker.map(|pid| profiler.slot_of(pid).unwrap_or(usize::MAX));
        let is_there = || worker.is_none_or(|pid| profiler.slot_of(pid).is_some());
        let before = Reading::of(profiler, slot);
        profiler.sleep_while(duration, is_there).await;
        let workers = worker.map_or_else(|| profiler.workers(), |pid| vec![pid]);
        Reading::of(profiler, slot).since(&before, workers, names)
    }

    /// The time of all requests, in seconds.
    pub fn seconds(&self) -> f64 {
        self.routes.iter().map(RouteWaits::total).sum()
    }
}

impl RouteWaits {
    /// The time in all states, in seconds.
    pub fn total(&self) -> f64 {
        self.seconds.iter().sum()
    }
}

impl Reading {
    /// Reads the gauges of the worker in this slot, or of all workers.
    fn of(profiler: &Profiler, only: Option<usize>) -> Self {
        let (recording, at) = (profiler.recording, now());
        let mut reading = Self { at, nanos: Vec::new(), responses: [0; ROUTES] };
        for (index, slot) in profiler.slot.board.used_slots().iter().enumerate() {
            let is_asked = only.is_none_or(|only| only == index);
            // While a worker is starting, the requests in its slot are those of a dead worker
            // before it.
            let is_alive = !matches!(slot.state(), State::Free | State::Starting);
            let nanos = is_asked.then(|| recording.gauges[index].read(at, is_alive));
            reading.nanos.push(nanos.flatten());
            for (route, count) in reading.responses.iter_mut().enumerate() {
                *count += if is_asked { recording.calls[index].count(route) } else { 0 };
            }
        }
        reading
    }

    fn since(
        &self,
        before: &Self,
        workers: Vec<u32>,
        names: &[Option<&'static str>; ROUTES],
    ) -> Waits {
        let gained = |slot: usize, route: usize, state: usize| {
            let new_slot = Some(Nanos::default());
            let before = before.nanos.get(slot).copied().unwrap_or(new_slot);
            let (Some(before), Some(nanos)) = (before, self.nanos[slot]) else { return 0 };
            // A worker that was killed during a write has lost its time, so the difference may be
            // negative.
            nanos[route][state].wrapping_sub(before[route][state]).cast_signed().max(0) as u64
        };
        let total =
            |route, state| (0..self.nanos.len()).map(|slot| gained(slot, route, state)).sum();
        let named = names.iter().enumerate().filter_map(|(route, name)| Some((route, (*name)?)));
        let of_route = |(route, name): (usize, &'static str)| RouteWaits {
            route: name,
            responses: self.responses[route].saturating_sub(before.responses[route]),
            seconds: from_fn(|state| Duration::from_nanos(total(route, state)).as_secs_f64()),
        };
        let mut routes: Vec<_> = named.map(of_route).filter(|route| route.total() > 0.0).collect();
        routes.sort_by(|a, b| b.total().total_cmp(&a.total()));
        Waits { elapsed: Duration::from_nanos(self.at - before.at), workers, routes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_could_not_be_read_once_has_gained_nothing() {
        let nanos = Some([[1_000_000_000; STATES.len()]; ROUTES]);
        let reading = |nanos| Reading { at: 1, nanos: vec![nanos], responses: [0; ROUTES] };
        let routes = |after: Reading, before| {
            let names = [Some("route"); ROUTES];
            after.since(&before, Vec::new(), &names).routes.len()
        };
        assert_eq!(routes(reading(nanos), reading(None)), 0);
        assert_eq!(routes(reading(None), reading(nanos)), 0);
        let none = Reading { at: 0, nanos: Vec::new(), responses: [0; ROUTES] };
        assert_eq!(routes(reading(nanos), none), ROUTES, "of a new slot");
    }
}
