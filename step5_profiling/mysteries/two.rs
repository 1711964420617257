//! Each request leaves 1 kB in a list for a page of "recent requests", and nothing ever removes it. So
//! the memory of each worker grows with the requests that it serves. The fix keeps only the last 1,000.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// The length of the fixed list.
const RECENT: usize = 1000;

/// The requests on the page.
#[derive(Clone)]
pub struct Recent {
    records: Arc<Mutex<VecDeque<String>>>,
    fixed: bool,
}

/// No requests yet.
pub fn state(fixed: bool) -> Recent {
    Recent { records: Arc::default(), fixed }
}

impl Recent {
    fn note(&self, path: &str) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.push_back(format!("{path:1024}"));
        if self.fixed && records.len() > RECENT {
            records.pop_front();
        }
    }
}

/// The layer around all routes.
pub async fn around(State(recent): State<Recent>, request: Request, next: Next) -> Response {
    recent.note(request.uri().path());
    next.run(request).await
}
