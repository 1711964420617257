//! A worker: one event loop, one compute thread, one cache, and the sockets that it shares.
//!
//! | file | idea |
//! |---|---|
//! | [`app`] | step 3's application, with the worker's own cache or a shared one |
//! | [`accept`], [`siblings`] | one socket for all workers, and a share of the connections for each |
//! | [`mod@drain`] | the end of a worker, without a lost request |

pub mod accept;
pub mod app;
pub mod drain;
pub mod siblings;

use std::{
    io::{self, Error},
    process::ExitCode,
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use accept::SharedListener;
use app::in_worker;
use drain::{drain, leave};
use step1_plain::support::http::{
    log::{Log, log},
    run::{event_loop, tell_client},
    serve::{Options, serve},
};
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use crate::{
    cache::redis_link::Link,
    program::{Context, Program},
    scoreboard::slot::{OwnSlot, State},
    support::{cache_place::CachePlace, inheritance::Inheritance, log_file::open_access_log},
};

/// How often an event loop sends a heartbeat: four times in the shortest `--timeout`.
const HEARTBEAT_EVERY: Duration = Duration::from_millis(250);

/// Serves until the master asks this worker to stop.
pub fn run(program: &impl Program, inheritance: io::Result<Inheritance<OwnSlot>>) -> ExitCode {
    let served = inheritance.and_then(|inheritance| {
        let runtime = event_loop()?;
        let served = runtime.block_on(work(program, inheritance));
        // A computation that no client waits for should not hold up the exit.
        runtime.shutdown_background();
        served
    });
    let pid = std::process::id();
    let problem = match served {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => "some requests get no response (--graceful-timeout)".to_owned(),
        Err(error) => error.to_string(),
    };
    log(format_args!("worker {pid}: {problem}"));
    Log::to_stderr().flush();
    ExitCode::FAILURE
}

/// Returns true if every request got its response before the end, or the stop was a quick one.
async fn work<P: Program>(program: &P, inheritance: Inheritance<OwnSlot>) -> io::Result<bool> {
    let Inheritance { slot, control, memory, sockets, mailboxes, config } = inheritance;
    let settings = &config.settings;
    let mut graceful = signal(SignalKind::terminate())?;
    let (mut interrupt, mut quit) = (signal(SignalKind::interrupt())?, signal(SignalKind::quit())?);
    // HUP is for the master only, but a closing terminal sends it to every process.
    let _ignored = signal(SignalKind::hangup())?;
    control.end_with_master(settings.graceful_timeout)?;
    let reopen = signal(SignalKind::user_defined1())?;

    let redis = match &settings.cache {
        CachePlace::Memory => None,
        CachePlace::Redis(url) => Some(Link::open(url, slot).await.map_err(Error::other)?),
    };
    let app = program.app(&Context { config: &config, slot, memory: &memory, redis })?;
    // These are leaked, because they are in use until the process ends.
    let (control, mailboxes): (&_, &[_]) = (Box::leak(Box::new(control)), mailboxes.leak());
    let app = in_worker(app, slot, settings.max_requests_of_one(), move || {
        // A draining worker already has a successor.
        if slot.state() == State::Ready {
            slot.set_state(State::Spent);
            control.wake_master();
        }
    });
    // Open the log as late as possible, because the master tells only ready workers to reopen it.
    let log = open_access_log(&settings.access_log, reopen)?;
    let listener = SharedListener::new(sockets, mailboxes, slot)?;
    tokio::spawn(heartbeat(slot));
    let options = Options { keep_alive: settings.keep_alive, log };
    slot.set_state(State::Ready);
    control.wake_master();
    let stop = async {
        graceful.recv().await;
        leave(slot, mailboxes).await;
    };
    let serve = async {
        let app = |client| tell_client(app.clone(), client, P::ASKS_FOR_CLIENT);
        let connections = serve(listener, app, options, stop).await;
        drain(slot, connections, settings.graceful_timeout).await
    };
    let in_order = select! {
        finished = serve => finished,
        _ = interrupt.recv() => true,
        _ = quit.recv() => true,
    };
    if let Some(log) = log {
        log.flush();
    }
    Ok(in_order)
}

/// Shows the master that this event loop is not stuck.
async fn heartbeat(slot: OwnSlot) {
    loop {
        slot.heartbeats.fetch_add(1, Relaxed);
        sleep(HEARTBEAT_EVERY).await;
    }
}
