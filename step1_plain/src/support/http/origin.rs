//! Whether a page of another site sent a request.
//!
//! Any page in your browser can send requests to a server on your machine. Three headers tell, which
//! the browser writes and no page can change:
//!
//! * `Sec-Fetch-Site` says what the page is to the server (<https://www.w3.org/TR/fetch-metadata/>).
//!   Browsers send it only over HTTPS, and to `localhost` and loopback addresses.
//! * `Origin` names the page's site (RFC 6454, section 7). Browsers send it with every method but `GET`
//!   and `HEAD`.
//! * `Host` is what the page calls the server. Only `Host` gives away DNS rebinding
//!   (<https://crypto.stanford.edu/dns/>): once the page is loaded, its host name points to your
//!   machine, so the browser takes both for the same site.
//!
//! This keeps pages out, not programs: a client that is no browser sends whatever headers it likes.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{
    HeaderMap,
    header::{AsHeaderName, HOST, ORIGIN},
};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether a page of another origin sent the request. To `http://localhost:8000`, that is also a page of
/// `http://localhost:3000`. Headers that no browser sends, such as two `Origin`s, count as such a page.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let is_own_site = || matches!(only(headers, SEC_FETCH_SITE), Some("none" | "same-origin"));
    let is_own_origin = || {
        let (_, authority) = only(headers, ORIGIN)?.split_once("://")?;
        Some(authority.eq_ignore_ascii_case(only(headers, HOST)?))
    };
    headers.contains_key(SEC_FETCH_SITE) && !is_own_site()
        || headers.contains_key(ORIGIN) && is_own_origin() != Some(true)
}

/// Whether the client calls the server by a name that means nothing but the client's own machine:
/// `localhost`, 127.0.0.0/8 or `[::1]`, with or without a port. `0.0.0.0` and `[::ffff:127.0.0.1]` lead
/// there, too, but browsers send them no `Sec-Fetch-Site`.
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

/// The value of a header that is there exactly once, if it is text.
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
    fn only_a_name_that_nobody_else_can_have_is_this_machine() {
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
