//! The rows of `calls` and `waits`, for the routes and the heavy functions.

use std::array::from_fn;

use axum::{extract::Request, http::Method};

use crate::{algorithm::Algorithm, profiler::sampling::gauges::ROUTES};

/// The names of the rows. Each heavy function has its own row, because the counts outlive a reload
/// that switches from one function to the other.
pub const ROWS: [&str; 10] = [
    "GET /slow",
    "GET /cached",
    "GET /stats",
    "DELETE /cache",
    "GET /healthz",
    "GET /",
    "GET /debug/pprof/",
    "anything else",
    "count_primes()",
    "sieve_primes()",
];

const PROFILER: usize = 6;
const ANYTHING_ELSE: usize = 7;

/// The names of the routes in `waits`, by row. Requests to the profiler are left out, because they
/// spend their time waiting for the profile to end.
pub fn wait_routes() -> [Option<&'static str>; ROUTES] {
    from_fn(|row| Some(ROWS[row]).filter(|_| row != PROFILER))
}

/// The row of a request.
pub fn row(request: &Request) -> usize {
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    match (method.as_str(), request.uri().path()) {
        ("GET", "/slow") => 0,
        ("GET", "/cached") => 1,
        ("GET", "/stats") => 2,
        ("DELETE", "/cache") => 3,
        ("GET", "/healthz") => 4,
        ("GET", "/") => 5,
        ("GET", path) if path.starts_with("/debug/pprof/") => PROFILER,
        _ => ANYTHING_ELSE,
    }
}

/// The row of a heavy function.
pub fn heavy(algorithm: Algorithm) -> usize {
    ANYTHING_ELSE + 1 + algorithm as usize
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
            (Method::GET, "/debug/pprof/", "GET /debug/pprof/"),
            (Method::GET, "/debug/pprof/top", "GET /debug/pprof/"),
            (Method::POST, "/slow", "anything else"),
            (Method::GET, "/slow/", "anything else"),
            (Method::GET, "/lab/lab.js", "anything else"),
        ] {
            let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
            assert_eq!(ROWS[row(&request)], name, "{method} {path}");
        }
    }

    #[test]
    fn each_heavy_function_has_its_row() {
        let rows = [Algorithm::Trial, Algorithm::Sieve].map(|algorithm| ROWS[heavy(algorithm)]);
        assert_eq!(rows, ["count_primes()", "sieve_primes()"]);
    }
}
