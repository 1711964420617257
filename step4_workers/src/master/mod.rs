//! The master: it opens the sockets, keeps the pool as it should be, and does what signals ask.
//!
//! It serves no request, and never waits for a worker. It starts what takes time, and looks after it at
//! the next look, so that it hears the next signal at once.
//!
//! | file | idea |
//! |---|---|
//! | [`pool`], [`backoff`], [`watch`] | which workers there are, and which there should be |
//! | [`process`] | a worker is the program itself, started again |
//! | [`signals`] | what the master is asked to do |

pub mod backoff;
pub mod pool;
pub mod process;
pub mod signals;
pub mod watch;

use std::{io, mem, os::fd::AsFd, process::ExitCode, rc::Rc, time::Duration};

use rustix::process::Signal;
use step1_plain::support::http::{
    log::log,
    run::{announce, say_error},
};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use crate::{
    master::{
        pool::{Launch, Pool},
        process::Executable,
        signals::{Action, Signals},
    },
    program::Program,
    scoreboard::{Scoreboard, shared_memory},
    support::{
        config::Config,
        cores::MAX_WORKERS,
        listener::{Listener, listeners},
        log_file::check_access_log,
        pid_file::PidFile,
    },
    worker::control::MasterEnd,
};

/// The exit code when no worker can be started, as with Gunicorn.
const CANNOT_START: u8 = 3;

/// How often to look after the pool when nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long a quick stop may take.
const QUICK: Duration = Duration::from_secs(1);

struct Master {
    program: &'static dyn Program,
    /// Reads the settings again.
    load: fn() -> Result<Config, String>,
    config: Config,
    listeners: Vec<Rc<Listener>>,
    pid_file: Option<PidFile>,
    pool: Pool,
    /// The highest generation that there was, in use or not.
    newest: u64,
    /// What to go back to if the reload that is under way fails.
    before: Option<Before>,
    /// Whether another reload was asked for meanwhile.
    again: bool,
    stopping: Option<Stopping>,
}

struct Before {
    config: Config,
    listeners: Vec<Rc<Listener>>,
    generation: u64,
    wanted: usize,
}

struct Stopping {
    quick: bool,
    until: Instant,
    in_order: bool,
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
    let executable = Executable::this().map_err(system)?;
    let pool = Pool::new(executable, board, [memory, workers_end, more], settings.workers);
    let mut master = Master {
        program,
        load,
        config,
        listeners,
        pid_file,
        pool,
        newest: 1,
        before: None,
        again: false,
        stopping: None,
    };
    master.reconcile();
    let mut last_look = Instant::now();
    loop {
        let next_look = last_look + LOOK_EVERY;
        let next_look =
            master.pool.next_restart().map_or(next_look, |restart| restart.min(next_look));
        select! {
            biased;
            action = signals.next() => master.act_on(action),
            () = control.woken() => {}
            () = sleep_until(next_look) => {}
        }
        // If this process itself was stopped for a while (Ctrl-Z, a laptop's lid), so were the
        // workers, and their silence in that time means nothing.
        let elapsed = last_look.elapsed().min(2 * LOOK_EVERY);
        last_look = Instant::now();
        if let Some(exit_code) = master.look(elapsed) {
            return Ok(exit_code);
        }
    }
}

impl Master {
    fn act_on(&mut self, action: Action) {
        match action {
            Action::QuickStop => self.stop(true),
            Action::GracefulStop => self.stop(false),
            Action::Reap => {} // As at every look.
            _ if self.stopping.is_some() => {}
            Action::Reload => self.reload(),
            Action::More => self.want((self.pool.wanted + 1).min(MAX_WORKERS)),
            Action::Less => self.want((self.pool.wanted - 1).max(1)),
            Action::ReopenLog => self.pool.reopen_logs(),
            Action::Upgrade => log(format_args!(
                "USR2: there is no need of a second master; build, and send HUP: new workers are \
                 of the new program"
            )),
        }
    }

    fn want(&mut self, workers: usize) {
        self.pool.wanted = workers;
        log(format_args!("workers wanted: {workers}"));
    }

    /// Looks after everybody; the exit code when it is all over.
    fn look(&mut self, elapsed: Duration) -> Option<u8> {
        let in_order = self.pool.reap();
        self.pool.watch(elapsed);
        if let Some(stopping) = &mut self.stopping {
            stopping.in_order &= in_order || stopping.quick;
            if Instant::now() > stopping.until {
                self.pool.retire_all(Signal::KILL);
            }
            return self.pool.is_empty().then(|| u8::from(!stopping.in_order));
        }
        if !self.pool.has_served {
            return self.look_for_the_first();
        }
        if self.before.is_some() && self.pool.start_has_failed() {
            self.take_back();
        }
        self.reconcile();
        if self.pool.is_complete()
            && let Some(before) = self.before.take()
        {
            self.reloaded(&before);
        }
        None
    }

    fn reconcile(&mut self) {
        let listeners = self.listeners.iter().map(|listener| listener.socket.as_fd()).collect();
        let launch = Launch { config: &self.config, listeners };
        self.pool.reconcile(Instant::now(), &launch);
    }

    /// Until the first generation serves: a worker that ended is not replaced, for the next one would
    /// end as well.
    fn look_for_the_first(&mut self) -> Option<u8> {
        if self.pool.is_empty() {
            log(format_args!("no worker became ready; the lines above say why"));
            return Some(CANNOT_START);
        }
        if !self.pool.is_starting() {
            self.pool.has_served = true;
            self.announce();
        }
        None
    }

    /// The first line says where; scripts wait for it. The others can be pasted as they stand.
    fn announce(&self) {
        let mut text = String::new();
        for listener in &self.listeners {
            text += &format!("listening on {}\n", listener.url());
        }
        text += &self.listeners[0].commands(&self.program.lab(&self.config));
        let pid = std::process::id();
        text += &format!("kill -HUP {pid}   # reload: new settings, new program, nothing lost\n");
        text += &format!("kill -TTIN {pid}  # a worker more; -TTOU: one less\n");
        text +=
            &format!("kill -TERM {pid}  # stop; Ctrl-C too, but without waiting for requests\n");
        announce(text);
    }

    /// Replaces every worker by one of the next generation.
    fn reload(&mut self) {
        if self.before.is_some() {
            self.again = true;
            return;
        }
        let config = (self.load)().and_then(|config| {
            check_access_log(&config.settings.access_log)?;
            Ok((listeners(&config.settings, &self.listeners)?, config))
        });
        match config {
            Err(error) => log(format_args!("not reloaded, all stays as it was: {error}")),
            Ok((listeners, config)) => {
                let wanted = config.settings.workers;
                self.newest += 1;
                self.before = Some(Before {
                    generation: self.pool.generation,
                    wanted: self.pool.wanted,
                    config: mem::replace(&mut self.config, config),
                    listeners: mem::replace(&mut self.listeners, listeners),
                });
                self.pool.begin(self.newest, wanted);
            }
        }
    }

    fn reloaded(&mut self, before: &Before) {
        for listener in &self.listeners {
            if !before.listeners.iter().any(|old| Rc::ptr_eq(old, listener)) {
                log(format_args!("listening on {}", listener.url()));
            }
        }
        let pidfile = &self.config.settings.pidfile;
        if *pidfile != before.config.settings.pidfile {
            self.pid_file = None; // Takes the old one away.
            match pidfile.as_deref().map(PidFile::write).transpose() {
                Ok(file) => self.pid_file = file,
                Err(error) => log(format_args!("no pid file: {error}")),
            }
        }
        log(format_args!("reloaded: generation {} serves", self.pool.generation));
        if mem::take(&mut self.again) {
            self.reload();
        }
    }

    /// Goes back to what was before the reload.
    fn take_back(&mut self) {
        let Some(before) = self.before.take() else { return };
        self.pool.retire_newcomers();
        // What TTIN and TTOU asked for meanwhile stays.
        let is_asked_for = self.pool.wanted != self.config.settings.workers;
        let wanted = if is_asked_for { self.pool.wanted } else { before.wanted };
        self.pool.begin(before.generation, wanted);
        self.config = before.config;
        self.listeners = before.listeners;
        log(format_args!(
            "not reloaded, all stays as it was: a new worker did not become ready; the lines above \
             say why"
        ));
        // Perhaps what was wrong is right by now: somebody asked again.
        if mem::take(&mut self.again) {
            self.reload();
        }
    }

    fn stop(&mut self, quick: bool) {
        if self.stopping.as_ref().is_some_and(|stopping| stopping.quick || !quick) {
            return;
        }
        // A new client is better told at once that nobody is there.
        self.listeners.clear();
        self.before = None;
        let (signal, within) = match quick {
            true => (Signal::QUIT, QUICK),
            false => (Signal::TERM, self.config.settings.graceful_timeout + QUICK),
        };
        log(format_args!("stopping{}", if quick { " at once" } else { "" }));
        self.pool.retire_all(signal);
        self.stopping = Some(Stopping { quick, until: Instant::now() + within, in_order: true });
    }
}

/// The program's exit code.
pub fn exit_code(ended: Result<u8, String>) -> ExitCode {
    ended.map_or_else(
        |error| {
            say_error(&error);
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}
