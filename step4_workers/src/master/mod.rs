//! The master opens the sockets, keeps the right number of workers alive, and reacts to signals.
//!
//! It serves no requests and never waits for a worker. It starts a slow job, such as a worker, and
//! checks on it later. So it can react to the next signal at once.
//!
//! | file | idea |
//! |---|---|
//! | [`plan`], [`backoff`] | the next actions, given the state of the workers |
//! | [`pool`], [`process`] | the worker processes, each a new run of this program |

pub mod backoff;
pub mod plan;
pub mod pool;
pub mod process;

use std::{io, rc::Rc, time::Duration};

use rustix::process::Signal;
use step1_plain::support::http::log::log;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use crate::{
    master::{
        plan::{Action, CANNOT_START, Plan},
        pool::Pool,
        process::Generation,
    },
    program::Program,
    scoreboard::Scoreboard,
    support::{
        config::Config,
        control::MasterEnd,
        cores::MAX_WORKERS,
        executable::Executable,
        listener::{Listener, announce, listeners},
        log_file::check_access_log,
        pid_file::pid_file,
        shared_memory,
        signals::{Request, Signals},
    },
};

/// How often the master checks its workers when nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);

struct Master<'a, P> {
    program: &'a P,
    /// The generation that serves and, during a reload, the next one. The plan wants the last one.
    generations: Vec<Generation>,
    plan: Plan,
    pool: Pool,
}

/// Runs the server until a signal stops it. It listens on the `given` sockets or, without any, on those
/// in the settings.
///
/// # Errors
/// A sentence that names the problem and the fix.
pub async fn run<P: Program>(
    program: &P,
    config: Config,
    given: Vec<Listener>,
) -> Result<u8, String> {
    // Every connection takes a file descriptor, and workers inherit this limit.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let system = |error: io::Error| format!("the system does not let the master start: {error}");
    let mut signals = Signals::listen().map_err(system)?;
    let settings = &config.settings;
    let pid_file = pid_file(settings.pidfile.as_deref(), None)?;
    check_access_log(&settings.access_log)?;
    let given: Vec<_> = given.into_iter().map(Rc::new).collect();
    let listeners = listeners(settings, &given)?;
    let (memory, board) = Scoreboard::create().map_err(system)?;
    let more = shared_memory::create("recording", program.memory()).map_err(system)?;
    let (mut control, workers_end) = MasterEnd::new().map_err(system)?;
    let pool = Pool::new(Executable::this().map_err(system)?, board, [memory, workers_end, more]);
    let (plan, start) = Plan::new(settings.workers);
    let generations =
        vec![Generation { number: plan.target.generation, config, listeners, pid_file }];
    let mut master = Master { program, generations, plan, pool };
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
        let is_changing = actions.iter().any(|action| !matches!(action, Action::Kill(_)));
        next_look = match master.plan.gaps.iter().map(|gap| gap.until).min() {
            _ if is_changing => last_look + Duration::from_millis(1),
            Some(until) => until.min(last_look + LOOK_EVERY),
            None => last_look + LOOK_EVERY,
        };
        exit_code = master.carry_out(actions);
    }
    Ok(exit_code.unwrap_or_default())
}

impl<P: Program> Master<'_, P> {
    fn wanted(&self) -> &Generation {
        self.generations.last().expect("there is always one")
    }

    fn obey(&mut self, request: Request) {
        match request {
            Request::QuickStop => self.stop(Signal::INT),
            Request::GracefulStop => self.stop(Signal::TERM),
            Request::Reap => {} // Every look reaps.
            Request::Reload => self.reload(),
            Request::More => self.add(1),
            Request::Less => self.add(-1),
            Request::ReopenLog => self.pool.reopen_logs(),
            Request::Upgrade => log(format_args!("USR2: build, then send HUP for the new program")),
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
                    let wanted = self.generations.last().expect("there is always one");
                    if let Err(error) = self.pool.start(failures, wanted) {
                        let wait = self.plan.could_not_start(failures, Instant::now());
                        log(format_args!("cannot start a worker: {error}; next try in {wait:?}"));
                    }
                }
                Action::Retire(pid, why) => self.pool.retire(pid, why),
                Action::Abort(pid, problem) => self.pool.abort(pid, &problem),
                Action::Kill(pid) => self.pool.kill(pid),
                Action::Bury(pid, wait) => self.pool.bury(pid, wait),
                Action::Announce => {
                    let Generation { config, listeners, .. } = self.wanted();
                    announce(listeners, &self.program.lab(config));
                }
                Action::Reloaded => self.reloaded(),
                Action::TakenBack => {
                    log(format_args!(
                        "reload failed, nothing has changed: a new worker is not ready"
                    ));
                    self.generations.pop();
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
        match self.next_generation() {
            Err(error) => log(format_args!("reload failed, nothing has changed: {error}")),
            Ok(next) => {
                self.plan.reload(next.config.settings.workers);
                let number = self.plan.target.generation;
                self.generations.push(Generation { number, ..next });
            }
        }
    }

    /// Reads the settings, and opens what they name. What is already open stays open.
    fn next_generation(&self) -> Result<Generation, String> {
        let (config, now) = (Config::load::<P::Settings>()?, self.wanted());
        check_access_log(&config.settings.access_log)?;
        let listeners = listeners(&config.settings, &now.listeners)?;
        let pid_file = pid_file(config.settings.pidfile.as_deref(), now.pid_file.as_ref())?;
        Ok(Generation { number: 0, config, listeners, pid_file })
    }

    fn reloaded(&mut self) {
        let (before, now) = (&self.generations[0], self.wanted());
        for listener in &now.listeners {
            if !before.listeners.iter().any(|old| Rc::ptr_eq(old, listener)) {
                log(format_args!("listening on {}", listener.url()));
            }
        }
        log(format_args!("reloaded: generation {} serves", self.plan.target.generation));
        self.generations.remove(0);
    }

    fn stop(&mut self, signal: Signal) {
        let quick = signal == Signal::INT;
        let grace = self.pool.longest_grace();
        if self.plan.stop(quick, grace, Instant::now()) {
            log(format_args!("stopping{}", if quick { " at once" } else { "" }));
            // A new client should learn at once that no server is there.
            self.generations.iter_mut().for_each(|it| it.listeners.clear());
            self.pool.stop_all(signal);
        }
    }
}
