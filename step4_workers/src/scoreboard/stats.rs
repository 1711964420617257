//! `/stats` of the whole server, the same from every worker.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use step2_dict_cache::support::stats::hit_ratio;

use crate::{
    scoreboard::{
        Scoreboard,
        latency::Route,
        slot::{Counter, Slot},
    },
    support::{
        process::{resident_memory, unix_time},
        stats::{Stats, WorkerStats},
    },
};

/// The kind of cache, for the figures that the scoreboard does not have.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `ttl` or `redis`.
    pub name: &'static str,
    /// The most entries of one worker; `None` if the cache is not the worker's own.
    pub capacity: Option<usize>,
    /// How long a response is fresh.
    pub ttl: Duration,
}

/// The figures at this moment.
pub fn stats(board: &Scoreboard, kind: Kind) -> Stats {
    // Skip a slot whose process does not exist yet.
    let workers = board.workers().map(worker_stats).filter(|worker| worker.pid != 0);
    let workers: Vec<_> = workers.collect();
    let total = |counter| board.total(counter);
    let percentiles = Route::ALL.iter().filter_map(|(route, name)| {
        board.durations(*route).percentiles().map(|percentiles| (*name, percentiles))
    });
    let [hits, misses, collapsed] = [Counter::Hits, Counter::Misses, Counter::Collapsed].map(total);
    Stats {
        cache: kind.name,
        hits,
        misses,
        collapsed,
        stale: total(Counter::Stale),
        refreshes: total(Counter::Refreshes),
        hit_ratio: hit_ratio(hits, hits + misses + collapsed),
        entries: kind.capacity.map(|_| board.entries()),
        capacity: kind.capacity.map(|capacity| capacity * workers.len()),
        evictions: total(Counter::Evictions),
        expirations: total(Counter::Expirations),
        ttl_seconds: kind.ttl.as_secs_f64(),
        cache_errors: total(Counter::CacheErrors),
        requests: total(Counter::Requests),
        restarts: board.restarts().into(),
        latency: percentiles.collect(),
        workers,
    }
}

fn worker_stats(slot: &Slot) -> WorkerStats {
    let pid = slot.pid.load(Relaxed);
    WorkerStats {
        pid,
        generation: slot.generation.load(Relaxed),
        state: slot.state().name(),
        age_seconds: unix_time().saturating_sub(slot.started.load(Relaxed)),
        connections: slot.connections.load(Relaxed),
        requests: slot.own(Counter::Requests),
        hits: slot.own(Counter::Hits),
        misses: slot.own(Counter::Misses),
        memory_bytes: resident_memory(pid),
    }
}
