//! Measures throughput by number of workers, while 16 clients send requests without a pause.
//! Criterion's line charts show the time for each request, so half the time means twice the
//! throughput.
//!
//! ```sh
//! cargo bench -p step4_workers --bench workers
//! ```
//!
//! Predict it first. `slow` computes all the time. With as many workers as cores it is that many
//! times faster, and more workers gain nothing. The formula 2 × cores + 1 is for servers that wait.
//! `cached` hardly computes, but the clients run on the same machine and need their own share of
//! the cores. With `redis`, every response takes a round trip to another process. This series is
//! left out if `redis-server` is not installed.
//!
//! The bench can't show the throughput of a server whose clients run on another machine.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main,
    measurement::WallTime,
};
use step1_plain::support::testing::{Client, Program, wait_until};

const CLIENTS: usize = 16;
const WORKERS: [u64; 4] = [1, 2, 4, 8];

fn slow(c: &mut Criterion) {
    let mut group = group(c, "slow_by_workers");
    for workers in WORKERS {
        measure(&mut group, "slow", "/slow?n=100000", workers, "memory");
    }
}

fn cached(c: &mut Criterion) {
    let mut group = group(c, "cached_by_workers");
    for workers in WORKERS {
        measure(&mut group, "memory", "/cached?n=100000", workers, "memory");
    }
    let Some((mut redis, url)) = redis() else {
        println!("cached_by_workers/redis: left out, as redis-server is not installed");
        return;
    };
    for workers in WORKERS {
        measure(&mut group, "redis", "/cached?n=100000", workers, &url);
    }
    redis.kill().and_then(|()| redis.wait()).expect("it is ours");
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    group
}

fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    path: &str,
    workers: u64,
    cache: &str,
) {
    let count = workers.to_string();
    let args = ["--workers", &count, "--cache", cache, "--ttl", "1h", "--keep-alive", "1h"];
    let program = Program::start(env!("CARGO_BIN_EXE_step4_workers"), &args);
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| program.connect()).collect();
    // Fills each worker's cache before the measurement.
    clients.iter_mut().for_each(|client| assert_eq!(client.get(path).status, 200));
    group.bench_function(BenchmarkId::new(name, workers), |b| {
        b.iter_custom(|requests| time(&mut clients, path, requests));
    });
}

/// The time until this many requests, divided among all clients, have their responses.
fn time(clients: &mut [Client], path: &str, requests: u64) -> Duration {
    let start = Instant::now();
    let count = clients.len() as u64;
    thread::scope(|scope| {
        for (client, number) in clients.iter_mut().zip(0..) {
            let own = requests / count + u64::from(number < requests % count);
            scope.spawn(move || (0..own).for_each(|_| assert_eq!(client.get(path).status, 200)));
        }
    });
    start.elapsed()
}

/// A Redis server for this bench alone, and its URL.
fn redis() -> Option<(Child, String)> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = free.expect("there is a free port");
    let port = address.port().to_string();
    let redis = Command::new("redis-server")
        .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    wait_until(|| std::net::TcpStream::connect(address).is_ok());
    Some((redis, format!("redis://{address}")))
}

criterion_group!(benches, slow, cached);
criterion_main!(benches);
