//! The program around the server: its socket, its signals, its first lines and its exit code.

use std::{
    io::{self, ErrorKind, Write, stderr, stdout},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    thread,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::Method,
    serve::Listener,
};
use tokio::{net::TcpListener, runtime::Runtime, select, time::timeout};
use tower::ServiceExt;

use super::{
    client::Client,
    log::{Log, log},
    serve::{App, KEEP_ALIVE, Options, Tcp, serve},
    stop::StopSignals,
};
use crate::support::{args::ServerArgs, lab::Lab};

/// How long a stop waits for the requests in flight.
const GRACE: Duration = Duration::from_secs(30);

/// Serves `app` as `args` say, until Ctrl-C or SIGTERM, and then finishes the requests in flight. A
/// second signal ends the program at once. `lab` says which requests to try.
///
/// `app` is called inside the runtime, so it may spawn tasks.
pub fn run<A: App>(args: &ServerArgs, lab: &Lab, app: impl FnOnce() -> A) -> ExitCode {
    run_on(args, lab, Tcp::from, app)
}

/// As [`run`], but accepts connections from the listener that `listen_on` makes of the socket.
pub fn run_on<A: App, L>(
    args: &ServerArgs,
    lab: &Lab,
    listen_on: impl FnOnce(TcpListener) -> L,
    app: impl FnOnce() -> A,
) -> ExitCode
where
    L: Listener<Io: Client, Addr = SocketAddr>,
{
    // Every connection is a file descriptor, and many systems start a program with only 256 or
    // 1,024 of them while allowing far more. Without more, the server still runs.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);

    let finished = event_loop().and_then(|runtime| {
        let finished = runtime.block_on(listen(args, lab, listen_on, app));
        // A computation that no client waits for should not hold up the exit.
        runtime.shutdown_background();
        finished
    });
    let exit_code = match finished {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            log(format_args!("stopped before all requests had a response"));
            ExitCode::FAILURE
        }
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    };
    Log::to_stderr().flush();
    exit_code
}

/// tokio's event loop, on the thread that calls.
///
/// # Errors
/// If the system has no descriptor left for it.
pub fn event_loop() -> io::Result<Runtime> {
    // With more threads, each computation would wake another one, often on another core: two workers on
    // two cores then computed 13 % less.
    tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build()
}

/// Whether a request may change something. Only then does the application ask who its client is.
pub fn changes_something(request: &Request) -> bool {
    request.method() != Method::GET
}

/// The application, which is told the address of its client as axum's `ConnectInfo`, but only for these
/// requests. For all of them, it would cost a hit 4 % of its instructions.
pub fn tell_client(
    app: impl App,
    client: Option<SocketAddr>,
    asks: fn(&Request) -> bool,
) -> impl App {
    app.map_request(move |mut request: Request| {
        if asks(&request) {
            request.extensions_mut().insert(ConnectInfo(client));
        }
        request
    })
}

/// Binds, says where, and serves. Returns true if every request got its response before the end.
async fn listen<A: App, L>(
    args: &ServerArgs,
    lab: &Lab,
    listen_on: impl FnOnce(TcpListener) -> L,
    app: impl FnOnce() -> A,
) -> io::Result<bool>
where
    L: Listener<Io: Client, Addr = SocketAddr>,
{
    let listener = TcpListener::bind(args.bind)
        .await
        .map_err(|error| io::Error::new(error.kind(), cannot_listen(args.bind, &error)))?;
    let (mut stop, at_once) = (StopSignals::listen()?, StopSignals::listen()?);
    let (app, log) = (app(), args.access_log.then(Log::to_stderr));
    say_ready(listener.local_addr()?, lab);
    let server = async {
        let options = Options { keep_alive: KEEP_ALIVE, log };
        let app = |client| tell_client(app.clone(), Some(client), changes_something);
        let connections = serve(listen_on(listener), app, options, stop.next()).await;
        connections.shutdown(GRACE).await
    };
    select! {
        finished = server => Ok(finished),
        () = second(at_once) => Ok(false),
    }
}

/// Waits for the second signal. If the server is still there a while after the first one, it says what
/// it waits for.
async fn second(mut signals: StopSignals) {
    signals.next().await;
    if timeout(Duration::from_millis(1500), signals.next()).await.is_err() {
        log(format_args!(
            "stopping: finishing the requests in flight (press Ctrl-C again to stop at once)"
        ));
        signals.next().await;
    }
}

/// Why the server can't listen on `bind`, and what to do.
pub fn cannot_listen(bind: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{bind} is in use by another program; stop that one, or listen elsewhere: {}",
            any_port(bind)
        ),
        ErrorKind::PermissionDenied => format!(
            "the system does not give port {} to you (below 1024, it keeps them for \
             administrators); choose another: {}",
            bind.port(),
            any_port(bind)
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{} is no address of this machine; use --bind 127.0.0.1:8000, or 0.0.0.0:8000 \
             for all its addresses",
            host(bind)
        ),
        _ => format!("cannot listen on {bind}: {error}; try --bind 127.0.0.1:0"),
    }
}

fn any_port(bind: SocketAddr) -> String {
    format!("--bind {}:0 picks a free port (with cargo run, after a --)", host(bind))
}

fn host(bind: SocketAddr) -> String {
    if bind.is_ipv6() { format!("[{}]", bind.ip()) } else { bind.ip().to_string() }
}

/// Scripts wait for the first line. The others can be pasted as they stand.
fn say_ready(address: SocketAddr, lab: &Lab) {
    let commands = lab.commands("", &reachable(address).to_string());
    announce(format!("listening on http://{address}\n{commands}# stop with Ctrl-C\n"));
}

/// Writes to standard output on a thread of its own, because writing to a full pipe would block the
/// event loop.
pub fn announce(text: String) {
    thread::spawn(move || say(&text));
}

/// Writes to standard output at once. Errors are ignored, because the server works without it.
pub fn say(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Why the program can't start, in one line on standard error.
pub fn say_error(error: &dyn std::fmt::Display) {
    Log::to_stderr().flush();
    // No `eprintln!`, which panics if standard error is closed.
    let _ = writeln!(stderr(), "error: {error}");
}

/// What to do instead, for a program of this name that needs Unix and is started elsewhere.
pub fn needs_unix(name: &str) -> ExitCode {
    say_error(&format_args!(
        "{name} needs Unix: run it in WSL (https://learn.microsoft.com/windows/wsl), or stay with the \
         steps before it here"
    ));
    ExitCode::FAILURE
}

/// Where to connect to a server that listens on this address, which may stand for all addresses.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}
