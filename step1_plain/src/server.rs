//! The accept loop: a task for each connection, and an end in good order.

use std::{
    io::{self, ErrorKind},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{Semaphore, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    app::App,
    connection::{self, Phase},
    log::log,
};

/// The most connections open at once; more wait in the listening socket's backlog.
pub const MAX_CONNECTIONS: u32 = 16_384;

/// How often to complain that no connection can be accepted.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Where connections come from: here a TCP listener, in step 4 sockets that processes share.
pub trait Listener {
    /// Kept for as long as the connection is open.
    type Guard: Send + 'static;

    /// Waits for the next connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<(TcpStream, Self::Guard)>>;
}

impl Listener for TcpListener {
    type Guard = ();

    async fn accept(&mut self) -> io::Result<(TcpStream, ())> {
        TcpListener::accept(self).await.map(|(stream, _)| (stream, ()))
    }
}

/// How long what happens around a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From one answer to the whole of the next request, but no less than a second, for the answer
    /// is to be read in that time, too; with zero, a connection is for one request.
    pub keep_alive: Duration,
    /// Once asked to stop: how long open connections may still bring a request, whose answer is
    /// then their last. Zero where nothing goes on without this process, and the sooner the end
    /// the better.
    pub drain: Duration,
    /// Once asked to stop: until every request in flight has its answer.
    pub grace: Duration,
}

impl Default for Limits {
    /// A minute for the client, and Gunicorn's 30 s for a stop.
    fn default() -> Self {
        let [keep_alive, grace] = [60, 30].map(Duration::from_secs);
        Self { keep_alive, drain: Duration::ZERO, grace }
    }
}

/// Serves `app` on `listener` until `stop` completes; then accepts nothing more, and returns true
/// when every request in flight has been answered, or false when the grace was over before.
pub async fn serve(
    mut listener: impl Listener,
    app: App,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> bool {
    // A permit for each open connection: none left means too many, all back means drained.
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (phase, phases) = watch::channel(Phase::Serving);
    let mut stop = pin!(stop);
    let mut told = None;
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            (slot, accept(&mut listener, &mut told).await)
        };
        let (slot, (stream, guard)) = select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let (app, phases) = (app.clone(), phases.clone());
        tokio::spawn(async move {
            connection::serve(stream, app, limits.keep_alive, phases).await;
            drop((guard, slot));
        });
    }
    drop(listener);
    let until = Instant::now() + limits.grace;
    let mut drained = pin!(timeout_at(until, slots.acquire_many(MAX_CONNECTIONS)));
    if !limits.drain.is_zero() {
        phase.send_replace(Phase::Draining);
        if let Ok(drained) = timeout(limits.drain, &mut drained).await {
            return drained.is_ok();
        }
    }
    phase.send_replace(Phase::Closing);
    drained.await.is_ok()
}

/// The next connection. An error that is not a client's is waited out: mostly this process has no
/// file descriptor left, until another connection closes.
async fn accept<L: Listener>(
    listener: &mut L,
    told: &mut Option<Instant>,
) -> (TcpStream, L::Guard) {
    loop {
        match listener.accept().await {
            Ok((stream, guard)) => {
                // Answers are small and whole: waiting to fill a packet (Nagle) only delays them.
                // Where it can't be had, the connection is already broken, and reading will say so.
                let _ = stream.set_nodelay(true);
                return (stream, guard);
            }
            // That client has gone already; the next one is waiting.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > TELL_EVERY) {
                    *told = Some(Instant::now());
                    log(format_args!(
                        "cannot accept a connection, trying again: {error} \
                         (for too many open files, raise the limit: ulimit -n)"
                    ));
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
