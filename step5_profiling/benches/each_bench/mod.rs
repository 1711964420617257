//! With `-- --profile-time 5`, criterion runs each bench for five seconds without measuring it.
//! This module takes a profile in that time, and writes it to the bench's folder in
//! `target/criterion`.

use std::{fs, io, path::Path, sync::Arc, thread::sleep, time::Duration};

use criterion::profiler::Profiler as Hook;
use step5_profiling::profiler::{
    sampling::{
        collect::{Profiler, Session},
        control::ProfileRequest,
    },
    views::{flamegraph, pprof_file},
};

/// Takes a profile of each bench.
pub struct EachBench {
    profiler: Arc<Profiler>,
    session: Option<Session>,
}

impl EachBench {
    /// Uses this profiler.
    pub fn new(profiler: Arc<Profiler>) -> Self {
        Self { profiler, session: None }
    }
}

impl Hook for EachBench {
    fn start_profiling(&mut self, _: &str, _: &Path) {
        let duration = Duration::from_secs(3600);
        let request = ProfileRequest { frequency: 249, worker: None, duration };
        let claim = self.profiler.claim().expect("nothing else profiles this process");
        self.session = Some(claim.begin(request).expect("the memory can be freed"));
    }

    fn stop_profiling(&mut self, id: &str, folder: &Path) {
        let Some(mut session) = self.session.take() else { return };
        session.stop();
        while session.waits_for_stragglers() {
            sleep(Duration::from_millis(1));
        }
        let (_claim, profile) = session.into_profile();
        if let Some(why) = profile.no_samples() {
            println!("{id}: {why}");
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
