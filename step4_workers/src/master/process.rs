//! A worker process, as the master sees it.
//!
//! A worker is a new run of the program itself. (A bare fork would be faster, but it copies only the
//! calling thread. Tokio and every other library with threads would lose them.)

use std::{process::ExitStatus, sync::atomic::Ordering::Relaxed, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use crate::{
    master::{
        backoff::Failures,
        plan::{Facts, Why},
        pool::Launch,
    },
    scoreboard::slot::{Counter, Slot, State},
};

/// A worker that was ready for this long counts as useful, even if it has served no request.
const OF_USE: Duration = Duration::from_secs(1);

/// A worker that the master started and has not yet buried.
pub struct WorkerProcess {
    /// Its process id.
    pub pid: u32,
    /// Its slot on the scoreboard.
    pub slot: usize,
    generation: u64,
    failures: Failures,
    timeout: Option<Duration>,
    graceful_timeout: Duration,
    started: Instant,
    /// Why and when the master asked it to stop, if it did.
    pub retired: Option<(Why, Instant)>,
    heartbeats: u64,
    silent: Duration,
    /// How long it has been ready.
    ready: Duration,
    /// How long ago the master aborted it, if it did.
    pub aborted: Option<Duration>,
    /// How it ended, if it has.
    pub status: Option<ExitStatus>,
}

impl WorkerProcess {
    /// The process with this id, in this slot.
    pub fn new(pid: u32, slot: usize, launch: &Launch<'_>) -> Self {
        let settings = &launch.config.settings;
        Self {
            pid,
            slot,
            generation: launch.generation,
            failures: launch.failures,
            timeout: settings.timeout,
            graceful_timeout: settings.graceful_timeout,
            started: Instant::now(),
            retired: None,
            heartbeats: 0,
            silent: Duration::ZERO,
            ready: Duration::ZERO,
            aborted: None,
            status: None,
        }
    }

    /// Its state. `elapsed` is the time since the last look in which the master was awake, because a
    /// worker is not silent while the whole machine sleeps.
    pub fn look(&mut self, slot: &Slot, elapsed: Duration) -> Facts {
        let (state, heartbeats) = (slot.state(), slot.heartbeats.load(Relaxed));
        // A starting worker sends no heartbeats yet.
        let is_silent = heartbeats == self.heartbeats && state != State::Starting;
        self.silent = if is_silent { self.silent + elapsed } else { Duration::ZERO };
        self.heartbeats = heartbeats;
        if state.accepts() {
            self.ready += elapsed;
        }
        self.aborted = self.aborted.map(|ago| ago + elapsed);
        Facts {
            pid: self.pid,
            generation: self.generation,
            state,
            ended: self.status.map(|status| status.success()),
            failures: self.failures,
            was_of_use: slot.own(Counter::Requests) > 0 || self.ready >= OF_USE,
            started: self.started,
            asked_to_stop: self.retired.map(|(_, when)| when),
            silent: self.silent,
            aborted: self.aborted,
            timeout: self.timeout,
            graceful_timeout: self.graceful_timeout,
        }
    }

    /// Asks it to stop with this signal.
    pub fn retire(&mut self, why: Why, signal: Signal) {
        self.retired.get_or_insert((why, Instant::now()));
        self.send(signal);
    }

    /// Sends it a signal. No other process can get its process id before the master reaps it.
    pub fn send(&self, signal: Signal) {
        if self.status.is_none()
            && let Some(pid) = Pid::from_raw(self.pid.cast_signed())
        {
            let _ = kill_process(pid, signal);
        }
    }
}
