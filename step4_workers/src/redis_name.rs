//! Looking up the name of the machine that Redis is on.
//!
//! The system's look-up blocks, for many seconds if a name server does not answer. tokio would have
//! it done by the thread that computes, and so each would wait for the other.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    thread,
};

use redis::{RedisError, RedisFuture, io::AsyncDNSResolver};
use tokio::sync::oneshot;

/// Looks names up on a thread of their own, which is there for one look-up.
pub struct Names;

type Addresses<'a> = Box<dyn Iterator<Item = SocketAddr> + Send + 'a>;

impl AsyncDNSResolver for Names {
    fn resolve<'a, 'b: 'a>(&'a self, host: &'b str, port: u16) -> RedisFuture<'a, Addresses<'a>> {
        let (found, finding) = oneshot::channel();
        let host = host.to_owned();
        let look_up = move || {
            // Nobody waits any more if it took too long.
            let _ = found.send((host.as_str(), port).to_socket_addrs());
        };
        let started = thread::Builder::new().spawn(look_up);
        Box::pin(async move {
            started?;
            let found = finding.await.map_err(io::Error::other)?;
            Ok::<Addresses<'a>, RedisError>(Box::new(found?))
        })
    }
}
