//! `TARGET` names the server for the contract tests, if they should not use the step's own program.

use std::{
    env,
    net::{SocketAddr, ToSocketAddrs},
};

/// The address of a server.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port as written, for the `Host` header.
    pub host: String,
    /// Their IP addresses. `localhost` often has two, and a server listens on only one of them.
    pub addresses: Vec<SocketAddr>,
}

impl Target {
    /// The server that `TARGET` names, if it is set.
    ///
    /// # Panics
    /// If `TARGET` can't be parsed. The message is one sentence.
    pub fn from_env() -> Option<Self> {
        let text = env::var_os("TARGET").filter(|text| !text.is_empty())?;
        Some(Self::parse(&text.to_string_lossy()).unwrap_or_else(|error| panic!("{error}")))
    }

    /// Parses `http://HOST:PORT`.
    ///
    /// # Errors
    /// One sentence that shows the correct form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = |why: &str| {
            format!(
                "TARGET={text}: {why}; write where your server listens, like \
                 TARGET=http://127.0.0.1:8000"
            )
        };
        let host = text.strip_prefix("http://").ok_or_else(|| bad("it must begin with http://"))?;
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.contains(['/', '?', '#']) {
            return Err(bad("it must end with the port, without a path"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if !has_port {
            return Err(bad("it must end with a colon and the port"));
        }
        match host.to_socket_addrs() {
            Ok(addresses) => Ok(Self { host: host.to_owned(), addresses: addresses.collect() }),
            Err(_) => Err(bad("no host has that name")),
        }
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.to_string(), addresses: vec![address] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_understood() {
        for (text, host) in [
            ("http://127.0.0.1:8000", "127.0.0.1:8000"),
            ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
            ("http://[::1]:8000", "[::1]:8000"),
            ("http://localhost:8000", "localhost:8000"),
        ] {
            let target = Target::parse(text).expect("it is an address");
            assert_eq!((&*target.host, target.addresses.is_empty()), (host, false), "{text}");
            assert!(target.addresses.iter().all(|address| address.port() == 8000), "{target:?}");
        }
    }

    #[test]
    fn anything_else_is_one_sentence_that_says_what_to_write() {
        for (text, why) in [
            ("127.0.0.1:8000", "begin with http://"),
            ("https://127.0.0.1:8000", "begin with http://"),
            ("http://127.0.0.1", "the port"),
            ("http://[::1]", "the port"),
            ("http://127.0.0.1:", "the port"),
            ("http://127.0.0.1:80000", "the port"),
            ("http://127.0.0.1:8000/slow", "without a path"),
            ("http://127.0.0.1:8000?n=1", "without a path"),
            ("http://missing.invalid:8000", "no host has"),
            ("http://:8000", "no host has"),
        ] {
            let error = Target::parse(text).expect_err(text);
            assert!(error.contains(why) && error.ends_with("http://127.0.0.1:8000"), "{error}");
        }
    }
}
