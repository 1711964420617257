//! The program around the server, with its socket, signals, first lines of output and exit code.

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

/// How long shutdown waits for the requests in flight.
const GRACE: Duration = Duration::from_secs(30);

/// Serves `app` as `args` say until Ctrl-C or SIGTERM, and then finishes the requests in flight. A
/// second signal ends the program at once. `lab` has the example requests for the first lines of
/// output.
///
/// `app` is called inside the runtime, so it may spawn tasks.
pub fn run<A: App>(args: &ServerArgs, lab: &Lab, app: impl FnOnce() -> A) -> ExitCode {
    run_on(args, lab, Tcp::from, app)
}

/// Like [`run`], but accepts connections from the listener that `listen_on` creates from the
/// socket.
pub fn run_on<A: App, L>(
    args: &ServerArgs,
    lab: &Lab,
    listen_on: impl FnOnce(TcpListener) -> L,
    app: impl FnOnce() -> A,
) -> ExitCode
where
    L: Listener<Io: Client, Addr = SocketAddr>,
{
    // Every connection needs a file descriptor. Many systems start a program with a limit of 256 or
    // 1,024 and let it raise that limit. If it can't be raised, the server still runs.
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

/// tokio's event loop, which runs on the calling thread.
///
/// # Errors
/// If the system has no file descriptor left for it.
pub fn event_loop() -> io::Result<Runtime> {
    // With more blocking threads, each computation would wake another one, often on another core.
    // Two workers on two cores then computed 13% less.
    tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build()
}

/// Whether a request may change something. Only then does the application need the client's
/// address.
pub fn changes_something(request: &Request) -> bool {
    request.method() != Method::GET
}

/// Tells the application the address of its client as axum's `ConnectInfo`, but only for requests
/// for which `wants` returns true. For all requests, it would cost a hit 4% of its instructions.
pub fn tell_client(
    app: impl App,
    client: Option<SocketAddr>,
    wants: fn(&Request) -> bool,
) -> impl App {
    app.map_request(move |mut request: Request| {
        if wants(&request) {
            request.extensions_mut().insert(ConnectInfo(client));
        }
        request
    })
}

/// Binds the socket, prints its address, and serves. Returns true if every request got its
/// response.
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

/// Waits for the second signal. If the server is still running a while after the first one, logs
/// the reason.
async fn second(mut signals: StopSignals) {
    signals.next().await;
    if timeout(Duration::from_millis(1500), signals.next()).await.is_err() {
        log(format_args!(
            "stopping: finishing the requests in flight (press Ctrl-C again to stop at once)"
        ));
        signals.next().await;
    }
}

/// Explains why the server can't listen on `bind`, and how to fix it.
pub fn cannot_listen(bind: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{bind} is in use by another program; stop it, or listen elsewhere: {}",
            any_port(bind)
        ),
        ErrorKind::PermissionDenied => format!(
            "you may not use port {} (ports below 1024 are for administrators); choose \
             another: {}",
            bind.port(),
            any_port(bind)
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{} is not an address of this machine; use --bind 127.0.0.1:8000, or 0.0.0.0:8000 \
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

/// Prints the address, and commands to paste. Scripts wait for the first line.
fn say_ready(address: SocketAddr, lab: &Lab) {
    let commands = lab.commands("", &reachable(address).to_string());
    announce(format!("listening on http://{address}\n{commands}# stop with Ctrl-C\n"));
}

/// Writes to standard output on a separate thread, because writing to a full pipe would block the
/// event loop.
pub fn announce(text: String) {
    thread::spawn(move || say(&text));
}

/// Writes to standard output at once. Errors are ignored, because the server works without it.
pub fn say(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints why the program can't start, as one line on standard error.
pub fn say_error(error: &dyn std::fmt::Display) {
    Log::to_stderr().flush();
    // Not `eprintln!`, which panics if standard error is closed.
    let _ = writeln!(stderr(), "error: {error}");
}

/// Explains that the program `name` needs Unix, and which alternatives there are.
pub fn needs_unix(name: &str) -> ExitCode {
    say_error(&format_args!(
        "{name} needs Unix: run it in WSL (https://learn.microsoft.com/windows/wsl), or use the \
         earlier steps here"
    ));
    ExitCode::FAILURE
}

/// The address at which a client reaches a server that listens on `address`, which may mean
/// all addresses.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}
