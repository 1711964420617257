//! Compares a whole hit with the floor. The floor is a bare axum route that returns the same bytes,
//! with no cache, no middleware and no header of its own. Neither uses a socket, which would cost
//! more than either.
//!
//! ```sh
//! cargo bench -p step3_ttl_cache --bench hit_and_floor
//! ```
//!
//! The difference between the two is the total cost that steps 1 to 3 add to axum on this path.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, header::CONTENT_TYPE},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use step1_plain::process_time::process_time;
use step3_ttl_cache::app;
use tower::Service;

const PATH: &str = "/cached?n=1000";
const BODY: Bytes = Bytes::from_static(br#"{"n":1000,"primes":168,"largest":997}"#);

async fn bare() -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(CONTENT_TYPE, "application/json")], BODY)
}

/// The time of `iters` requests, one after the other.
fn requests(
    b: &mut Bencher<'_>,
    runtime: &tokio::runtime::Runtime,
    response: impl AsyncFn(Request) -> Response,
) {
    b.iter_custom(|iters| {
        runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..iters {
                let request = Request::get(PATH).body(Body::empty()).expect("the path is a URL");
                assert!(response(request).await.status().is_success());
            }
            start.elapsed()
        })
    });
}

fn hit_and_floor(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("an event loop can be made");
    let mut group = c.benchmark_group("hit_and_floor");
    group.sample_size(50).measurement_time(Duration::from_secs(3));

    let floor: Router = Router::new().route("/cached", get(bare));
    group.bench_function("bare_axum_route", |b| {
        requests(b, &runtime, async |request| match floor.clone().call(request).await {
            Ok(response) => response,
        });
    });

    let _context = runtime.enter();
    let app = process_time(app(NonZeroUsize::MIN, Duration::from_secs(3600)));
    group.bench_function("step3_hit", |b| {
        requests(b, &runtime, async |request| match app.clone().call(request).await {
            Ok(response) => response,
        });
    });
    group.finish();
}

criterion_group!(benches, hit_and_floor);
criterion_main!(benches);
