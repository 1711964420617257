//! The pool: the workers that there are, and the rules by which they become those that there should
//! be.
//!
//! The rules look only at what is, not at what was done: whatever happens in whatever order, the
//! next [`reconcile`](Pool::reconcile) brings the pool closer to what it should be.

use std::{
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::process::ExitStatusExt,
    },
    process::ExitStatus,
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use rustix::process::Signal;
use signal_hook::low_level::signal_name;
use step1_plain::support::http::log::log;
use tokio::time::Instant;

use crate::{
    master::{
        backoff::{Failures, PendingRestarts},
        process::{Executable, Retired, Worker},
        watch::{Remedy, Sight, Watch},
    },
    scoreboard::{
        Reason, Scoreboard,
        slot::{State, unix_time},
    },
    support::config::Config,
};

/// How long a place in the old generation may stay empty because the next one is on its way.
const REFILL_WITHIN: Duration = Duration::from_millis(500);

/// All workers, and how many of which generation there should be.
pub struct Pool {
    executable: Executable,
    board: &'static Scoreboard,
    /// What every worker inherits: the scoreboard, the control socket, the program's memory.
    inheritance: [OwnedFd; 3],
    workers: Vec<Worker>,
    pending: PendingRestarts,
    /// How many there should be.
    pub wanted: usize,
    /// The generation that should serve; workers of any other are to be replaced.
    pub generation: u64,
    /// Whether some worker has ever been ready.
    pub has_served: bool,
    /// Whether one of this generation has ended before it was ready.
    newcomer_failed: bool,
    /// When one of another generation has ended unasked.
    old_worker_died: Option<Instant>,
}

/// What a new worker gets.
pub struct Launch<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The listening sockets.
    pub listeners: Vec<BorrowedFd<'a>>,
}

impl Pool {
    /// A pool without workers, yet.
    pub fn new(
        executable: Executable,
        board: &'static Scoreboard,
        inheritance: [OwnedFd; 3],
        wanted: usize,
    ) -> Self {
        let (workers, pending) = (Vec::new(), PendingRestarts::default());
        let (has_served, newcomer_failed) = (false, false);
        Self {
            executable,
            board,
            inheritance,
            workers,
            pending,
            wanted,
            generation: 1,
            has_served,
            newcomer_failed,
            old_worker_died: None,
        }
    }

    /// From now on, so many workers of this generation should serve. What went wrong with another one
    /// is forgotten.
    pub fn begin(&mut self, generation: u64, wanted: usize) {
        (self.generation, self.wanted) = (generation, wanted);
        self.pending.truncate(0);
        (self.newcomer_failed, self.old_worker_died) = (false, None);
    }

    /// Whether this generation cannot take over from the one before: one of it ended before it was
    /// ready, or it is still not ready some time after a death in the old generation.
    pub fn start_has_failed(&self) -> bool {
        let too_late = |died: Instant| died.elapsed() > REFILL_WITHIN && !self.is_complete();
        self.newcomer_failed || self.old_worker_died.is_some_and(too_late)
    }

    /// Whether no worker is left.
    pub fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// Whether some worker is still starting.
    pub fn is_starting(&self) -> bool {
        self.workers.iter().any(|worker| self.state(worker) == State::Starting)
    }

    /// Whether as many as should of this generation are ready.
    pub fn is_complete(&self) -> bool {
        self.serving().filter(|worker| self.state(worker) == State::Ready).count() >= self.wanted
    }

    /// When something is to be done, unless something happens before.
    pub fn next_restart(&self) -> Option<Instant> {
        self.pending.next().filter(|_| self.has_served)
    }

    /// Brings the pool closer to what it should be:
    /// 1. Workers that are missing are started, unless it is too soon after a death.
    /// 2. If too many are ready, the oldest are asked to stop; and before them, those that have
    ///    answered their `max_requests`.
    /// 3. When all workers of this generation are ready, those of other generations are asked to
    ///    stop.
    pub fn reconcile(&mut self, now: Instant, launch: &Launch<'_>) {
        let missing = self.wanted.saturating_sub(self.serving().count());
        self.pending.truncate(missing);
        for _ in self.pending.len()..missing {
            self.spawn(Failures::default(), launch);
        }
        while let Some(failures) = self.pending.take(now) {
            self.spawn(failures, launch);
        }

        for (state, why) in [
            (State::Spent, Retired::Replaced(Reason::MaxRequests)),
            (State::Ready, Retired::Surplus),
        ] {
            let accepting = self.current().filter(|worker| self.state(worker).accepts());
            let surplus = accepting.count().saturating_sub(self.wanted);
            let candidates = self.current().filter(|worker| self.state(worker) == state);
            let going: Vec<_> = candidates.take(surplus).map(Worker::pid).collect();
            self.retire(why, |worker| going.contains(&worker.pid()));
        }
        if self.is_complete() {
            let generation = self.generation;
            self.retire(Retired::Replaced(Reason::Reload), |old| old.generation != generation);
        }
    }

    /// The workers of this generation that have not been asked to stop, the oldest first.
    fn current(&self) -> impl Iterator<Item = &Worker> {
        self.workers
            .iter()
            .filter(|worker| worker.generation == self.generation && worker.retired.is_none())
    }

    /// Those of them that need no successor.
    fn serving(&self) -> impl Iterator<Item = &Worker> {
        self.current().filter(|worker| matches!(self.state(worker), State::Starting | State::Ready))
    }

    /// Whether workers of another generation wait for this one to take over.
    fn is_reloading(&self) -> bool {
        let stays = |worker: &&Worker| worker.retired.is_none();
        self.workers.iter().filter(stays).any(|worker| worker.generation != self.generation)
    }

    fn state(&self, worker: &Worker) -> State {
        self.board.slot(worker.slot).state()
    }

    fn spawn(&mut self, failures: Failures, launch: &Launch<'_>) {
        // None is free only while hundreds of old workers finish; their ends free some.
        let Some(slot) = self.board.take_slot(self.generation, unix_time()) else { return };
        let fds = self.inheritance.iter().map(AsFd::as_fd);
        let fds: Vec<_> = fds.chain(launch.listeners.iter().copied()).collect();
        match self.executable.start(slot, &fds, launch.config) {
            Ok(child) => {
                let watch = Watch::new(&launch.config.settings);
                let worker = Worker::new(child, slot, self.generation, failures, watch);
                log(format_args!("worker {} started", worker.pid()));
                self.board.slot(slot).pid.store(worker.pid().into(), Relaxed);
                self.workers.push(worker);
            }
            Err(error) => {
                self.board.free_slot(slot);
                self.newcomer_failed = true;
                let wait = self.pending.open(failures, Duration::ZERO, Instant::now());
                log(format_args!("cannot start a worker: {error}; trying again in {wait:?}"));
            }
        }
    }

    fn retire(&mut self, why: Retired, whom: impl Fn(&Worker) -> bool) {
        let going = self.workers.iter_mut().filter(|worker| worker.retired.is_none());
        for worker in going.filter(|worker| whom(worker)) {
            if why != Retired::End {
                log(format_args!("worker {} is asked to stop: {why}", worker.pid()));
            }
            worker.retire(why);
        }
    }

    /// Retires everybody of this generation: the reload that it came with has failed.
    pub fn retire_newcomers(&mut self) {
        let generation = self.generation;
        self.retire(Retired::Surplus, |worker| worker.generation == generation);
    }

    /// Retires everybody with this signal: the server stops.
    pub fn retire_all(&mut self, signal: Signal) {
        self.retire(Retired::End, |_| true);
        self.pending.truncate(0);
        self.workers.iter().for_each(|worker| worker.send(signal));
    }

    /// Lets the workers know that the access log is to be opened anew. (One that is still starting has
    /// not opened it yet, and has no handler for the signal.)
    pub fn reopen_logs(&self) {
        let there = self.workers.iter().filter(|worker| self.state(worker) != State::Starting);
        there.for_each(|worker| worker.send(Signal::USR1));
    }

    /// Ends workers that will not begin, go on or end by themselves; see [`watch`](crate::master::watch).
    pub fn watch(&mut self, elapsed: Duration) {
        for worker in &mut self.workers {
            let slot = self.board.slot(worker.slot);
            let sight = Sight {
                state: slot.state(),
                heartbeats: slot.heartbeats(),
                age: worker.born.elapsed(),
                retired: worker.retired.map(|(_, when)| when.elapsed()),
            };
            match worker.watch.look(sight, elapsed) {
                Remedy::Fine => {}
                Remedy::Abort(problem) => {
                    log(format_args!("worker {} {problem}", worker.pid()));
                    // To leave a core dump, where the system is set up for them.
                    worker.send(Signal::ABORT);
                }
                Remedy::Kill => worker.send(Signal::KILL),
            }
        }
    }

    /// Reaps the workers that have ended, and says how, if they were not asked to. Returns whether
    /// all of them ended in good order.
    pub fn reap(&mut self) -> bool {
        let dead: Vec<_> = self
            .workers
            .extract_if(.., |worker| worker.ended().is_some())
            .map(|mut worker| (worker.ended().unwrap_or_default(), worker))
            .collect();
        dead.into_iter().fold(true, |in_order, (status, worker)| {
            let state = self.state(&worker);
            self.board.free_slot(worker.slot);
            match worker.retired {
                Some((Retired::Replaced(reason), _)) => self.board.count_restart(reason),
                Some((Retired::Surplus | Retired::End, _)) => {}
                None => self.replace(&worker, status, state),
            }
            // One that was asked to stop before it had a handler had nothing to finish.
            in_order && (status.success() || state == State::Starting)
        })
    }

    /// Sees to the place of a worker that ended without being asked.
    fn replace(&mut self, worker: &Worker, status: ExitStatus, state: State) {
        let reason = match status.signal() {
            _ if worker.watch.has_aborted() => Reason::Timeout,
            Some(_) => Reason::Signal,
            None => Reason::Exit,
        };
        self.board.count_restart(reason);
        let (pid, how) = (worker.pid(), how(status, worker.watch.has_aborted()));
        let is_current = worker.generation == self.generation;
        let was_starting = state == State::Starting;
        let fails_a_start = was_starting && (!self.has_served || self.is_reloading());
        self.newcomer_failed |= is_current && was_starting;
        if !is_current {
            self.old_worker_died.get_or_insert(Instant::now());
        }
        // The next generation is on its way, or this one is not to be, or a successor came while
        // this one drained.
        if !is_current || fails_a_start || state == State::Draining {
            log(format_args!("worker {pid} {how}"));
            return;
        }
        let wait = self.pending.open(worker.failures, worker.born.elapsed(), Instant::now());
        log(format_args!("worker {pid} {how}; its place is filled in {wait:?}"));
    }
}

/// How a worker ended, in words; of one that the master aborted, it is known why.
fn how(status: ExitStatus, aborted: bool) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => {
            let name = signal_name(signal).unwrap_or("an unknown signal");
            let hint = match Signal::from_named_raw(signal) {
                Some(Signal::KILL) if !aborted => {
                    " (if it was not you, the system may be out of memory: dmesg)"
                }
                _ => "",
            };
            format!("was ended by {name}{hint}")
        }
        (None, None) => "ended".to_owned(),
    }
}
