//! Measures the heavy function by `n`. How much slower is a larger `n`?
//!
//! ```sh
//! cargo bench -p step1_plain --bench primes
//! ```
//!
//! Look at the line chart. On its logarithmic axes, the line is straight and steeper than 1. For
//! ten times `n`, there are ten times as many numbers to test, and each prime among them is tried
//! with about three times as many divisors.

use std::{hint::black_box, sync::atomic::AtomicBool, time::Duration};

use criterion::{
    AxisScale, BenchmarkId, Criterion, PlotConfiguration, Throughput, criterion_group,
    criterion_main,
};
use step1_plain::primes::count_primes;

fn by_n(c: &mut Criterion) {
    let mut group = c.benchmark_group("count_primes");
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for n in [1_000, 10_000, 100_000, 1_000_000] {
        group.throughput(Throughput::Elements(n.into()));
        group.bench_with_input(BenchmarkId::new("trial_division", n), &n, |b, &n| {
            b.iter(|| count_primes(black_box(n), &AtomicBool::new(false)));
        });
    }
    group.finish();
}

criterion_group!(benches, by_n);
criterion_main!(benches);
