//! A worker process, as the master sees it.
//!
//! A worker is a new run of the program itself. (A bare fork would be faster, but it copies only the
//! calling thread. Tokio and every other library with threads would lose them.)

use std::{process::ExitStatus, rc::Rc, sync::atomic::Ordering::Relaxed, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use crate::{
    master::{
        backoff::Failures,
        plan::{Facts, Why},
    },
    scoreboard::slot::{Counter, Slot, State},
    support::{config::Config, listener::Listener, pid_file::PidFile},
};

/// A worker that was ready for this long counts as useful, even if it has served no request.
const OF_USE: Duration = Duration::from_secs(1);

/// A generation of workers: what they are started with.
pub struct Generation {
    /// The first one is number 1.
    pub number: u64,
    /// All settings.
    pub config: Config,
    /// The listening sockets.
    pub listeners: Vec<Rc<Listener>>,
    /// The file with the master's process id.
    pub pid_file: Option<Rc<PidFile>>,
}

/// A worker that the master started and has not yet buried.
pub struct WorkerProcess {
    /// What the plan knows about it.
    pub facts: Facts,
    /// Its slot on the scoreboard.
    pub slot: usize,
    /// Why the master asked it to stop, if it did.
    pub why: Option<Why>,
    /// How it ended, if it has.
    pub status: Option<ExitStatus>,
    heartbeats: u64,
    /// How long it has been ready.
    ready: Duration,
}

impl WorkerProcess {
    /// The process with this id, in this slot.
    pub fn new(pid: u32, slot: usize, failures: Failures, generation: &Generation) -> Self {
        let settings = &generation.config.settings;
        let facts = Facts {
            pid,
            generation: generation.number,
            state: State::Starting,
            ended: None,
            failures,
            was_of_use: false,
            started: Instant::now(),
            asked_to_stop: None,
            silent: Duration::ZERO,
            aborted: None,
            timeout: settings.timeout,
            graceful_timeout: settings.graceful_timeout,
        };
        Self { facts, slot, why: None, status: None, heartbeats: 0, ready: Duration::ZERO }
    }

    /// Brings the facts up to date. `elapsed` is the time since the last look in which the master was
    /// awake, because a worker is not silent while the whole machine sleeps.
    pub fn look(&mut self, slot: &Slot, elapsed: Duration) -> Facts {
        let (facts, heartbeats) = (&mut self.facts, slot.heartbeats.load(Relaxed));
        facts.state = slot.state();
        facts.ended = self.status.map(|status| status.success());
        // A starting worker sends no heartbeats yet.
        let is_silent = heartbeats == self.heartbeats && facts.state != State::Starting;
        facts.silent = if is_silent { facts.silent + elapsed } else { Duration::ZERO };
        self.heartbeats = heartbeats;
        if facts.state.accepts() {
            self.ready += elapsed;
        }
        facts.was_of_use = slot.own(Counter::Requests) > 0 || self.ready >= OF_USE;
        *facts
    }

    /// Asks it to stop with this signal.
    pub fn retire(&mut self, why: Why, signal: Signal) {
        self.why.get_or_insert(why);
        self.facts.asked_to_stop.get_or_insert_with(Instant::now);
        self.send(signal);
    }

    /// Sends it a signal. No other process can get its process id before the master reaps it.
    pub fn send(&self, signal: Signal) {
        if self.status.is_none()
            && let Some(pid) = Pid::from_raw(self.facts.pid.cast_signed())
        {
            let _ = kill_process(pid, signal);
        }
    }
}
