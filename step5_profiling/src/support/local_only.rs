//! Profiles are for clients on this machine, because they show source code and cost CPU time.
//!
//! Only a client on the loopback interface gets a profile, regardless of `--bind`. Even on this
//! machine, two kinds of clients are refused: a proxy, which may forward any client's request, and
//! a page of another site in your browser. A proxy that adds none of the headers below looks like
//! you, so use `--no-profiler` behind such a proxy.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::Response,
};
use step1_plain::support::http::{
    origin::{is_cross_site, is_loopback_host},
    problem::Problem,
};

/// The headers that proxies add.
const PROXIED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Lets only clients on this machine in. A client on a Unix socket has no address.
///
/// # Errors
/// 403, with advice.
pub async fn local_only(
    ConnectInfo(client): ConnectInfo<Option<SocketAddr>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    check(client.map(|client| client.ip()), request.headers())
        .map_err(|detail| Problem::new(StatusCode::FORBIDDEN, detail))?;
    Ok(next.run(request).await)
}

fn check(client: Option<IpAddr>, headers: &HeaderMap) -> Result<(), Cow<'static, str>> {
    let Some(address) = client else {
        let detail =
            "profiles are available only over TCP from this machine; add --bind 127.0.0.1:8000";
        return Err(detail.into());
    };
    if !address.to_canonical().is_loopback() {
        let detail = format!(
            "profiles are only for clients on the server's machine, and yours is {address}; use \
             ssh -L 8000:127.0.0.1:8000 and then http://127.0.0.1:8000"
        );
        return Err(detail.into());
    }
    if let Some(name) = PROXIED.iter().find(|name| headers.contains_key(**name)) {
        let detail = format!(
            "profiles are not available through a proxy, which sends {name}; send the request to \
             the server directly"
        );
        return Err(detail.into());
    }
    if is_cross_site(headers) || !is_loopback_host(headers) {
        let detail = "profiles are not for pages of other sites, or under other host names; open \
                      http://127.0.0.1 or http://localhost yourself";
        return Err(detail.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("host", "127.0.0.1:8000");

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
            assert!(is_let_in(Some(peer), &[HERE]), "{peer}");
        }
        for peer in [Some("192.168.0.7"), Some("::ffff:10.0.0.1"), Some("2001:db8::1"), None] {
            assert!(!is_let_in(peer, &[HERE]), "{peer:?}");
        }
    }

    #[test]
    fn a_proxy_is_not_let_in() {
        for name in PROXIED {
            assert!(!is_let_in(Some("127.0.0.1"), &[HERE, (name, "")]), "{name}");
        }
    }

    #[test]
    fn a_page_of_another_site_is_not_let_in() {
        assert!(is_let_in(Some("::1"), &[HERE, ("sec-fetch-site", "same-origin")]));
        assert!(!is_let_in(Some("::1"), &[HERE, ("sec-fetch-site", "same-site")]));
        assert!(!is_let_in(Some("::1"), &[HERE, ("origin", "http://127.0.0.1:3000")]));
    }

    #[test]
    fn a_host_name_that_may_be_another_ones_is_not_let_in() {
        assert!(is_let_in(Some("127.0.0.1"), &[("host", "LOCALHOST:8000")]));
        assert!(!is_let_in(Some("127.0.0.1"), &[("host", "rebound.example:8000")]));
        assert!(!is_let_in(Some("127.0.0.1"), &[("host", "0.0.0.0:8000")]));
    }
}
