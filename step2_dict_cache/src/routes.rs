//! The routes of a cache, of whatever kind: `/cached`, `/stats`, `DELETE /cache`.

use std::{pin::pin, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::{delete, get},
};
use step1_plain::{
    app::{Route, Routes, uncached},
    problem::Problem,
    query::{N, NoQuery},
    slow::{Slow, json},
};

use crate::cache::{Answer, Cache};

/// Their lines on the page.
pub const ROUTES: [Route; 3] = [
    Route { method: "GET", path: "/cached?n=N", example: "/cached?n=1000000" },
    Route { method: "GET", path: "/stats", example: "/stats" },
    Route { method: "DELETE", path: "/cache", example: "/cache" },
];

/// The routes of this `cache`; what it does not have, `slow` computes.
pub fn routes<C: Cache>(cache: Arc<C>, slow: Slow) -> Routes {
    let router = Router::new()
        .route("/cached", get(cached::<C>))
        .with_state((cache.clone(), slow))
        .route("/stats", get(stats::<C>))
        .route("/cache", delete(clear::<C>))
        .with_state(cache);
    Routes { lines: ROUTES.to_vec(), router, ..Routes::default() }
}

async fn cached<C: Cache>(
    State((cache, slow)): State<(Arc<C>, Slow)>,
    n: N,
    request: Request,
) -> Result<Response, Problem> {
    let answer = pin!(cache.get_or_compute(n, slow.body(n)));
    Ok(slow.time_limit.bound(answer).await?.into_response(request.headers()))
}

async fn stats<C: Cache>(State(cache): State<Arc<C>>, _: NoQuery) -> Response {
    let stats = cache.stats().await;
    let body = serde_json::to_vec(&stats).expect("names and numbers always have a JSON form");
    uncached(json(body.into()))
}

async fn clear<C: Cache>(State(cache): State<Arc<C>>, _: NoQuery) -> Result<StatusCode, Problem> {
    cache.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}
