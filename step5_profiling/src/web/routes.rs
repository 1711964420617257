//! The routes of the profiler: Go's paths, and some more of the same kind.
//!
//! The event loop only waits. Each worker's own sampler takes the samples, and a thread looks up what
//! they mean and draws it. A client that leaves ends the recording, because its request's future is
//! dropped, and with it the right to the profiler.

use std::{fmt::Display, sync::Arc, time::SystemTime};

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HOST},
    },
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use step1_plain::support::http::{fallback::method_not_allowed, problem::Problem, query::NoQuery};
use tokio::task::spawn_blocking;

use super::{index, local_only::local_only, parameters::Parameters};
use crate::{
    count_calls::names,
    profiler::{
        sampling::{
            calls, collect::Profiler, order::Busy, previous::Previous, profile::Profile,
            symbols::in_workspace,
        },
        views::{
            diff::{self, Before},
            flamegraph, lines, pprof_file, top,
        },
    },
};

/// Requests to try.
pub const REQUESTS: [&str; 7] = [
    "GET /debug/pprof/",
    "GET /debug/pprof/flamegraph?seconds=5",
    "GET /debug/pprof/top?seconds=5",
    "GET /debug/pprof/lines?seconds=5",
    "GET /debug/pprof/diff?seconds=5",
    "GET /debug/pprof/profile?seconds=5",
    "GET /debug/pprof/calls",
];

/// What the handlers share.
#[derive(Clone)]
pub struct Shared {
    profiler: Arc<Profiler>,
    /// What calls are counted under.
    names: Arc<[String]>,
}

/// The routes, for clients on this machine.
pub fn routes(profiler: Arc<Profiler>) -> Router {
    let names = names().into();
    Router::new()
        .route("/debug/pprof/", get(index_page))
        .route("/debug/pprof/profile", get(profile))
        .route("/debug/pprof/flamegraph", get(flamegraph))
        .route("/debug/pprof/top", get(top))
        .route("/debug/pprof/lines", get(lines))
        .route("/debug/pprof/diff", get(diff))
        .route("/debug/pprof/calls", get(calls))
        .with_state(Shared { profiler, names })
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(local_only))
}

async fn index_page(State(shared): State<Shared>, _: NoQuery, headers: HeaderMap) -> Response {
    let profiler = &shared.profiler;
    // What came, as long as it is no HTML.
    let is_plain =
        |host: &&str| host.bytes().all(|it| it.is_ascii_alphanumeric() || b".:[]".contains(&it));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(is_plain);
    let host = host.unwrap_or("127.0.0.1:8000");
    typed("text/html; charset=utf-8", index::html(host, &profiler.workers(), profiler.running()))
}

async fn profile(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let mut response = take(shared, parameters, |profile, _| {
        let file = pprof_file::gzip(profile).map_err(failed)?;
        Ok(typed("application/octet-stream", file))
    })
    .await?;
    let attachment = HeaderValue::from_static("attachment; filename=\"profile.pb.gz\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment);
    Ok(response)
}

async fn flamegraph(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    take(shared, parameters, |profile, previous| {
        previous.store(&Before::lines(profile));
        Ok(svg(flamegraph::svg(profile).map_err(failed)?))
    })
    .await
}

async fn top(
    State(shared): State<Shared>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    take(shared, parameters, move |profile, _| {
        Ok(match wants_json(&headers) {
            true => json(&top::json(profile)),
            false => text(top::text(profile)),
        })
    })
    .await
}

async fn lines(State(shared): State<Shared>, parameters: Parameters) -> Result<Response, Problem> {
    take(shared, parameters, |profile, _| {
        Ok(text(lines::text(profile, in_workspace, program_was_built())))
    })
    .await
}

async fn diff(State(shared): State<Shared>, parameters: Parameters) -> Result<Response, Problem> {
    let nothing_yet = || {
        let detail = "there is nothing to compare with yet: take a flamegraph, make your change, then \
                      ask again";
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    if shared.profiler.recording.previous.load().is_none() {
        return Err(nothing_yet());
    }
    take(shared, parameters, move |profile, previous| {
        let before = previous.load().map(|text| Before::parse(&text)).ok_or_else(nothing_yet)?;
        Ok(svg(diff::svg(&before, profile, parameters.shape).map_err(failed)?))
    })
    .await
}

async fn calls(State(shared): State<Shared>, _: NoQuery, headers: HeaderMap) -> Response {
    let rows = calls::rows(&shared.profiler.recording.calls, &shared.names);
    if wants_json(&headers) { json(&rows) } else { text(calls::text(&rows)) }
}

/// Takes a profile and shows it; `show` is also given the place of the flamegraph to compare with.
async fn take(
    shared: Shared,
    Parameters { wish, .. }: Parameters,
    show: impl FnOnce(&Profile, &Previous) -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let workers = shared.profiler.workers();
    if let Some(pid) = wish.worker.filter(|pid| !workers.contains(pid)) {
        let detail = format!("there is no worker {pid}; there are {workers:?}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    let claim = shared.profiler.claim().map_err(busy)?;
    let taken = claim.record(wish).await.map_err(failed)?;

    let draw = move || {
        // The right to the profiler lasts until the response is there.
        let (claim, profile) = taken.into_profile();
        match profile.nothing() {
            Some(words) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, words)),
            None => show(&profile, &claim.recording().previous),
        }
    };
    spawn_blocking(draw).await.unwrap_or_else(|_| Err(failed("drawing it panicked")))
}

fn busy(Busy { holder, since, period }: Busy) -> Problem {
    let left = period.saturating_sub(since).as_secs() + 1;
    let detail = format!(
        "a profile of {:.0} s is being taken by worker {holder}, for {:.1} s already; try again in \
         {left} s",
        period.as_secs_f64(),
        since.as_secs_f64(),
    );
    Problem::new(StatusCode::CONFLICT, detail).retry_after(left as u32)
}

fn failed(error: impl Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no profile: {error}"))
}

/// When this program was built, as far as its file tells.
fn program_was_built() -> Option<SystemTime> {
    std::fs::metadata("/proc/self/exe").and_then(|file| file.modified()).ok()
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("application/json"))
}

fn json(value: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("names and numbers always have a JSON form");
    typed("application/json", body)
}

fn text(body: String) -> Response {
    typed("text/plain; charset=utf-8", body)
}

fn svg(body: Vec<u8>) -> Response {
    typed("image/svg+xml", body)
}

fn typed(content_type: &'static str, body: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], body.into()).into_response()
}
