//! The master opens the sockets, keeps the right number of workers alive, and reacts to signals.
//!
//! It serves no requests and never waits for a worker. It starts a slow job, such as a worker, and
//! checks on it at its next look. So it can react to the next signal at once.
//!
//! | file | idea |
//! |---|---|
//! | [`plan`], [`backoff`] | the next actions, given the state of the workers |
//! | [`pool`], [`process`] | the worker processes, each a new run of this program |

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

/// How often the master looks at its workers when nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How soon the master looks again after an action.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

struct Master {
    program: &'static dyn Program,
    /// Reads the settings again.
    load: fn() -> Result<Config, String>,
    /// One for each generation that may serve. A reload has two, the old one and the new one.
    setups: Vec<Setup>,
    pid_file: Option<PidFile>,
    plan: Plan,
    pool: Pool,
}

/// The settings and sockets of one generation of workers.
struct Setup {
    generation: u64,
    config: Config,
    listeners: Vec<Rc<Listener>>,
}

/// Runs the server until a signal stops it. It listens on the `given` sockets or, without any, on those
/// in the settings. A reload calls `load`.
///
/// # Errors
/// A sentence that names the problem and the fix.
pub async fn run(
    program: &'static dyn Program,
    load: fn() -> Result<Config, String>,
    config: Config,
    given: Vec<Listener>,
) -> Result<u8, String> {
    // Every connection takes a file descriptor, and workers inherit this limit.
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
        // Ctrl-Z or a closed laptop lid stops the master and its workers together, so the workers'
        // silence during that time means nothing.
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
    /// The setup of the wanted generation.
    fn setup(&self) -> &Setup {
        Setup::of(self.plan.target.generation, &self.setups)
    }

    fn obey(&mut self, request: Request) {
        match request {
            Request::QuickStop => self.stop(Signal::QUIT),
            Request::GracefulStop => self.stop(Signal::TERM),
            Request::Reap => {} // Every look reaps.
            Request::Reload => self.reload(),
            Request::More => self.add(1),
            Request::Less => self.add(-1),
            Request::ReopenLog => self.pool.reopen_logs(),
            Request::Upgrade => log(format_args!(
                "USR2: a second master is not needed; build, then send HUP to start workers of the \
                 new program"
            )),
        }
    }

    fn add(&mut self, more: isize) {
        self.plan.add(more, MAX_WORKERS);
        log(format_args!("workers wanted: {}", self.plan.target.workers));
    }

    /// Carries out the plan's actions. Returns the exit code when the server has to end.
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
                        "not reloaded, nothing has changed: a new worker did not become ready; the \
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

    /// Begins to replace every worker with one of the next generation.
    fn reload(&mut self) {
        if !self.plan.may_reload() {
            return;
        }
        let config = (self.load)().and_then(|config| {
            check_access_log(&config.settings.access_log)?;
            Ok((listeners(&config.settings, &self.setup().listeners)?, config))
        });
        match config {
            Err(error) => log(format_args!("not reloaded, nothing has changed: {error}")),
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
            // A new client should learn at once that no server is there.
            self.setups.iter_mut().for_each(|setup| setup.listeners.clear());
            self.pool.stop_all(signal);
        }
    }
}
