//! The body of a page goes out in two small writes, on connections without `TCP_NODELAY`. Nagle's algorithm
//! holds the second write back until the client has acknowledged the first one, and the client delays its
//! acknowledgement for up to 40 ms, hoping to send it with data of its own (RFC 1122, section 4.2.3.2).
//! The server's clocks have stopped by then. At the start of a connection, Linux acknowledges at once, so a
//! single request does not show it. The fix sets `TCP_NODELAY`.

use std::{convert::Infallible, process::ExitCode};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, header::CONTENT_LENGTH},
    middleware::{Next, from_fn},
    response::Response,
};
use futures_util::{StreamExt, stream};
use step1_plain::{process_time::process_time, support::http::run};
use step3_ttl_cache::{
    app,
    stale::Lifetime,
    support::{args::TtlArgs, lab::lab},
};
use tokio::task::yield_now;

/// Step 3's program, with `TCP_NODELAY` only if `fixed`.
pub fn run(args: &TtlArgs, fixed: bool) -> ExitCode {
    let &TtlArgs { ref cache, ttl, stale_while_revalidate, stale_if_error } = args;
    let lifetime = Lifetime { ttl, stale_while_revalidate, stale_if_error };
    let app = || process_time(app(cache.capacity, lifetime).layer(from_fn(around)));
    match fixed {
        true => run::run(&cache.server, &lab(), app),
        // tokio's own listener leaves the option as it is.
        false => run::run_on(&cache.server, &lab(), |listener| listener, app),
    }
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
