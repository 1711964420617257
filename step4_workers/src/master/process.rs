//! A worker as a process, and what the master sees of it.
//!
//! A worker is the program itself, started again. (A bare fork would be quicker, but copies only the
//! thread that calls it: tokio, and whatever else has a thread, would find itself without.)

use std::{
    fs,
    process::{Child, ExitStatus},
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tokio::time::Instant;

use crate::{
    master::{
        backoff::Failures,
        plan::{Facts, Limits, Why},
        pool::Launch,
    },
    scoreboard::slot::{Counter, Slot, State},
};

/// A worker that was ready for so long was of use, even if it has served no request.
const OF_USE: Duration = Duration::from_secs(1);

/// A worker that the master started, until it is buried.
pub struct WorkerProcess {
    child: Child,
    /// Its slot on the scoreboard.
    pub slot: usize,
    generation: u64,
    failures: Failures,
    limits: Limits,
    started: Instant,
    /// Why it was asked to stop, and when, if it was.
    pub retired: Option<(Why, Instant)>,
    heartbeats: u64,
    silent: Duration,
    /// For how long it has been ready.
    ready: Duration,
    /// How long ago it was aborted, if it was.
    pub aborted: Option<Duration>,
    /// How it ended, if it has.
    pub status: Option<ExitStatus>,
}

impl WorkerProcess {
    /// A child in this slot.
    pub fn new(child: Child, slot: usize, launch: &Launch<'_>) -> Self {
        let settings = &launch.config.settings;
        Self {
            child,
            slot,
            generation: launch.generation,
            failures: launch.failures,
            limits: Limits {
                timeout: settings.timeout,
                graceful_timeout: settings.graceful_timeout,
            },
            started: Instant::now(),
            retired: None,
            heartbeats: 0,
            silent: Duration::ZERO,
            ready: Duration::ZERO,
            aborted: None,
            status: None,
        }
    }

    /// How it is. `elapsed` is the time since the last look, as far as the master was awake: if the
    /// whole machine slept, no worker was silent.
    pub fn look(&mut self, slot: &Slot, elapsed: Duration) -> Facts {
        let state = slot.state();
        // It has no heart yet.
        let is_silent = slot.heartbeats() == self.heartbeats && state != State::Starting;
        self.silent = if is_silent { self.silent + elapsed } else { Duration::ZERO };
        self.heartbeats = slot.heartbeats();
        if state.accepts() {
            self.ready += elapsed;
        }
        self.aborted = self.aborted.map(|ago| ago + elapsed);
        // An error would mean that it is no child of ours, and it is.
        self.status = self.status.or_else(|| self.child.try_wait().ok().flatten());
        Facts {
            pid: self.pid(),
            generation: self.generation,
            state,
            ended: self.status.map(|status| status.success()),
            failures: self.failures,
            was_of_use: slot.own(Counter::Requests) > 0 || self.ready >= OF_USE,
            started: self.started,
            asked_to_stop: self.retired.map(|(_, when)| when),
            silent: self.silent,
            aborted: self.aborted,
            limits: self.limits,
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, when it has finished its requests.
    pub fn retire(&mut self, why: Why) {
        self.retired.get_or_insert((why, Instant::now()));
        self.send(Signal::TERM);
    }

    /// Aborts it.
    pub fn abort(&mut self) {
        self.aborted = Some(Duration::ZERO);
        self.send(Signal::ABORT);
    }

    /// Sends it a signal. Until it is reaped (waited for), its process id is nobody else's.
    pub fn send(&self, signal: Signal) {
        if self.status.is_none()
            && let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw)
        {
            let _ = kill_process(pid, signal);
        }
    }
}

/// As process 1 of a container, the master inherits the orphans of all others, and nobody else would
/// reap them (pid_namespaces(7)).
pub fn reap_strangers(workers: &[WorkerProcess]) {
    if std::process::id() != 1 {
        return;
    }
    // proc_pid_task_children(5)
    let children = fs::read_to_string("/proc/self/task/1/children").unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    for pid in
        children.filter(|pid| workers.iter().all(|worker| worker.pid().cast_signed() != *pid))
    {
        let _ = waitpid(Pid::from_raw(pid), WaitOptions::NOHANG);
    }
}
