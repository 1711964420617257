//! One lock is held for the whole of each request to `/cached`, the computation included. So a hit waits for
//! the misses that came before it, although its response is there. Fixed: without this lock, because the
//! cache has its own, which it never holds while it computes.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Mutex;

/// The lock.
pub type Turn = Arc<Mutex<()>>;

/// Free.
pub fn state() -> Turn {
    Arc::default()
}

/// The layer around all routes.
pub async fn around(State(turn): State<Turn>, request: Request, next: Next) -> Response {
    let _turn = match request.uri().path() {
        "/cached" => Some(turn.lock().await),
        _ => None,
    };
    next.run(request).await
}
