//! Measures the cache by itself, with a hit on an existing key, next to two well-known caches.
//!
//! ```sh
//! cargo bench -p step3_ttl_cache --bench cache_core
//! ```
//!
//! * `ttl_cache` and `dict_cache` are ours behind a mutex, as in the server. Both count their hits,
//!   and the first one also checks for expiry.
//! * `ttl_cache_own_clock` is the first one again, but reads the clock for every hit, as a cache
//!   must if its callers don't pass the time.
//! * `quick_cache` has no TTL, and `moka` has one. Both are made for many threads that share a
//!   cache, which a worker with one event loop does not need. The group with two threads shows the
//!   difference.

use std::{
    num::NonZeroUsize,
    sync::Mutex,
    time::{Duration, Instant},
};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use step1_plain::support::testing::time_threads;
use step2_dict_cache::dict_cache::DictCache;
use step3_ttl_cache::ttl_cache::TtlCache;

const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).expect("not 0");
const KEYS: u32 = 512;
const TTL: Duration = Duration::from_secs(3600);
const BODY: Bytes = Bytes::from_static(b"response");

/// The time that `threads` threads take to get `iters` hits each.
fn time(threads: usize, iters: u64, hit: impl Fn(u32) -> Option<Bytes> + Sync) -> Duration {
    let work = || (0..iters).for_each(|i| assert!(hit(i as u32 % KEYS).is_some()));
    if threads == 1 {
        let start = Instant::now();
        work();
        return start.elapsed();
    }
    time_threads(threads, work)
}

fn cache_core(c: &mut Criterion) {
    let now = tokio::time::Instant::now();

    let mut ttl = TtlCache::new(CAPACITY, TTL);
    let mut dict = DictCache::new(CAPACITY);
    let quick = quick_cache::sync::Cache::new(CAPACITY.get());
    let moka = moka::sync::Cache::builder().max_capacity(1024).time_to_live(TTL).build();
    for key in 0..KEYS {
        ttl.insert(key, BODY, now);
        let miss = dict.get(key).expect_err("each key is new");
        dict.insert(miss, BODY);
        quick.insert(key, BODY);
        moka.insert(key, BODY);
    }
    let (ttl, dict) = (Mutex::new(ttl), Mutex::new(dict));
    let get_at = |key, now| {
        ttl.lock().expect("not poisoned").get(key, None, now).map(|(entry, _)| entry.value)
    };

    for threads in [1, 2] {
        let mut group = c.benchmark_group(format!("hit_{threads}_threads"));
        group.sample_size(50).measurement_time(Duration::from_secs(2));
        group.bench_function("ttl_cache", |b| {
            b.iter_custom(|iters| time(threads, iters, |key| get_at(key, now)));
        });
        group.bench_function("ttl_cache_own_clock", |b| {
            b.iter_custom(|iters| {
                time(threads, iters, |key| get_at(key, tokio::time::Instant::now()))
            });
        });
        group.bench_function("dict_cache", |b| {
            b.iter_custom(|iters| {
                time(threads, iters, |key| dict.lock().expect("not poisoned").get(key).ok())
            });
        });
        group.bench_function("quick_cache", |b| {
            b.iter_custom(|iters| time(threads, iters, |key| quick.get(&key)));
        });
        group.bench_function("moka", |b| {
            b.iter_custom(|iters| time(threads, iters, |key| moka.get(&key)));
        });
        group.finish();
    }
}

criterion_group!(benches, cache_core);
criterion_main!(benches);
