//! The command line that all steps share.

use std::net::{SocketAddr, ToSocketAddrs};

/// Where and how to serve.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(
        short, long, env = "BIND", value_name = "ADDR",
        default_value = "127.0.0.1:8000", value_parser = parse_bind
    )]
    pub bind: SocketAddr,

    /// Write a line a request to standard error: method, path, status, time, cache verdict
    #[arg(long)]
    pub access_log: bool,
}

/// Reads `HOST:PORT`; a name such as `localhost` is looked up.
///
/// # Errors
/// What to write instead.
pub fn parse_bind(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| "write HOST:PORT, for example 127.0.0.1:8000 or [::1]:8000".to_owned())
}
