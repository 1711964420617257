//! The accept loop: a task for each connection, and an end in good order.

use std::{io::ErrorKind, pin::pin, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{Semaphore, watch},
    time::{Instant, sleep, timeout},
};

use crate::{app::App, connection, log::log};

/// The most connections open at once; more wait in the listening socket's backlog.
pub const MAX_CONNECTIONS: u32 = 16_384;

/// How long requests in flight may take once the server is asked to stop; Gunicorn's default.
pub const GRACE: Duration = Duration::from_secs(30);

/// How often to complain that no connection can be accepted.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How long a stop may take before somebody at a terminal would wonder.
const SOON: Duration = Duration::from_millis(1500);

/// Serves `app` on `listener` until `stop` completes; then accepts nothing more, and returns true
/// when every request in flight has been answered, or false when [`GRACE`] has passed before.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>) -> bool {
    // A permit for each open connection: none left means too many, all back means drained.
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    let mut told = None;
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            (slot, accept(&listener, &mut told).await)
        };
        let (slot, stream) = select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let (app, stopped) = (app.clone(), stopped.clone());
        tokio::spawn(async move {
            connection::serve(stream, app, stopped).await;
            drop(slot);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let mut drained = pin!(slots.acquire_many(MAX_CONNECTIONS));
    if timeout(SOON, &mut drained).await.is_ok() {
        return true;
    }
    log(format_args!("stopping: finishing the requests in flight (Ctrl-C again does not wait)"));
    timeout(GRACE - SOON, drained).await.is_ok()
}

/// The next connection. An error that is not a client's is waited out: mostly this process has no
/// file descriptor left, until another connection closes.
async fn accept(listener: &TcpListener, told: &mut Option<Instant>) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and whole: waiting to fill a packet (Nagle) only delays them.
                // Where it can't be had, the connection is already broken, and reading will say so.
                let _ = stream.set_nodelay(true);
                return stream;
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
