//! The mean response time by TTL, under a steady stream of one request every 10 ms for one key.
//!
//! ```sh
//! cargo bench -p step3_ttl_cache --bench ttl
//! ```
//!
//! Predict it first: with one miss in every `ttl ÷ 10 ms` requests, the mean is that part of what
//! a computation takes. So the line falls steeply at first and soon hardly at all: most of what a
//! long TTL can give, a short one gives already. (An answer is expired at exactly its TTL, so at
//! 10 ms every request is a miss, as at 0.)
//!
//! The clock between two requests is set forward instead of waited for; each request's own time is
//! real. What it can't tell: what happens when requests come at once, and have to wait.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request};
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use step3_ttl_cache::app;
use tower::Service;

const BETWEEN_REQUESTS: Duration = Duration::from_millis(10);

fn response_time_by_ttl(c: &mut Criterion) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build();
    let runtime = runtime.expect("an event loop can be made");
    let _context = runtime.enter();
    let mut group = c.benchmark_group("response_time_by_ttl");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    for ttl in [0, 10, 20, 50, 100, 200, 500, 1000] {
        let app = app(NonZeroUsize::MIN, Duration::from_millis(ttl));
        group.bench_with_input(BenchmarkId::new("mean", ttl), &ttl, |b, _| {
            b.iter_custom(|iters| {
                runtime.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..iters {
                        tokio::time::advance(BETWEEN_REQUESTS).await;
                        let request = Request::get("/cached?n=100000").body(Body::empty());
                        let request = request.expect("the path is a URL");
                        let start = Instant::now();
                        let Ok(response) = app.clone().call(request).await;
                        total += start.elapsed();
                        assert!(response.status().is_success());
                    }
                    total
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, response_time_by_ttl);
criterion_main!(benches);
