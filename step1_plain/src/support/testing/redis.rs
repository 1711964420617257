//! A Redis server for one test.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use super::wait_until;

/// A `redis-server` process. Dropping it kills the process.
pub struct Redis {
    /// The process.
    pub child: Child,
    /// The address where it listens.
    pub address: SocketAddr,
}

impl Redis {
    /// Returns `None` and prints a note if Redis is not installed. With `REDIS_TESTS_REQUIRED`, it
    /// fails.
    pub fn start_at(address: SocketAddr) -> Option<Self> {
        let (port, ip) = (address.port().to_string(), address.ip().to_string());
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", &ip, "--save", "", "--appendonly", "no"]);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(child) = child else {
            assert!(env::var_os("REDIS_TESTS_REQUIRED").is_none(), "redis-server is not installed");
            // Write past the test harness, which hides the output of passing tests.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: a test of --cache redis://, as redis-server is not installed \
                 (Debian: apt install redis-server; macOS: brew install redis)"
            );
            return None;
        };
        let redis = Self { child, address };
        wait_until(|| TcpStream::connect(address).is_ok_and(|stream| command_ok(stream, "PING")));
        Some(redis)
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Sends one command, whose words contain no spaces.
    pub fn tell(&self, command: &str) {
        let stream = TcpStream::connect(self.address).expect("it listens");
        assert!(command_ok(stream, command), "{command}");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command_ok(mut stream: TcpStream, command: &str) -> bool {
    let mut response = String::new();
    let sent = stream.write_all(format!("{command}\r\n").as_bytes());
    sent.and_then(|()| BufReader::new(stream).read_line(&mut response)).is_ok()
        && !response.is_empty()
        && !response.starts_with('-')
}

/// An address on which nothing listens.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound")
}
