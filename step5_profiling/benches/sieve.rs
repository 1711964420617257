//! Compares trial division and the sieve, by `n`.
//!
//! ```sh
//! cargo bench -p step5_profiling --bench sieve
//! ```
//!
//! Both axes are logarithmic, so the slope of a line is the power of `n` with which the time grows.
//! It is about 1.4 for trial division, and 1 for the sieve. The gap widens with `n`, which is why
//! the better algorithm beats the faster machine.
//!
//! `fix` measures only one of the two, with the default `n`, because a server also uses only one.
//! So you can measure it before and after:
//!
//! ```sh
//! cargo bench -p step5_profiling --bench sieve -- fix --save-baseline trial
//! ALGORITHM=sieve cargo bench -p step5_profiling --bench sieve -- fix --baseline trial
//! ```

#[cfg(profiler)]
mod each_bench;

use std::{env, hint::black_box, sync::atomic::AtomicBool, time::Duration};

use clap::ValueEnum;
use criterion::{AxisScale, BenchmarkId, Criterion, PlotConfiguration};
use step1_plain::primes::DEFAULT_N;
use step5_profiling::algorithm::Algorithm;

fn count_primes(c: &mut Criterion) {
    let mut group = c.benchmark_group("count_primes_by_algorithm");
    group
        .plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1));
    for (name, algorithm) in [("trial", Algorithm::Trial), ("sieve", Algorithm::Sieve)] {
        for n in [1_000_u32, 10_000, 100_000, 1_000_000] {
            group.bench_with_input(BenchmarkId::new(name, n), &n, |b, n| {
                let never = AtomicBool::new(false);
                b.iter(|| algorithm.function()(black_box(*n), &never));
            });
        }
    }
}

fn fix(c: &mut Criterion) {
    let name = env::var("ALGORITHM").unwrap_or_else(|_| "trial".to_owned());
    let algorithm = Algorithm::from_str(&name, false)
        .unwrap_or_else(|_| panic!("ALGORITHM={name}: write trial or sieve"))
        .function();
    let mut group = c.benchmark_group("fix");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    group.bench_function(DEFAULT_N.to_string(), |b| {
        let never = AtomicBool::new(false);
        b.iter(|| algorithm(black_box(DEFAULT_N), &never));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default();
    #[cfg(profiler)]
    {
        use std::sync::Arc;
        use step5_profiling::profiler::sampling::collect::Profiler;

        let (profiler, _) = Profiler::of_this_process().expect("this process has none");
        let hook = each_bench::EachBench::new(Arc::new(profiler));
        criterion = criterion.with_profiler(hook);
    }
    criterion = criterion.configure_from_args();
    count_primes(&mut criterion);
    fix(&mut criterion);
    criterion.final_summary();
}
