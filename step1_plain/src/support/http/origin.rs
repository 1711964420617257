//! Tells whether a page of another site sent a request.
//!
//! Any page in your browser can send requests to a server on your machine. Three headers give such
//! a page away, because the browser writes them and no page can change them:
//!
//! * `Sec-Fetch-Site` says how the page's site relates to the server
//!   (<https://www.w3.org/TR/fetch-metadata/>). Browsers send it only over HTTPS, and to
//!   `localhost` and loopback addresses.
//! * `Origin` names the page's site (RFC 6454, section 7). Browsers send it with every method
//!   except `GET` and `HEAD`.
//! * `Host` is the name under which the page reaches the server. It is the only sign of DNS
//!   rebinding (<https://crypto.stanford.edu/dns/>). In that attack, the page's host name points to
//!   your machine once the page is loaded, so the browser takes both for the same site.
//!
//! These checks keep out pages, not programs. A client that is not a browser can send any headers
//! it likes.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{
        HeaderMap, StatusCode,
        header::{AsHeaderName, HOST, ORIGIN},
    },
    middleware::Next,
    response::Response,
};

use super::problem::Problem;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Middleware for a route that changes something. It accepts requests from the server's own pages
/// and from clients that are not browsers. A client on the server's machine must also address the
/// server as `localhost` or by a loopback address, because any other name that leads there might be
/// a rebound one.
///
/// # Errors
/// 403 for all other requests.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, Problem> {
    let refuse = |detail| Err(Problem::new(StatusCode::FORBIDDEN, detail));
    let client = request.extensions().get::<ConnectInfo<Option<SocketAddr>>>();
    let is_local = client
        .and_then(|ConnectInfo(client)| *client)
        .is_some_and(|client| client.ip().to_canonical().is_loopback());
    if is_cross_site(request.headers()) {
        return refuse(
            "a page of another site may not send this request; use this server's page or curl",
        );
    }
    if is_local && !is_loopback_host(request.headers()) {
        return refuse("Host must name your own machine; use http://localhost or http://127.0.0.1");
    }
    Ok(next.run(request).await)
}

/// Whether a page of another origin sent the request. For a server at `http://localhost:8000`, even
/// a page of `http://localhost:3000` is one. Headers that no browser sends, such as two `Origin`s,
/// also count as cross-site.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let is_own_site = || matches!(only(headers, SEC_FETCH_SITE), Some("none" | "same-origin"));
    let is_own_origin = || {
        let (_, authority) = only(headers, ORIGIN)?.split_once("://")?;
        Some(authority.eq_ignore_ascii_case(only(headers, HOST)?))
    };
    headers.contains_key(SEC_FETCH_SITE) && !is_own_site()
        || headers.contains_key(ORIGIN) && is_own_origin() != Some(true)
}

/// Whether `Host` can only mean the client's own machine, as `localhost`, 127.0.0.0/8 and `[::1]`
/// do, with or without a port. `0.0.0.0` and `[::ffff:127.0.0.1]` also lead there, but browsers
/// don't send `Sec-Fetch-Site` to them, so they don't count.
pub fn is_loopback_host(headers: &HeaderMap) -> bool {
    let Some(host) = only(headers, HOST) else { return false };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse() == Ok(Ipv6Addr::LOCALHOST),
        None => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// The value of a header that occurs exactly once and is text.
fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header =
            |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().copied().map(header).collect()
    }

    const HERE: (&str, &str) = ("host", "localhost:8000");

    #[test]
    fn a_request_of_no_page_or_of_a_page_of_our_own_is_not_cross_site() {
        for sent in [
            &[][..],
            &[HERE],
            &[HERE, ("sec-fetch-site", "none")],
            &[HERE, ("sec-fetch-site", "same-origin")],
            &[HERE, ("origin", "http://localhost:8000")],
            &[HERE, ("origin", "http://LOCALHOST:8000"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(!is_cross_site(&headers(sent)), "{sent:?}");
        }
    }

    #[test]
    fn all_that_another_page_sends_is_cross_site() {
        for sent in [
            &[HERE, ("sec-fetch-site", "same-site")][..],
            &[HERE, ("sec-fetch-site", "cross-site")],
            &[HERE, ("sec-fetch-site", "")],
            &[HERE, ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
            &[HERE, ("origin", "http://localhost:3000")],
            &[HERE, ("origin", "https://evil.example")],
            &[HERE, ("origin", "null")],
            &[HERE, ("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
            &[HERE, ("origin", "http://localhost:8000"), ("origin", "http://localhost:8000")],
            &[HERE, HERE, ("origin", "http://localhost:8000")],
            &[("origin", "http://localhost:8000")],
        ] {
            assert!(is_cross_site(&headers(sent)), "{sent:?}");
        }
    }

    #[test]
    fn only_a_name_that_no_other_machine_can_have_is_this_machine() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.10:1", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback_host(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "",
            ":8000",
            "0.0.0.0:8000",
            "[::]:8000",
            "[::ffff:127.0.0.1]:8000",
            "::1",
            "127.1",
            "0127.0.0.1",
            "127.0.0.1.example",
            "192.168.0.7:8000",
            "localhost.",
            "localhost.example",
            "localhost:",
            "localhost:x@evil.example",
            "user@localhost",
            "rebound.example:8000",
        ] {
            assert!(!is_loopback_host(&headers(&[("host", host)])), "{host}");
        }
        assert!(!is_loopback_host(&headers(&[])), "no Host");
        let two = headers(&[("host", "localhost"), ("host", "localhost")]);
        assert!(!is_loopback_host(&two), "two of them");
    }
}
