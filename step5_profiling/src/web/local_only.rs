//! Profiles are for clients on this machine: they show source code, and they cost CPU time.
//!
//! Whatever `--bind` says, only a request from the loopback interface gets a profile, and none that came
//! through a proxy, which is on this machine itself when it asks for somebody else. (A proxy that adds
//! none of these headers looks like you. Behind one, use `--no-profiler`.)

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, StatusCode, header::HOST},
    middleware::Next,
    response::Response,
};
use step1_plain::support::http::problem::Problem;

/// What proxies add.
const PROXIED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// The middleware that lets only this machine in. A client of a Unix socket has no address.
///
/// # Errors
/// 403, with what to do.
pub async fn local_only(
    ConnectInfo(client): ConnectInfo<Option<SocketAddr>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    check(client.map(|client| client.ip()), request.headers())?;
    Ok(next.run(request).await)
}

fn check(client: Option<IpAddr>, headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |detail: String| Err(Problem::new(StatusCode::FORBIDDEN, detail));
    match client {
        Some(address) if address.to_canonical().is_loopback() => {}
        Some(address) => {
            return refuse(format!(
                "profiles are given to this machine only, and you are {address}; log in there, or \
                 use ssh -L 8000:127.0.0.1:8000 and then http://127.0.0.1:8000"
            ));
        }
        None => {
            return refuse(
                "profiles are given over TCP from this machine only; add --bind 127.0.0.1:8000"
                    .to_owned(),
            );
        }
    }
    if let Some(name) = PROXIED.iter().find(|name| headers.contains_key(**name)) {
        return refuse(format!(
            "profiles are not given through a proxy, and there is a header {name}; ask the server \
             directly"
        ));
    }
    // A page from elsewhere can have the browser ask, even if it may not read the answer; and with its
    // own name pointing here, it may.
    let is_elsewheres = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_elsewheres || !names_this_machine(headers) {
        return refuse(
            "profiles are given to no page from elsewhere, and under no other name; open \
             http://127.0.0.1 or http://localhost yourself"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether `Host` is an address or `localhost`, or there is none.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _port)) => address,
        None => host.split_once(':').map_or(host, |(name, _port)| name),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(client: Option<&str>, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let client = client.map(|address| address.parse().unwrap());
        check(client, request.body(()).unwrap().headers()).is_ok()
    }

    #[test]
    fn only_this_machine_is_let_in() {
        for peer in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert!(is_let_in(Some(peer), &[("host", "127.0.0.1:8000")]), "{peer}");
        }
        for peer in [Some("192.168.0.7"), Some("::ffff:10.0.0.1"), Some("2001:db8::1"), None] {
            assert!(!is_let_in(peer, &[]), "{peer:?}");
        }
    }

    #[test]
    fn a_proxy_is_not_let_in() {
        for name in PROXIED {
            assert!(!is_let_in(Some("127.0.0.1"), &[(name, "")]), "{name}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_not_let_in() {
        for (site, expected) in [("cross-site", false), ("none", true), ("same-origin", true)] {
            let headers = [("sec-fetch-site", site)];
            assert_eq!(is_let_in(Some("::1"), &headers), expected, "{site}");
        }
    }

    #[test]
    fn a_name_that_may_be_anybodys_is_not_let_in() {
        for (host, expected) in [
            ("127.0.0.1", true),
            ("[::1]:8000", true),
            ("LOCALHOST:8000", true),
            ("rebound.example", false),
            ("rebound.example:8000", false),
            ("127.0.0.1.example", false),
            ("", false),
        ] {
            let let_in = is_let_in(Some("127.0.0.1"), &[("host", host)]);
            assert_eq!(let_in, expected, "{host:?}");
        }
    }
}
