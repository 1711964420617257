//! `/stats` of the whole server, the same from every worker.

use std::{collections::BTreeMap, sync::atomic::Ordering::Relaxed, time::Duration};

use serde::Serialize;
use step2_dict_cache::support::stats::hit_ratio;

use crate::{
    scoreboard::{
        Reason, Scoreboard,
        slot::{Counter, Slot},
    },
    support::process::{resident_memory, unix_time},
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

/// Step 3's figures as totals over all workers, dead ones included, and the live workers.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    cache: &'static str,
    hits: u64,
    misses: u64,
    collapsed: u64,
    hit_ratio: f64,
    /// `null` if the cache is not the workers' own; ask Redis instead.
    entries: Option<u64>,
    capacity: Option<usize>,
    evictions: u64,
    expirations: u64,
    ttl_seconds: f64,
    /// Failures of the shared cache, after which a worker computes the response.
    cache_errors: u64,
    /// Responses of any kind, `/stats` itself included.
    requests: u64,
    /// How many workers were replaced, by reason.
    restarts: BTreeMap<&'static str, u64>,
    workers: Vec<WorkerStats>,
}

/// One live worker, with its own figures.
#[derive(Clone, Debug, Serialize)]
struct WorkerStats {
    pid: u64,
    generation: u64,
    state: &'static str,
    age_seconds: u64,
    connections: u64,
    requests: u64,
    hits: u64,
    misses: u64,
    /// Its resident memory; `null` where the system does not report it.
    memory_bytes: Option<u64>,
}

/// The figures at this moment.
pub fn stats(board: &Scoreboard, kind: Kind) -> Stats {
    // Skip a slot whose process does not exist yet.
    let workers = board.workers().map(worker_stats).filter(|worker| worker.pid != 0);
    let workers: Vec<_> = workers.collect();
    let total = |counter| board.total(counter);
    let [hits, misses, collapsed] = [Counter::Hits, Counter::Misses, Counter::Collapsed].map(total);
    Stats {
        cache: kind.name,
        hits,
        misses,
        collapsed,
        hit_ratio: hit_ratio(hits, hits + misses + collapsed),
        entries: kind.capacity.map(|_| board.entries()),
        capacity: kind.capacity.map(|capacity| capacity * workers.len()),
        evictions: total(Counter::Evictions),
        expirations: total(Counter::Expirations),
        ttl_seconds: kind.ttl.as_secs_f64(),
        cache_errors: total(Counter::CacheErrors),
        requests: total(Counter::Requests),
        restarts: Reason::ALL
            .iter()
            .map(|(why, name)| (*name, board.restarts[*why as usize].load(Relaxed)))
            .collect(),
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
