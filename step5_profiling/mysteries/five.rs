//! Each request to `/cached` holds one lock from beginning to end, even while it computes. So a hit waits for
//! earlier misses, although its response is in the cache. The fix removes this lock, because the cache has
//! its own, which it never holds while it computes.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Mutex;

/// Held by the request to `/cached` that is being served.
pub type Lock = Arc<Mutex<()>>;

/// A lock that no request holds.
pub fn state() -> Lock {
    Arc::default()
}

/// The layer around all routes.
pub async fn around(State(lock): State<Lock>, request: Request, next: Next) -> Response {
    let _guard = match request.uri().path() {
        "/cached" => Some(lock.lock().await),
        _ => None,
    };
    next.run(request).await
}
