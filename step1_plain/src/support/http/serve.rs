//! The accept loop. hyper serves each connection in a task of its own, and all of them end
//! gracefully.
//!
//! `axum::serve` would be enough for an example. A production server also needs limits on the
//! number of open connections, on the size of a request's headers, and on the time to send them.
//! And it should notice when a client leaves.

use std::{
    convert::Infallible,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, Version, header::HOST},
    response::{IntoResponse, Response},
    serve::Listener,
};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};
use tower::{Service, ServiceExt};

use super::{
    access_log::Line,
    client::{Client, Shared},
    log::{Log, log},
    problem::Problem,
};

/// The limit on open connections. Further clients wait in the backlog of the listening socket.
pub const MAX_CONNECTIONS: u32 = 16_384;
/// The largest size of a request line together with its headers, in bytes.
pub const MAX_HEAD: usize = 16 * 1024;

/// An application that can be served. It is a `tower` service, such as axum's `Router`, with or
/// without middleware around it.
pub trait App:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<A> App for A where
    A: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// How long a connection may be idle, in steps without a setting for this.
pub const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Settings for [`serve`].
#[derive(Clone, Copy)]
pub struct Options {
    /// How long a connection waits for the headers of its next request after the end of the
    /// previous response, before it is closed. With zero, a connection serves only one request.
    pub keep_alive: Duration,
    /// The log that gets a line for each request. As a layer around the application, it would cost
    /// a fast request 3%, even without a log.
    pub log: Option<&'static Log>,
}

/// Serves HTTP/1.1 on every connection that `listener` accepts, until `stop` completes. `service`
/// takes the address of a client and returns the application that serves it.
pub async fn serve<L, A>(
    mut listener: L,
    service: impl Fn(L::Addr) -> A,
    Options { keep_alive, log }: Options,
    stop: impl Future<Output = ()>,
) -> Connections
where
    L: Listener<Io: Client>,
    A: App,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).keep_alive(!keep_alive.is_zero()).max_header_size(MAX_HEAD);
    http.header_read_timeout(if keep_alive.is_zero() { KEEP_ALIVE } else { keep_alive });
    // Head and body are small, so we write them in one piece. Two pieces cost a fast request 1.5%.
    http.writev(false);
    // `respond` notices clients that leave.
    http.half_close(true);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.expect("it is never closed");
            (slot, listener.accept().await)
        };
        let (slot, (stream, address)) = select! {
            biased;
            () = &mut stop => return Connections { slots, graceful },
            next = next => next,
        };
        let app = service(address);
        let client = Shared::new(stream);
        let io = TokioIo::new(client.clone());
        // Boxed, so that an idle connection does not take up the memory of a request in flight.
        let service =
            service_fn(move |request| Box::pin(respond(app.clone(), log, client.clone(), request)));
        let connection = graceful.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            // An error means that the client has left, or that it does not speak HTTP and hyper has
            // told it so.
            let _ = connection.await;
            drop(slot);
        });
    }
}

/// Returns the response of `app`, unless the client leaves first.
///
/// # Errors
/// If the client has left. hyper then closes the connection.
async fn respond(
    app: impl App,
    log: Option<&'static Log>,
    client: Shared<impl Client>,
    request: Request<Incoming>,
) -> io::Result<Response> {
    let line = log.map(|log| Line::begin(log, &request));
    // `Body::new` allocates a box, even for an empty body. That costs a fast request 1.5%.
    let body = |body: Incoming| if body.is_end_stream() { Body::empty() } else { Body::new(body) };
    let response = match has_one_host(&request) {
        true => select! {
            biased;
            Ok(response) = app.oneshot(request.map(body)) => response,
            () = client.has_left() => return Err(ErrorKind::ConnectionAborted.into()),
        },
        false => {
            let detail = "an HTTP/1.1 request has exactly one Host header; send one";
            Problem::new(StatusCode::BAD_REQUEST, detail).into_response()
        }
    };
    if let Some(line) = line {
        line.end(&response);
    }
    Ok(response)
}

/// HTTP/1.1 requires exactly one `Host` (RFC 9112, section 3.2). With two of them, a proxy that
/// reads the first and a server that reads the second would disagree about the request.
fn has_one_host(request: &Request<Incoming>) -> bool {
    request.version() != Version::HTTP_11 || request.headers().get_all(HOST).iter().count() == 1
}

/// The connections that are still open after the accept loop has ended.
pub struct Connections {
    /// Each open connection holds a permit, so all permits are available once all connections are
    /// closed.
    slots: Arc<Semaphore>,
    graceful: GracefulShutdown,
}

impl Connections {
    /// Waits until all connections are closed, and lets their clients carry on until then.
    pub async fn closed(&self) {
        let all = self.slots.acquire_many(MAX_CONNECTIONS).await;
        drop(all.expect("it is never closed"));
    }

    /// Closes idle connections at once, and the others after their responses. Returns false if some
    /// are still open after `grace`.
    pub async fn shutdown(self, grace: Duration) -> bool {
        timeout(grace, self.graceful.shutdown()).await.is_ok()
    }
}

/// A TCP listener that logs why it can't accept connections.
pub struct Tcp {
    listener: TcpListener,
    complaints: Complaints,
}

impl From<TcpListener> for Tcp {
    fn from(listener: TcpListener) -> Self {
        Self { listener, complaints: Complaints::default() }
    }
}

impl Listener for Tcp {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // A response is small and sent in one piece, so waiting to fill a packet would
                    // only delay it. If this call fails, the connection is broken, and the next
                    // read will report it.
                    let _ = stream.set_nodelay(true);
                    return (stream, address);
                }
                Err(error) => {
                    self.complaints.wait_after(&error).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Logs errors of `accept`, at most once every 10 s.
#[derive(Default)]
pub struct Complaints {
    last: Option<Instant>,
}

impl Complaints {
    /// Waits a moment after an error that no client caused. Usually, the process has no file
    /// descriptor left until another connection closes. Returns whether it was such an error.
    pub async fn wait_after(&mut self, error: &io::Error) -> bool {
        use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionReset | ConnectionRefused) {
            return false; // That client has left, and the next one is waiting.
        }
        if self.last.is_none_or(|last| last.elapsed() > Duration::from_secs(10)) {
            self.last = Some(Instant::now());
            log(format_args!(
                "cannot accept a connection, trying again: {error} (if there are too many open \
                 files, raise the limit: ulimit -n)"
            ));
        }
        sleep(Duration::from_millis(50)).await;
        true
    }
}
