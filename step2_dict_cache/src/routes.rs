//! The routes of a cache: `/cached`, `/stats` and `DELETE /cache`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use step1_plain::{
    slow::{N, Slow},
    support::http::{origin::same_origin, problem::Problem, query::NoQuery},
};

use crate::{
    cache::{Cache, CachedResponse},
    shared_dict::SharedDict,
};

/// The handler of `GET /cached`. The response comes from `cache` or is computed by `slow`.
pub async fn cached(
    State((cache, slow)): State<(Arc<SharedDict>, Slow)>,
    n: N,
) -> Result<CachedResponse, Problem> {
    cache.get_or_compute(n, slow.begin(n)).await
}

/// `GET /stats`, and `DELETE /cache`, which pages of other sites may not send.
pub fn stats_and_clear<C: Cache>(cache: Arc<C>) -> Router {
    Router::new()
        .route("/stats", get(stats::<C>))
        .route("/cache", delete(clear::<C>).route_layer(from_fn(same_origin)))
        .with_state(cache)
}

async fn stats<C: Cache>(State(cache): State<Arc<C>>, _: NoQuery) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(cache.stats().await)).into_response()
}

async fn clear<C: Cache>(State(cache): State<Arc<C>>, _: NoQuery) -> Result<StatusCode, Problem> {
    cache.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}
