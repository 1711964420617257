//! The pool of worker processes. It reports their state, and carries out the actions of the
//! [plan](super::plan).

use std::{
    io::{self, Error},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::ExitStatusExt,
    },
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use rustix::process::Signal;
use step1_plain::support::http::log::log;
use tokio::time::Instant;

use crate::{
    master::{
        backoff::Failures,
        plan::{Facts, Why},
        process::{Generation, WorkerProcess},
    },
    scoreboard::{Reason, Scoreboard, slot::State},
    support::{
        executable::Executable,
        inherit::Descriptors,
        mailbox::Mailbox,
        process::{how_it_ended, reap, unix_time},
    },
};

/// All worker processes.
pub struct Pool {
    executable: Executable,
    board: &'static Scoreboard,
    /// Every worker inherits these: the scoreboard, the control socket, the program's memory.
    inheritance: [OwnedFd; 3],
    /// The mailboxes of the workers, by slot.
    mailboxes: Vec<Mailbox>,
    workers: Vec<WorkerProcess>,
}

impl Pool {
    /// A pool without workers.
    pub fn new(
        executable: Executable,
        board: &'static Scoreboard,
        inheritance: [OwnedFd; 3],
    ) -> Self {
        Self { executable, board, inheritance, mailboxes: Vec::new(), workers: Vec::new() }
    }

    /// The state of each worker. `elapsed` is the time since the last look.
    pub fn look(&mut self, elapsed: Duration) -> Vec<Facts> {
        for (pid, status) in reap() {
            self.with(pid, |worker| worker.status = Some(status));
        }
        let board = self.board;
        self.workers
            .iter_mut()
            .map(|worker| worker.look(board.slot(worker.slot), elapsed))
            .collect()
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// The system's error.
    pub fn start(&mut self, failures: Failures, generation: &Generation) -> io::Result<()> {
        let slot = self.board.take_slot(generation.number, unix_time()).ok_or_else(|| {
            Error::other("all slots are taken by workers that still finish their requests")
        })?;
        let started = self.start_in(slot, failures, generation);
        match &started {
            Ok(pid) => log(format_args!("worker {pid} started")),
            Err(_) => self.board.free_slot(slot),
        }
        started.map(drop)
    }

    fn start_in(
        &mut self,
        slot: usize,
        failures: Failures,
        generation: &Generation,
    ) -> io::Result<u32> {
        // Enough for two generations and some TTINs, because a worker knows no mailbox of a later one.
        let workers = generation.config.settings.workers;
        while self.mailboxes.len() < (2 * workers).max(16).max(slot + 1) {
            self.mailboxes.push(Mailbox::new()?);
        }
        let [board, control, memory] = self.inheritance.each_ref().map(AsFd::as_fd);
        let fds = Descriptors {
            slot,
            board,
            control,
            memory,
            sockets: generation.listeners.iter().map(|it| it.socket.as_fd()).collect(),
            mailboxes: self.mailboxes.iter().map(Mailbox::ends).collect(),
        };
        let pid = self.executable.start(&fds.environment(&generation.config), &fds.all())?;
        self.board.slot(slot).pid.store(pid.into(), Relaxed);
        self.workers.push(WorkerProcess::new(pid, slot, failures, generation));
        Ok(pid)
    }

    /// Asks a worker to stop.
    pub fn retire(&mut self, pid: u32, why: Why) {
        log(format_args!("worker {pid} is asked to stop: {}", why.words()));
        self.with(pid, |worker| worker.retire(why, Signal::TERM));
    }

    /// Aborts a worker. It leaves a core dump if the system is set up for core dumps.
    pub fn abort(&mut self, pid: u32, problem: &str) {
        log(format_args!("worker {pid} {problem}"));
        self.with(pid, |worker| {
            worker.facts.aborted = Some(Instant::now());
            worker.send(Signal::ABORT);
        });
    }

    /// Kills a worker.
    pub fn kill(&mut self, pid: u32) {
        self.with(pid, |worker| worker.send(Signal::KILL));
    }

    fn with(&mut self, pid: u32, act: impl Fn(&mut WorkerProcess)) {
        self.workers.iter_mut().filter(|worker| worker.facts.pid == pid).for_each(act);
    }

    /// The longest `--graceful-timeout` that any worker was started with.
    pub fn longest_grace(&self) -> Duration {
        let graces = self.workers.iter().map(|worker| worker.facts.graceful_timeout);
        graces.max().unwrap_or_default()
    }

    /// Asks all workers to stop with this signal, because the server stops.
    pub fn stop_all(&mut self, signal: Signal) {
        self.workers.iter_mut().for_each(|worker| worker.retire(Why::Surplus, signal));
    }

    /// Tells the workers to open the access log again. (A starting worker has not opened it yet, and
    /// has no handler for the signal.)
    pub fn reopen_logs(&self) {
        let is_there =
            |worker: &&WorkerProcess| self.board.slot(worker.slot).state() != State::Starting;
        self.workers.iter().filter(is_there).for_each(|worker| worker.send(Signal::USR1));
    }

    /// Frees the slot of a worker that has ended, and logs how, unless the master had asked it to stop.
    /// Its successor starts after `wait`.
    pub fn bury(&mut self, pid: u32, wait: Option<Duration>) {
        let index = self.workers.iter().position(|worker| worker.facts.pid == pid);
        let Some(worker) = index.map(|index| self.workers.remove(index)) else { return };
        self.board.free_slot(worker.slot);
        // A sibling may have to watch the sockets in its place.
        for worker in &self.workers {
            self.mailboxes[worker.slot].ring();
        }
        let (status, is_aborted) =
            (worker.status.unwrap_or_default(), worker.facts.aborted.is_some());
        let reason = match (worker.why, status.signal()) {
            (Some(Why::Replaced(reason)), _) => reason,
            (Some(_), _) => return,
            _ if is_aborted => Reason::Timeout,
            (None, Some(_)) => Reason::Signal,
            (None, None) => Reason::Exit,
        };
        self.board.count_restart(reason);
        if worker.why.is_none() {
            let successor = match wait {
                None => String::new(),
                Some(Duration::ZERO) => "; starting a new one at once".to_owned(),
                Some(wait) => format!("; starting a new one in {wait:?}"),
            };
            log(format_args!("worker {pid} {}{successor}", how_it_ended(status, is_aborted)));
        }
    }
}
