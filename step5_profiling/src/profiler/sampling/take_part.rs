//! A worker's part in a profile: it waits for an order, records as long as that says, and notes how
//! much CPU time it used.
//!
//! This happens on a thread of its own, as the event loop must not wait, and might itself be what is
//! to be looked at.

use std::{
    io,
    sync::atomic::Ordering::{Relaxed, Release},
    thread,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use step1_plain::support::http::log::log;

use super::{order::Wish, recording::Recording, sampler::Sampler};

/// Takes part in every profile from now on, as the worker in this slot.
///
/// # Errors
/// When the system gives no thread or no signal handler.
pub fn take_part(recording: &'static Recording, slot: usize) -> io::Result<()> {
    let mut sampler = Sampler::install(recording)?;
    let listen = move || {
        let own_pid = std::process::id();
        loop {
            let (turn, wish) = recording.order.look();
            if let Some(wish) = wish.filter(|wish| wish.worker.is_none_or(|pid| pid == own_pid)) {
                record(recording, slot, &mut sampler, turn, wish);
            }
            recording.order.sleep(turn, None);
        }
    };
    thread::Builder::new().name("sampler".to_owned()).stack_size(64 * 1024).spawn(listen)?;
    Ok(())
}

fn record(
    recording: &Recording,
    slot: usize,
    sampler: &mut Sampler,
    turn: u32,
    Wish { frequency, period, .. }: Wish,
) {
    let track = recording.track(slot);
    track.pid.store(std::process::id(), Relaxed);
    track.cpu.store(0, Relaxed);
    track.done.store(0, Relaxed);
    track.begun.store(turn, Release);
    let before = cpu_time();
    match sampler.start(turn, frequency) {
        Ok(()) => recording.order.sleep(turn, Some(period)),
        Err(error) => log(format_args!("worker {}: cannot sample: {error}", std::process::id())),
    }
    sampler.stop();
    track.cpu.store((cpu_time() - before).as_nanos() as u64, Relaxed);
    track.done.store(turn, Release);
}

/// How much CPU time this process has used, in all its threads.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
