//! The master: it opens the sockets, keeps the workers as they should be, and does what signals ask.
//!
//! It serves no request, and never waits for a worker. It starts what takes time, and looks after it at
//! the next look, so that it hears the next signal at once.
//!
//! | file | idea |
//! |---|---|
//! | [`plan`], [`backoff`] | what is to be done, given what there is |
//! | [`pool`], [`process`] | the worker processes: the program itself, started again |

pub mod backoff;
pub mod plan;
pub mod pool;
pub mod process;

use std::{io, os::fd::AsFd, rc::Rc, time::Duration};

use rustix::process::Signal;
use step1_plain::support::http::log::log;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use crate::{
    master::{
        plan::{Action, CANNOT_START, Plan},
        pool::{Launch, Pool},
    },
    program::Program,
    scoreboard::Scoreboard,
    support::{
        config::Config,
        cores::MAX_WORKERS,
        executable::Executable,
        listener::{Listener, announce, listeners},
        log_file::check_access_log,
        pid_file::{PidFile, move_pid_file},
        shared_memory,
        signals::{Request, Signals},
    },
    worker::control::MasterEnd,
};

/// How often to look after the workers when nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How soon to look again after something was done.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

struct Master {
    program: &'static dyn Program,
    /// Reads the settings again.
    load: fn() -> Result<Config, String>,
    /// One for each generation that may have to serve: in a reload, the old one and the new one.
    setups: Vec<Setup>,
    pid_file: Option<PidFile>,
    plan: Plan,
    pool: Pool,
}

/// What a generation of workers is started with.
struct Setup {
    generation: u64,
    config: Config,
    listeners: Vec<Rc<Listener>>,
}

/// Runs the server until it is asked to stop, on the sockets that are `given`, or else on those that
/// the settings name. A reload calls `load`.
///
/// # Errors
/// A sentence that says why it can't, and what to do.
pub async fn run(
    program: &'static dyn Program,
    load: fn() -> Result<Config, String>,
    config: Config,
    given: Vec<Listener>,
) -> Result<u8, String> {
    // Every connection is a file descriptor; workers inherit the limit.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let system = |error: io::Error| format!("the system refuses what the master needs: {error}");
    let mut signals = Signals::listen().map_err(system)?;
    let settings = &config.settings;
    let pid_file = settings.pidfile.as_deref().map(PidFile::write).transpose()?;
    check_access_log(&settings.access_log)?;
    let given: Vec<_> = given.into_iter().map(Rc::new).collect();
    let listeners = listeners(settings, &given)?;
    let (memory, board) = Scoreboard::create().map_err(system)?;
    let more = shared_memory::create("recording", program.memory()).map_err(system)?;
    let (mut control, workers_end) = MasterEnd::new().map_err(system)?;
    let pool = Pool::new(Executable::this().map_err(system)?, board, [memory, workers_end, more]);
    let (plan, start) = Plan::new(settings.workers);
    let setups = vec![Setup { generation: plan.target.generation, config, listeners }];
    let mut master = Master { program, load, setups, pid_file, plan, pool };
    let mut exit_code = master.carry_out(start);
    let mut last_look = Instant::now();
    let mut next_look = last_look + LOOK_EVERY;
    while exit_code.is_none() {
        select! {
            biased;
            request = signals.next() => master.obey(request),
            () = control.woken() => {}
            () = sleep_until(next_look) => {}
        }
        // If this process itself was stopped for a while (Ctrl-Z, a laptop's lid), so were the
        // workers, and their silence in that time means nothing.
        let workers = master.pool.look(last_look.elapsed().min(2 * LOOK_EVERY));
        last_look = Instant::now();
        let actions = master.plan.next(&workers, last_look);
        next_look = match master.plan.gaps.iter().map(|gap| gap.until).min() {
            _ if !actions.is_empty() => last_look + LOOK_AGAIN,
            Some(until) => until.clamp(last_look + LOOK_AGAIN, last_look + LOOK_EVERY),
            None => last_look + LOOK_EVERY,
        };
        exit_code = master.carry_out(actions);
    }
    Ok(exit_code.unwrap_or_default())
}

impl Setup {
    fn of(generation: u64, setups: &[Self]) -> &Self {
        let setup = setups.iter().find(|setup| setup.generation == generation);
        setup.expect("each generation has its setup before the plan wants it")
    }
}

impl Master {
    /// What the wanted generation is started with.
    fn setup(&self) -> &Setup {
        Setup::of(self.plan.target.generation, &self.setups)
    }

    fn obey(&mut self, request: Request) {
        match request {
            Request::QuickStop => self.stop(Signal::QUIT),
            Request::GracefulStop => self.stop(Signal::TERM),
            Request::Reap => {} // As at every look.
            Request::Reload => self.reload(),
            Request::More => self.add(1),
            Request::Less => self.add(-1),
            Request::ReopenLog => self.pool.reopen_logs(),
            Request::Upgrade => log(format_args!(
                "USR2: there is no need of a second master; build, and send HUP: new workers are \
                 of the new program"
            )),
        }
    }

    fn add(&mut self, more: isize) {
        self.plan.add(more, MAX_WORKERS);
        log(format_args!("workers wanted: {}", self.plan.target.workers));
    }

    /// Does what the plan asks for; the exit code when it is all over.
    fn carry_out(&mut self, actions: Vec<Action>) -> Option<u8> {
        for action in actions {
            match action {
                Action::Start(failures) => {
                    let wanted = self.plan.target.generation;
                    let Setup { generation, config, listeners } = Setup::of(wanted, &self.setups);
                    let listeners = listeners.iter().map(|listener| listener.socket.as_fd());
                    let (generation, listeners) = (*generation, listeners.collect());
                    let launch = Launch { generation, failures, config, listeners };
                    if let Err(error) = self.pool.start(&launch) {
                        let wait = self.plan.could_not_start(failures, Instant::now());
                        log(format_args!(
                            "cannot start a worker: {error}; trying again in {wait:?}"
                        ));
                    }
                }
                Action::Retire(pid, why) => self.pool.retire(pid, why),
                Action::Abort(pid, problem) => self.pool.abort(pid, &problem),
                Action::Kill(pid) => self.pool.kill(pid),
                Action::Bury(pid, wait) => self.pool.bury(pid, wait),
                Action::Announce => {
                    let Setup { config, listeners, .. } = self.setup();
                    announce(listeners, &self.program.lab(config));
                }
                Action::Reloaded => self.reloaded(),
                Action::TakenBack => {
                    log(format_args!(
                        "not reloaded, all stays as it was: a new worker did not become ready; the \
                         lines above say why"
                    ));
                    self.forget_other_setups();
                }
                Action::ReloadAgain => self.reload(),
                Action::Exit(CANNOT_START) => {
                    log(format_args!("no worker became ready; the lines above say why"));
                    return Some(CANNOT_START);
                }
                Action::Exit(code) => return Some(code),
            }
        }
        None
    }

    /// Begins to replace every worker by one of the next generation.
    fn reload(&mut self) {
        if !self.plan.may_reload() {
            return;
        }
        let config = (self.load)().and_then(|config| {
            check_access_log(&config.settings.access_log)?;
            Ok((listeners(&config.settings, &self.setup().listeners)?, config))
        });
        match config {
            Err(error) => log(format_args!("not reloaded, all stays as it was: {error}")),
            Ok((listeners, config)) => {
                self.plan.reload(config.settings.workers);
                let generation = self.plan.target.generation;
                self.setups.push(Setup { generation, config, listeners });
            }
        }
    }

    fn reloaded(&mut self) {
        let (before, now) = (&self.setups[0], self.setup());
        for listener in &now.listeners {
            if !before.listeners.iter().any(|old| Rc::ptr_eq(old, listener)) {
                log(format_args!("listening on {}", listener.url()));
            }
        }
        let path = now.config.settings.pidfile.clone();
        if path != before.config.settings.pidfile {
            move_pid_file(&mut self.pid_file, path.as_deref());
        }
        log(format_args!("reloaded: generation {} serves", self.plan.target.generation));
        self.forget_other_setups();
    }

    fn forget_other_setups(&mut self) {
        let wanted = self.plan.target.generation;
        self.setups.retain(|setup| setup.generation == wanted);
    }

    fn stop(&mut self, signal: Signal) {
        let quick = signal == Signal::QUIT;
        let grace = self.setup().config.settings.graceful_timeout;
        if self.plan.stop(quick, grace, Instant::now()) {
            log(format_args!("stopping{}", if quick { " at once" } else { "" }));
            // A new client is better told at once that no server is there.
            self.setups.iter_mut().for_each(|setup| setup.listeners.clear());
            self.pool.stop_all(signal);
        }
    }
}
