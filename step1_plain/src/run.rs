//! From `main` to the last request: what every step's program does around its application.

use std::{
    io::{self, ErrorKind, Write, stdout},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime::Runtime, select, time::timeout};

use crate::{
    app::App,
    args::ServerArgs,
    log::{Log, log},
    server::{self, Limits},
    stop::StopSignals,
};

/// Serves `app` as `args` say until Ctrl-C or SIGTERM, then finishes the requests in flight; a
/// second signal ends the program at once.
///
/// `app` is called inside the runtime, so that it may start tasks of its own. (It is not a generic
/// parameter, so that the whole server is compiled once, here, and not again for every program.)
pub fn run(args: &ServerArgs, app: &dyn Fn() -> App) -> ExitCode {
    // Every connection is a file descriptor, and many systems start a program with only 256 or
    // 1,024 of them while allowing far more. Without more, the server still runs.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);

    let finished = event_loop().and_then(|runtime| {
        let finished = runtime.block_on(listen(args, app));
        // A computation that nobody waits for should not hold up the exit.
        runtime.shutdown_background();
        finished
    });
    let exit_code = match finished {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            log(format_args!("stopped with requests unanswered"));
            ExitCode::FAILURE
        }
        Err(error) => {
            log(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    };
    Log::to_stderr().flush();
    exit_code
}

/// One worker: one event loop on this thread, and one thread to compute on.
///
/// # Errors
/// When the system has no room for it.
pub fn event_loop() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .thread_name("compute")
        .build()
}

/// Binds, says so, and serves. True when every request was answered before the end.
async fn listen(args: &ServerArgs, app: &dyn Fn() -> App) -> io::Result<bool> {
    let listener = TcpListener::bind(args.bind)
        .await
        .map_err(|error| io::Error::new(error.kind(), cannot_listen(args.bind, &error)))?;
    let (mut stop, at_once) = (StopSignals::listen()?, StopSignals::listen()?);
    let app = app().with_access_log(args.access_log.then(Log::to_stderr));
    say_ready(listener.local_addr()?, &app);
    select! {
        finished = server::serve(listener, app, Limits::default(), stop.next()) => Ok(finished),
        () = second(at_once) => Ok(false),
    }
}

/// Waits for the second signal; and after the first, says what there is to wait for, if it takes so
/// long that somebody at a terminal would wonder.
async fn second(mut signals: StopSignals) {
    signals.next().await;
    if timeout(Duration::from_millis(1500), signals.next()).await.is_err() {
        log(format_args!(
            "stopping: finishing the requests in flight (Ctrl-C again does not wait)"
        ));
        signals.next().await;
    }
}

/// What is wrong with the address, and what to do.
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
             for all that it has",
            host(bind)
        ),
        _ => format!("cannot listen on {bind}: {error}; try --bind 127.0.0.1:0"),
    }
}

fn any_port(bind: SocketAddr) -> String {
    format!("--bind {}:0 takes any that is free (with cargo run, after a --)", host(bind))
}

fn host(bind: SocketAddr) -> String {
    if bind.is_ipv6() { format!("[{}]", bind.ip()) } else { bind.ip().to_string() }
}

/// The first line says where; scripts wait for it. The others can be pasted as they stand.
fn say_ready(address: SocketAddr, app: &App) {
    let mut text = format!("listening on http://{address}\n");
    for route in app.routes() {
        text += &route.try_it("", &reachable(address).to_string());
        text.push('\n');
    }
    text += "# stop with Ctrl-C\n";
    announce(text);
}

/// Says it on a thread of its own: a pipe that is full, and that nobody reads, must not keep the
/// event loop waiting.
pub fn announce(text: String) {
    thread::spawn(move || say(&text));
}

/// Writes to standard output, at once. A reader that went away is no reason not to serve.
pub fn say(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Where to connect to a server that listens here: "all addresses" is none of them.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_not_to_listen_names_the_mend() {
        let bind = "127.0.0.1:80".parse().unwrap();
        for kind in [
            ErrorKind::AddrInUse,
            ErrorKind::PermissionDenied,
            ErrorKind::AddrNotAvailable,
            ErrorKind::Other,
        ] {
            let text = cannot_listen(bind, &io::Error::from(kind));
            assert!(text.contains("--bind 127.0.0.1:") && !text.contains('\n'), "{text}");
        }
    }
}
