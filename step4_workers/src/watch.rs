//! The watch: a worker that will not begin, go on or end by itself is ended.
//!
//! Each worker's event loop beats on the scoreboard. Who sees the same beat for too long knows that
//! the loop stands still: some request blocks it, and all others wait. A long computation is none
//! of that, as it has a thread of its own.

use std::time::Duration;

use rustix::process::Signal;
use step1_plain::log::log;
use tokio::time::Instant;

use crate::{
    process::Worker,
    settings::Settings,
    slot::{Slot, State},
};

/// How long a worker may take to become ready.
const START_WITHIN: Duration = Duration::from_secs(30);

/// How long an aborted worker may take to end.
const ABORT_WITHIN: Duration = Duration::from_secs(1);

/// How much longer than `graceful_timeout` one that is retired may take. Workers keep to it
/// themselves; this is for those that cannot any more.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// How a worker looked at the last look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    beats: u64,
    silent: Duration,
    /// When its abort was asked for.
    pub aborted: Option<Instant>,
}

impl Watch {
    /// Looks again. `elapsed` is the time since the last look, as far as this process was awake.
    pub fn look(worker: &mut Worker, slot: &Slot, elapsed: Duration, settings: &Settings) {
        let watch = &mut worker.watch;
        let beats = slot.beats();
        let is_silent = beats == watch.beats;
        watch.beats = beats;
        watch.silent = if is_silent { watch.silent + elapsed } else { Duration::ZERO };

        let is_starting = slot.state() == State::Starting;
        let stands_still = settings.timeout.is_some_and(|timeout| watch.silent > timeout);
        let overdue = |since: Option<Instant>, limit| since.is_some_and(|t| t.elapsed() > limit);
        let problem = if watch.aborted.is_some() {
            if overdue(watch.aborted, ABORT_WITHIN) {
                worker.send(Signal::KILL);
            }
            return;
        } else if is_starting && worker.born.elapsed() > START_WITHIN {
            format!("is not ready after {START_WITHIN:?}")
        } else if !is_starting && stands_still {
            format!("stands still since {:?}: its event loop is blocked (--timeout)", watch.silent)
        } else if overdue(worker.retired_at, settings.graceful_timeout + STOP_WITHIN) {
            "does not end (--graceful-timeout)".to_owned()
        } else {
            return;
        };
        log(format_args!("worker {} {problem}", worker.pid()));
        worker.watch.aborted = Some(Instant::now());
        // To leave a core dump, where the system is set up for them.
        worker.send(Signal::ABORT);
    }
}
