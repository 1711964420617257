//! A worker's side of a profile. It waits for a session, records until the session is over, and
//! notes how much CPU time it used.
//!
//! It runs on its own thread, because the event loop must not wait, and is itself part of the
//! profile.

use std::{
    io,
    sync::atomic::Ordering::{Relaxed, Release},
    thread,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use step1_plain::support::http::log::log;

use super::{control::ProfileRequest, recording::Recording, sampler::Sampler};

/// Records this process in every session from now on, as the worker in this slot.
///
/// # Errors
/// If the system refuses a thread or a signal handler.
pub fn start(recording: &'static Recording, slot: usize) -> io::Result<()> {
    let mut sampler = Sampler::install(recording)?;
    let record_sessions = move || {
        let own_pid = std::process::id();
        loop {
            let (session, request) = recording.control.current();
            if let Some(request) = request
                && request.worker.is_none_or(|pid| pid == own_pid)
            {
                record(recording, slot, &mut sampler, session, request);
            }
            recording.control.wait(session, None);
        }
    };
    thread::Builder::new()
        .name("sampler".to_owned())
        .stack_size(64 * 1024)
        .spawn(record_sessions)?;
    Ok(())
}

fn record(
    recording: &Recording,
    slot: usize,
    sampler: &mut Sampler,
    session: u32,
    ProfileRequest { frequency, duration, .. }: ProfileRequest,
) {
    let status = recording.status(slot);
    status.pid.store(std::process::id(), Relaxed);
    status.cpu.store(0, Relaxed);
    status.finished.store(0, Relaxed);
    status.started.store(session, Release);
    let before = cpu_time();
    match sampler.start(session, frequency) {
        Ok(()) => recording.control.wait(session, Some(duration)),
        Err(error) => log(format_args!("worker {}: cannot sample: {error}", std::process::id())),
    }
    sampler.stop();
    status.cpu.store((cpu_time() - before).as_nanos() as u64, Relaxed);
    status.finished.store(session, Release);
}

/// The CPU time of this process, for all its threads together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
