//! Each request for a page goes through a list of all pages that were ever requested, up to 1,000, to see
//! whether the page is new. It converts each of them to lower case to compare them. So a hit costs more CPU
//! time with each new page. The fix is a set of pages in lower case, which looks at only one place.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// The most pages, so that the memory has a bound.
const MOST: usize = 1000;

/// The pages that were requested. Only one of the two has any.
#[derive(Clone)]
pub struct Pages {
    list: Arc<Mutex<Vec<String>>>,
    set: Arc<Mutex<HashSet<String>>>,
    fixed: bool,
}

/// No pages yet.
pub fn state(fixed: bool) -> Pages {
    Pages { list: Arc::default(), set: Arc::default(), fixed }
}

impl Pages {
    /// Adds a page if it is new. Never inlined, so that a profile shows it under its own name.
    #[inline(never)]
    fn note(&self, page: &str) {
        let page = page.to_lowercase();
        if self.fixed {
            let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
            if set.len() < MOST {
                set.insert(page);
            }
        } else {
            let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
            let times = list.iter().filter(|it| it.to_lowercase() == page).count();
            if times == 0 && list.len() < MOST {
                list.push(page);
            }
        }
    }
}

/// The layer around all routes.
pub async fn around(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/cached" {
        pages.note(request.uri().query().unwrap_or_default());
    }
    next.run(request).await
}
