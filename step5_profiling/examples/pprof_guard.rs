//! The simple way to a profile: the `pprof` crate samples its own process and draws a flamegraph.
//!
//! ```sh
//! cargo run --release -p step5_profiling --example pprof_guard
//! ```

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs::File, hint::black_box, sync::atomic::AtomicBool, time::Instant};

    use pprof::ProfilerGuardBuilder;
    use step1_plain::primes::count_primes;

    // The unwinder takes locks. It must not start inside a library that may hold them already.
    let blocklist = ["libc", "libgcc", "pthread", "vdso"];
    let guard = ProfilerGuardBuilder::default().frequency(99).blocklist(&blocklist).build()?;

    let start = Instant::now();
    while start.elapsed().as_secs() < 3 {
        black_box(count_primes(black_box(1_000_000), &AtomicBool::new(false)));
    }

    let report = guard.report().build()?;
    let path = std::env::temp_dir().join("pprof_guard.svg");
    report.flamegraph(File::create(&path)?)?;
    let samples: isize = report.data.values().sum();
    println!("{samples} samples: open {} in a browser", path.display());
    Ok(())
}

#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    step1_plain::support::http::run::needs_unix("pprof_guard")
}
