//! Measures response times by TTL, under a steady stream of one request every 10 ms for one key.
//! The series are p50, p99, and p99 with `stale-while-revalidate`.
//!
//! ```sh
//! cargo bench -p step3_ttl_cache --bench ttl   # a minute and a half; see target/criterion/report/
//! ```
//!
//! Predict it first. One in every `ttl ÷ 10 ms` requests is a miss. The mean falls with their
//! number, but a percentile is the time of one request, so it is the price of a computation or the
//! price of a hit. p50 is the price of a hit as soon as fewer than half of the requests miss, which
//! is the case from 50 ms on. p99 stays at the price of a computation until fewer than one in a
//! hundred requests miss, so only 2 s is long enough. With `stale-while-revalidate` no request
//! waits for a computation. p99 is then the price of a hit, and sometimes of starting the next
//! computation. The exception is a TTL of 0, with which nothing is stored.
//!
//! A response has expired at exactly its TTL, so at 10 ms every request is a miss, as at 0. At
//! 20 ms exactly half of the requests miss, and at 1 s exactly one in a hundred. There the
//! percentile is between the hits and the misses, and chance decides which of the two it is. The
//! axes of the plot are logarithmic, and TTL 0 is drawn at the left edge.
//!
//! Between two requests, we move the clock forward and do not wait. The time of each request is
//! real. The bench can't show requests that arrive together and have to wait. It also can't show
//! how a computation in the background slows down hits, because the computation ends before the
//! next request arrives.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request};
use criterion::{
    AxisScale, BenchmarkId, Criterion, PlotConfiguration, SamplingMode, criterion_group,
    criterion_main,
};
use step3_ttl_cache::{app, stale::Lifetime};
use tokio::{runtime::Handle, task::yield_now};
use tower::Service;

const BETWEEN_REQUESTS: Duration = Duration::from_millis(10);

const TTLS: [u64; 9] = [0, 10, 20, 50, 100, 200, 500, 1000, 2000];

/// Each series with its percentile and its window of `stale-while-revalidate`.
const SERIES: [(&str, usize, Duration); 3] = [
    ("p50", 50, Duration::ZERO),
    ("p99", 99, Duration::ZERO),
    ("p99, stale while revalidate", 99, Duration::from_secs(10)),
];

fn response_time_by_ttl(c: &mut Criterion) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build();
    let runtime = runtime.expect("an event loop can be made");
    let _context = runtime.enter();
    let mut group = c.benchmark_group("response_time_by_ttl");
    group
        .plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        // The default of 100,000 takes longer than the measurement itself.
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(2500));
    for (name, percentile, stale_while_revalidate) in SERIES {
        for ttl in TTLS {
            let lifetime = Lifetime {
                ttl: Duration::from_millis(ttl),
                stale_while_revalidate,
                stale_if_error: Duration::ZERO,
            };
            let app = app(NonZeroUsize::MIN, lifetime);
            group.bench_function(BenchmarkId::new(name, ttl), |b| {
                b.iter_custom(|iters| {
                    let times = runtime.block_on(response_times(&app, iters));
                    // Criterion divides this by `iters`, so its figure is the percentile, which is
                    // the time of one of these requests.
                    nearest_rank(times, percentile).mul_f64(iters as f64)
                });
            });
        }
    }
    group.finish();
}

/// How long each of `count` requests took, one after the other.
async fn response_times(app: &axum::Router, count: u64) -> Vec<Duration> {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let mut times = Vec::new();
    for _ in 0..count {
        tokio::time::advance(BETWEEN_REQUESTS).await;
        let request = Request::get("/cached?n=100000").body(Body::empty());
        let request = request.expect("the path is a URL");
        let tasks_before = tasks();
        let start = Instant::now();
        let Ok(response) = app.clone().call(request).await;
        times.push(start.elapsed());
        assert!(response.status().is_success());
        // In the real 10 ms, a computation in the background would end before the next request.
        while tasks() > tasks_before {
            yield_now().await;
        }
    }
    times
}

/// The percentile by nearest rank.
fn nearest_rank(mut times: Vec<Duration>, percentile: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percentile).div_ceil(100) - 1]
}

criterion_group!(benches, response_time_by_ttl);
criterion_main!(benches);
