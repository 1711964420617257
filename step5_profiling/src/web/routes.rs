//! The routes of the profiler. Some are those of Go's `net/http/pprof`, and the others are similar.
//!
//! The event loop only waits. The sampler of each worker takes the samples, and a separate thread
//! looks up their symbols and draws them. If the client leaves, the future of its request is
//! dropped, and the session ends with it.

use std::{fmt::Display, sync::Arc, thread};

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, HOST},
    },
    middleware::from_fn,
    response::Response,
    routing::get,
};
use step1_plain::support::http::{fallback::method_not_allowed, problem::Problem, query::NoQuery};
use tokio::sync::oneshot;

use super::{
    index,
    parameters::{Parameters, View},
    rows::{ROWS, wait_routes},
};
use crate::{
    profiler::{
        sampling::{
            calls,
            collect::Profiler,
            control::{Busy, ProfileRequest},
            previous::Previous,
            profile::Profile,
        },
        views::{
            diff::{self, Baseline},
            flamegraph, lines, pprof_file, top,
        },
        waits::{period::Waits, views as waits_views},
    },
    support::{
        local_only::local_only,
        respond::{json, svg, text, typed, wants_json},
    },
};

/// Example requests.
pub const REQUESTS: [&str; 8] = [
    "GET /debug/pprof/",
    "GET /debug/pprof/flamegraph?seconds=5",
    "GET /debug/pprof/top?seconds=5",
    "GET /debug/pprof/lines?seconds=5",
    "GET /debug/pprof/diff?seconds=5",
    "GET /debug/pprof/profile?seconds=5",
    "GET /debug/pprof/waits?seconds=5",
    "GET /debug/pprof/calls",
];

/// The routes, which only serve clients on this machine.
pub fn routes(profiler: Arc<Profiler>) -> Router {
    Router::new()
        .route("/debug/pprof/", get(index_page))
        .route("/debug/pprof/profile", get(profile))
        .route("/debug/pprof/flamegraph", get(flamegraph))
        .route("/debug/pprof/top", get(top))
        .route("/debug/pprof/lines", get(lines))
        .route("/debug/pprof/diff", get(diff))
        .route("/debug/pprof/waits", get(waits))
        .route("/debug/pprof/calls", get(calls))
        .with_state(profiler)
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(local_only))
}

async fn index_page(
    State(profiler): State<Arc<Profiler>>,
    _: NoQuery,
    headers: HeaderMap,
) -> Response {
    // `local_only` has checked that this is a host name or an address, so it contains no HTML.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8000");
    typed("text/html; charset=utf-8", index::html(host, &profiler.workers(), profiler.running()))
}

async fn profile(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let mut response = take(profiler, parameters, |profile, _| {
        let file = pprof_file::gzip(profile).map_err(failed)?;
        Ok(typed("application/octet-stream", file))
    })
    .await?;
    let attachment = HeaderValue::from_static("attachment; filename=\"profile.pb.gz\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment);
    Ok(response)
}

async fn flamegraph(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    take(profiler, parameters, |profile, previous| {
        previous.store(&Baseline::lines(profile));
        Ok(svg(flamegraph::svg(profile).map_err(failed)?))
    })
    .await
}

async fn top(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    take(profiler, parameters, move |profile, _| {
        Ok(match wants_json(&headers) {
            true => json(&top::json(profile)),
            false => text(top::text(profile)),
        })
    })
    .await
}

async fn lines(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    take(profiler, parameters, |profile, _| Ok(text(lines::text(profile)))).await
}

async fn diff(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let nothing_yet = || {
        let detail = "there is nothing to compare with yet: take a flamegraph, make your change, \
                      then try again";
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    if profiler.recording.previous.load().is_none() {
        return Err(nothing_yet());
    }
    take(profiler, parameters, move |profile, previous| {
        let baseline =
            previous.load().map(|text| Baseline::parse(&text)).ok_or_else(nothing_yet)?;
        Ok(svg(diff::svg(&baseline, profile, parameters.shape).map_err(failed)?))
    })
    .await
}

async fn waits(
    State(profiler): State<Arc<Profiler>>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let ProfileRequest { duration, worker, .. } = checked(&profiler, parameters)?;
    let waits = Waits::record(&profiler, duration, worker, &wait_routes()).await;
    if let Some(why) = waits_views::no_requests(&waits) {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why));
    }
    Ok(match parameters.view {
        View::Flamegraph => svg(waits_views::svg(&waits).map_err(failed)?),
        View::Table if wants_json(&headers) => json(&waits_views::json(&waits)),
        View::Table => text(waits_views::text(&waits)),
    })
}

async fn calls(State(profiler): State<Arc<Profiler>>, _: NoQuery, headers: HeaderMap) -> Response {
    let rows = calls::rows(&profiler.recording.calls, &ROWS);
    if wants_json(&headers) { json(&rows) } else { text(calls::text(&rows)) }
}

/// Takes a profile and shows it. `show` also gets the profile of the last flamegraph, for `diff`.
async fn take(
    profiler: Arc<Profiler>,
    parameters: Parameters,
    show: impl FnOnce(&Profile, &Previous) -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let request = checked(&profiler, parameters)?;
    let claim = profiler.claim().map_err(conflict)?;
    let session = claim.record(request).await.map_err(failed)?;

    let draw = move || {
        // The claim lasts until the response is ready.
        let (claim, profile) = session.into_profile();
        match profile.no_samples() {
            Some(why) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why)),
            None => show(&profile, &claim.recording().previous),
        }
    };
    // Draws on a new thread, because the compute thread may be busy.
    let (send, drawn) = oneshot::channel();
    thread::Builder::new().spawn(move || drop(send.send(draw()))).map_err(failed)?;
    drawn.await.unwrap_or_else(|_| Err(failed("drawing it panicked")))
}

/// The requested profile.
///
/// # Errors
/// 400 if there is no such worker.
fn checked(profiler: &Profiler, parameters: Parameters) -> Result<ProfileRequest, Problem> {
    let (request, workers) = (parameters.request(), profiler.workers());
    match request.worker.filter(|pid| !workers.contains(pid)) {
        None => Ok(request),
        Some(pid) => {
            let detail = format!("there is no worker {pid}; the workers are {workers:?}");
            Err(Problem::new(StatusCode::BAD_REQUEST, detail))
        }
    }
}

fn conflict(busy: Busy) -> Problem {
    let left = busy.duration.saturating_sub(busy.elapsed).as_secs() + 1;
    let detail = format!("{busy}; try again in {left} s");
    Problem::new(StatusCode::CONFLICT, detail).retry_after(left as u32)
}

fn failed(error: impl Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no profile: {error}"))
}
