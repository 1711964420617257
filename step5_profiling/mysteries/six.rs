//! The body of a page goes out in two small writes, on connections without `TCP_NODELAY`. Nagle's algorithm
//! holds the second write back until the client has acknowledged the first one, and the client delays its
//! acknowledgement for up to 40 ms, hoping to send it with data of its own (RFC 1122, section 4.2.3.2).
//! The server's clocks have stopped by then. At the start of a connection, Linux acknowledges at once, so a
//! single request does not show it. Fixed: with `TCP_NODELAY`.

use std::{convert::Infallible, io, process::ExitCode, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, header::CONTENT_LENGTH},
    middleware::{Next, from_fn},
    response::Response,
};
use futures_util::{StreamExt, stream};
use step1_plain::{
    process_time::process_time,
    support::http::{
        log::Log,
        run::{announce, cannot_listen, changes_something, event_loop, say_error, tell_client},
        serve::{KEEP_ALIVE, Options, Tcp, serve},
        stop::StopSignals,
    },
};
use step3_ttl_cache::{
    app,
    stale::Lifetime,
    support::{args::TtlArgs, lab::lab},
};
use tokio::{net::TcpListener, task::yield_now};

/// Step 3's program, started as step 1's `run` does, but with `TCP_NODELAY` only if `fixed`.
pub fn run(args: &TtlArgs, fixed: bool) -> ExitCode {
    let served = event_loop().and_then(|runtime| {
        let served = runtime.block_on(listen(args, fixed));
        runtime.shutdown_background();
        served
    });
    if let Err(error) = &served {
        say_error(error);
    }
    Log::to_stderr().flush();
    if matches!(served, Ok(true)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn listen(args: &TtlArgs, fixed: bool) -> io::Result<bool> {
    let &TtlArgs { ref cache, ttl, stale_while_revalidate, stale_if_error } = args;
    let bind = cache.server.bind;
    let listener = TcpListener::bind(bind)
        .await
        .map_err(|error| io::Error::new(error.kind(), cannot_listen(bind, &error)))?;
    let mut stop = StopSignals::listen()?;
    let (address, log) = (listener.local_addr()?, cache.server.access_log.then(Log::to_stderr));
    let lifetime = Lifetime { ttl, stale_while_revalidate, stale_if_error };
    let router: Router = app(cache.capacity, lifetime).layer(from_fn(around));
    let app = process_time(router);
    let commands = lab().commands("", &address.to_string());
    announce(format!("listening on http://{address}\n{commands}# stop with Ctrl-C\n"));
    let app = |client| tell_client(app.clone(), Some(client), changes_something);
    let options = Options { keep_alive: KEEP_ALIVE, log };
    let connections = match fixed {
        true => serve(Tcp::from(listener), app, options, stop.next()).await,
        false => serve(listener, app, options, stop.next()).await,
    };
    Ok(connections.shutdown(Duration::from_secs(30)).await)
}

async fn around(request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && request.uri().path() == "/cached";
    let (mut head, body) = next.run(request).await.into_parts();
    if !is_page {
        return Response::from_parts(head, body);
    }
    let mut first = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(CONTENT_LENGTH, first.len().into());
    let second = first.split_off(first.len() / 2);
    let second = async {
        yield_now().await; // So that hyper writes the first part at once.
        Ok::<_, Infallible>(second)
    };
    let parts = stream::iter([Ok(first)]).chain(stream::once(second));
    Response::from_parts(head, Body::from_stream(parts))
}
