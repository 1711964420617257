//! Where to listen: a network address, or a file.

use std::{fmt, net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};
use step1_plain::support::args::parse_bind;

/// One `--bind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bind {
    /// `HOST:PORT`.
    Tcp(SocketAddr),
    /// `unix:PATH`: a Unix socket, for a proxy on the same machine.
    Unix(PathBuf),
}

impl Bind {
    /// Reads `HOST:PORT` or `unix:PATH`.
    ///
    /// # Errors
    /// A sentence that names the allowed forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("write unix:PATH, for example unix:/tmp/server.sock".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => parse_bind(text)
                .map(Self::Tcp)
                .map_err(|allowed| format!("{allowed}, or unix:/tmp/server.sock")),
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
