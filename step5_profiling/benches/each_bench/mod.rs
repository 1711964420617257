//! `-- --profile-time 5`: criterion runs each bench for so long and measures nothing; this takes a
//! profile meanwhile, and leaves it in the bench's folder below `target/criterion`.

use std::{fs, io, path::Path, sync::Arc, thread::sleep, time::Duration};

use criterion::profiler::Profiler as Hook;
use step5_profiling::profiler::{
    sampling::{
        collect::{Profiler, Running},
        order::Wish,
    },
    views::{flamegraph, pprof_file},
};

/// A profile for each bench.
pub struct EachBench {
    profiler: Arc<Profiler>,
    running: Option<Running>,
}

impl EachBench {
    /// By this profiler.
    pub fn new(profiler: Arc<Profiler>) -> Self {
        Self { profiler, running: None }
    }
}

impl Hook for EachBench {
    fn start_profiling(&mut self, _: &str, _: &Path) {
        let wish = Wish { frequency: 249, worker: None, period: Duration::from_secs(3600) };
        let claim = self.profiler.claim().expect("nobody else profiles this process");
        self.running = Some(claim.begin(wish).expect("the memory can be given back"));
    }

    fn stop_profiling(&mut self, id: &str, folder: &Path) {
        let Some(mut running) = self.running.take() else { return };
        running.stop();
        while running.waits_for_stragglers() {
            sleep(Duration::from_millis(1));
        }
        let (_claim, profile) = running.into_taken().into_profile();
        if let Some(nothing) = profile.nothing() {
            println!("{id}: {nothing}");
            return;
        }
        let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes);
        let written = fs::create_dir_all(folder).and_then(|()| {
            write("flamegraph.svg", &flamegraph::svg(&profile).map_err(io::Error::other)?)?;
            write("profile.pb.gz", &pprof_file::gzip(&profile)?)
        });
        match written {
            Ok(()) => println!("{id}: {}", folder.join("flamegraph.svg").display()),
            Err(error) => println!("{id}: no profile in {}: {error}", folder.display()),
        }
    }
}
