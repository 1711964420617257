//! What no sampler sees: how often each route was asked, and each heavy function was called.

use std::time::Instant;

use axum::{extract::Request, http::Method};
use step1_plain::support::http::serve::App;
use tower::service_fn;

use crate::{algorithm::Algorithm, profiler::sampling::calls::Calls};

/// The routes that are counted one by one. All other requests are counted together.
const ROUTES: [&str; 13] = [
    "GET /slow",
    "GET /cached",
    "GET /stats",
    "DELETE /cache",
    "GET /healthz",
    "GET /",
    "GET /debug/pprof/",
    "GET /debug/pprof/flamegraph",
    "GET /debug/pprof/top",
    "GET /debug/pprof/lines",
    "GET /debug/pprof/diff",
    "GET /debug/pprof/profile",
    "GET /debug/pprof/calls",
];

/// The middleware that counts each request and its time in `calls`, if there are any.
pub fn count_calls(app: impl App, calls: Option<&'static Calls>) -> impl App {
    service_fn(move |request: Request| {
        let call = calls.map(|calls| (calls, route(&request), Instant::now()));
        let response = app.clone().call(request);
        async move {
            let response = response.await;
            if let Some((calls, route, start)) = call {
                calls.add(route, start.elapsed());
            }
            response
        }
    })
}

fn route(request: &Request) -> usize {
    let (method, path) = (request.method(), request.uri().path());
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let is_it = |route: &&str| route.split_once(' ') == Some((method, path));
    ROUTES.iter().position(is_it).unwrap_or(ROUTES.len())
}

/// The row of a heavy function. Each has its own, because a reload may change from one to the other,
/// and the counts go on.
pub fn heavy(algorithm: Algorithm) -> usize {
    ROUTES.len() + 1 + algorithm as usize
}

/// The names of all rows.
pub fn names() -> Vec<String> {
    let functions = Algorithm::ALL.map(|algorithm| format!("{}()", algorithm.name()));
    let mut names: Vec<_> = ROUTES.map(str::to_owned).into();
    names.push("anything else".to_owned());
    names.extend(functions);
    names
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn a_request_is_counted_under_its_route_or_with_the_others() {
        for (method, path, name) in [
            (Method::GET, "/slow", "GET /slow"),
            (Method::HEAD, "/slow", "GET /slow"),
            (Method::DELETE, "/cache", "DELETE /cache"),
            (Method::GET, "/", "GET /"),
            (Method::POST, "/slow", "anything else"),
            (Method::GET, "/slow/", "anything else"),
            (Method::GET, "/lab/lab.js", "anything else"),
        ] {
            let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
            assert_eq!(names()[route(&request)], name, "{method} {path}");
        }
    }

    #[test]
    fn each_heavy_function_has_a_row() {
        let rows = Algorithm::ALL.map(|algorithm| names()[heavy(algorithm)].clone());
        assert_eq!(rows, ["count_primes()", "sieve_primes()"]);
    }
}
