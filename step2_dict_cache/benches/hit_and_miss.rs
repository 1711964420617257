//! Measures a hit, a miss, and hits from several threads.
//!
//! ```sh
//! cargo bench -p step2_dict_cache --bench hit_and_miss
//! ```
//!
//! `cached` measures a whole request through the application, without a socket. The ratio of its
//! two times is the gain from the cache for this `n`, and a larger `n` gains more.
//!
//! `hit_by_threads` measures the hits that a thread gets while others want theirs. All threads have
//! to pass one lock, so more threads do not mean more hits. This is one reason why a worker has one
//! event loop.

use std::{
    num::NonZeroUsize,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use step1_plain::support::testing::time_threads;
use step2_dict_cache::{app, dict_cache::DictCache};
use tower::Service;

async fn ask(app: &Router, path: &str) {
    let request = Request::get(path).body(Body::empty()).expect("the path is a URL");
    let Ok(response) = app.clone().call(request).await;
    assert!(response.status().is_success());
}

/// The time of `iters` requests, which alternate between the paths.
fn requests(b: &mut criterion::Bencher<'_>, app: &Router, paths: [&str; 2]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("an event loop can be made");
    b.iter_custom(|iters| {
        runtime.block_on(async {
            let start = Instant::now();
            for path in paths.iter().cycle().take(iters as usize) {
                ask(app, path).await;
            }
            start.elapsed()
        })
    });
}

fn hit_and_miss(c: &mut Criterion) {
    let mut group = c.benchmark_group("cached");
    group.sample_size(30).measurement_time(Duration::from_secs(3));
    let roomy = app(NonZeroUsize::new(16).expect("not 0"));
    group.bench_function("hit", |b| requests(b, &roomy, ["/cached?n=100000"; 2]));
    // With room for one response, each of the two evicts the other.
    let narrow = app(NonZeroUsize::MIN);
    let paths = ["/cached?n=100000", "/cached?n=100001"];
    group.bench_function("miss", |b| requests(b, &narrow, paths));
    group.finish();
}

fn hit_by_threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("hit_by_threads");
    group.sample_size(30).measurement_time(Duration::from_secs(3));
    let mut dict = DictCache::new(NonZeroUsize::new(1024).expect("not 0"));
    for key in 0..512 {
        let miss = dict.get(key).expect_err("each key is new");
        dict.insert(miss, bytes::Bytes::from_static(b"response"));
    }
    let dict = Mutex::new(dict);
    for threads in [1, 2, 4] {
        group.bench_with_input(BenchmarkId::new("dict_cache", threads), &threads, |b, &threads| {
            b.iter_custom(|iters| {
                time_threads(threads, || {
                    for i in 0..iters {
                        assert!(dict.lock().expect("not poisoned").get(i as u32 % 512).is_ok());
                    }
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hit_and_miss, hit_by_threads);
criterion_main!(benches);
