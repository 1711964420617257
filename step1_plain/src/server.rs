//! The accept loop: a task for each connection, and an end in good order.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use crate::{app::App, connection};

/// The most connections open at once; more wait in the listening socket's backlog.
pub const MAX_CONNECTIONS: u32 = 16_384;

/// How long requests in flight may take once the server is asked to stop; Gunicorn's default.
pub const GRACE: Duration = Duration::from_secs(30);

/// Serves `app` on `listener` until `stop` completes; then accepts nothing more, and returns true
/// when every request in flight has been answered, or false when [`GRACE`] has passed before.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>) -> bool {
    // A permit for each open connection: none left means too many, all back means drained.
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            (slot, accept(&listener).await)
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
    timeout(GRACE, slots.acquire_many(MAX_CONNECTIONS)).await.is_ok()
}

/// The next connection. Errors are waited out: they are a client's that has gone already, or
/// this process has no file descriptor left, until another connection closes.
async fn accept(listener: &TcpListener) -> TcpStream {
    let mut told = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and whole: waiting to fill a packet (Nagle) only delays them.
                // Where it can't be had, the connection is already broken, and reading will say so.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    crate::run::log(format_args!(
                        "cannot accept a connection, trying again: {error} \
                         (for too many open files, raise the limit: ulimit -n)"
                    ));
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
