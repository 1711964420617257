//! A worker: one event loop, one compute thread, one cache, and the sockets that it shares.

use std::{
    io::{self, Error},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use step1_plain::{
    log::{Log, log},
    run::event_loop,
    server::{Limits, serve},
};
use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use crate::{
    app::app, edition::Workplace, fair::FairListener, inheritance::Inheritance, log_file::LogFile,
    seat::Seat, settings::AccessLog, slot::State,
};

/// How long connections that are open may still bring a request when this worker is replaced. A
/// client that is busy sends its next one long before; one that is idle is not waited for.
const DRAIN_FOR: Duration = Duration::from_secs(1);

/// How often an event loop shows that it goes round: four times in the shortest `--timeout`.
const HEARTBEAT_EVERY: Duration = Duration::from_millis(250);

/// Serves until the master says stop.
pub fn run(inheritance: io::Result<Inheritance>) -> ExitCode {
    let served = inheritance.and_then(|inheritance| {
        inheritance.control.exit_with_master()?;
        let runtime = event_loop()?;
        let served = runtime.block_on(work(inheritance));
        // A computation that nobody waits for should not hold up the exit.
        runtime.shutdown_background();
        served
    });
    let pid = std::process::id();
    let exit_code = match served {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            log(format_args!("worker {pid}: requests are left unanswered (--graceful-timeout)"));
            ExitCode::FAILURE
        }
        Err(error) => {
            log(format_args!("worker {pid}: {error}"));
            ExitCode::FAILURE
        }
    };
    Log::to_stderr().flush();
    exit_code
}

/// True when every request was answered before the end, or nobody wanted to wait for it.
async fn work(inheritance: Inheritance) -> io::Result<bool> {
    let Inheritance { seat, control, memory, sockets, config } = inheritance;
    let settings = &config.settings;
    let mut graceful = signal(SignalKind::terminate())?;
    let mut quick = [signal(SignalKind::interrupt())?, signal(SignalKind::quit())?];
    // For the master only. A terminal that closes sends it to everybody.
    let _ignored = signal(SignalKind::hangup())?;
    let reopen = signal(SignalKind::user_defined1())?;

    let control = Arc::new(control);
    let is_enough = {
        let control = control.clone();
        move || {
            // One that drains already is being replaced.
            if seat.slot().state() == State::Ready {
                seat.slot().set_state(State::Spent);
                control.wake_master();
            }
        }
    };
    let addition = (config.edition().extend)(Workplace { config: &config, seat, memory })?;
    let app = app(&config, seat, addition, is_enough).await?;
    // As late as can be: the master tells those that are ready when the file is to be opened anew.
    let log = access_log(&settings.access_log, reopen)?;
    let app = app.with_access_log(log);
    let listener = FairListener::new(sockets, seat)?;
    tokio::spawn(heartbeat(seat));
    let limits = Limits {
        keep_alive: settings.keep_alive,
        drain: DRAIN_FOR.min(settings.graceful_timeout),
        grace: settings.graceful_timeout,
    };
    seat.slot().set_state(State::Ready);
    control.wake_master();
    let stop = async {
        graceful.recv().await;
        seat.slot().set_state(State::Draining);
    };
    let [interrupt, quit] = &mut quick;
    let in_order = select! {
        finished = serve(listener, app, limits, stop) => finished,
        _ = interrupt.recv() => true,
        _ = quit.recv() => true,
    };
    if let Some(log) = log {
        log.flush();
    }
    Ok(in_order)
}

/// Shows the master that this event loop goes round.
async fn heartbeat(seat: Seat) {
    loop {
        seat.slot().heartbeat();
        sleep(HEARTBEAT_EVERY).await;
    }
}

/// The access log that the settings ask for, which is opened anew at each `reopen`.
fn access_log(log: &AccessLog, mut reopen: Signal) -> io::Result<Option<&'static Log>> {
    let mut is_stale = Arc::new(AtomicBool::new(false));
    let log: Option<&'static Log> = match log {
        AccessLog::Off => None,
        AccessLog::Stderr => Some(Log::to_stderr()),
        AccessLog::File(path) => {
            let (file, flag) = LogFile::open(path.clone()).map_err(Error::other)?;
            is_stale = flag;
            // Leaked: there is one, and it is in use to the end of the process.
            Some(Box::leak(Box::new(Log::new(file))))
        }
    };
    tokio::spawn(async move {
        while reopen.recv().await.is_some() {
            is_stale.store(true, Relaxed);
        }
    });
    Ok(log)
}
