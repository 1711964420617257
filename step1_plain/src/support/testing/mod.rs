//! Helpers for the tests of every step. They send requests to an application as a value, start and
//! stop the real program, and send exact bytes over a socket.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Barrier, mpsc},
    thread,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use futures_util::FutureExt;
use tower::ServiceExt;

use crate::support::http::{computation::Begin, serve::App, timing::Timed};

#[cfg(unix)]
pub mod browser;
pub mod cache_verdict;
pub mod contract;
pub mod exchange;
#[cfg(unix)]
pub mod picture;
pub mod prediction;
pub mod promise;
pub mod redis;
pub mod target;

/// The longest time that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A response, from an application or from a socket.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case and their values, in the order of the response.
    pub headers: Vec<(String, String)>,
    /// The body, empty for HEAD.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header. None of our headers occurs twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("every body of ours is UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// Fails unless this is an RFC 9457 problem with this status. Returns its `detail`.
    #[track_caller]
    pub fn expect_problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "errors are never cached");
        let body = self.json();
        assert_eq!(body["status"], status, "{body}");
        assert!(body["type"].is_string() && body["title"].is_string(), "{body}");
        body["detail"].as_str().expect("a problem of ours has a detail").to_owned()
    }
}

/// Sends a request with these extra headers to an application, without a socket.
pub async fn ask(app: &impl App, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a test's request is well formed");
    let (parts, body) =
        app.clone().oneshot(request).await.unwrap_or_else(|error| match error {}).into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("our bodies are in memory");
    let text = |value: &axum::http::HeaderValue| {
        value.to_str().expect("every header of ours is ASCII").to_owned()
    };
    Response {
        status: parts.status.as_u16(),
        headers: parts.headers.iter().map(|(k, v)| (k.to_string(), text(v))).collect(),
        body: body.into(),
    }
}

/// Sends a `GET` request to an application, without a socket.
pub async fn get(app: &impl App, path: &str) -> Response {
    ask(app, "GET", path, &[]).await
}

/// A computation that takes no time.
pub fn computed(body: impl Into<Bytes>) -> impl Begin {
    let body = Timed::from(body.into());
    async { Ok(async { Ok(body) }.boxed()) }
}

/// Waits until `it_is_so` returns true. Fails after [`PATIENCE`].
#[track_caller]
pub fn wait_until(mut it_is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !it_is_so() {
        assert!(Instant::now() < deadline, "not so after {PATIENCE:?}");
        thread::yield_now();
    }
}

/// Starts `threads` threads together and returns the time until each of them has done `work` once.
pub fn time_threads(threads: usize, work: impl Fn() + Sync) -> Duration {
    let start = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let spawn = |_| {
            scope.spawn(|| {
                start.wait();
                work();
            })
        };
        let workers: Vec<_> = (0..threads).map(spawn).collect();
        start.wait();
        let start = Instant::now();
        workers.into_iter().for_each(|worker| worker.join().expect("the work does not panic"));
        start.elapsed()
    })
}

/// A running program of this workspace. Dropping it kills the program.
pub struct Program {
    child: Child,
    /// The address where it listens, from its first line of output.
    pub address: SocketAddr,
    stdout: mpsc::Receiver<String>,
    stderr: mpsc::Receiver<String>,
}

/// The exit status and the output of a program.
#[derive(Debug)]
pub struct Stopped {
    /// The exit status.
    pub status: ExitStatus,
    /// Its standard output. For a [`Program`], the first line is missing.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Program {
    /// Starts `program` on a free port and waits until it listens.
    pub fn start(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        Self::start_command(command.args(args).args(["--bind", "127.0.0.1:0"]))
    }

    /// Starts a command and waits until it prints the address where it listens.
    pub fn start_command(command: &mut Command) -> Self {
        // Some tests open a thousand connections, and a shell may allow fewer files.
        #[cfg(unix)]
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let mut program = Self::spawn(command);
        let first = program.stdout.recv_timeout(PATIENCE).unwrap_or_default();
        let Some(address) = first.trim_end().strip_prefix("listening on http://") else {
            panic!("it said {first:?} instead of where it listens; and {:?}", program.stop_now());
        };
        program.address = address.parse().expect("the ready line ends with an address");
        program
    }

    fn spawn(command: &mut Command) -> Self {
        // The developer's own environment must not change a test, unless the test sets the
        // variable.
        for name in ["BIND", "WEB_CONCURRENCY"] {
            if !command.get_envs().any(|(set, _)| set == name) {
                command.env_remove(name);
            }
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = lines(child.stdout.take().expect("it is piped"));
        let stderr = lines(child.stderr.take().expect("it is piped"));
        Self { child, address: SocketAddr::from(([0; 4], 0)), stdout, stderr }
    }

    /// Opens a new connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends a `GET` request on a new connection.
    pub fn get(&self, path: &str) -> Response {
        self.connect().get(path)
    }

    /// The process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends the program a signal by name, such as `TERM` or `INT`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// The next line on standard output.
    pub fn line(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).expect("it says something more")
    }

    /// Waits for a line on standard error that contains this text, and returns it. Earlier lines
    /// are discarded.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) -> String {
        let mut before = String::new();
        loop {
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => before += &line,
                Err(_) => panic!("it never says {text:?}, only:\n{before}"),
            }
        }
    }

    /// Waits until the program exits.
    pub fn wait(mut self) -> Stopped {
        wait_until(|| self.child.try_wait().expect("it is our child").is_some());
        self.stop_now()
    }

    fn stop_now(&mut self) -> Stopped {
        let _ = self.child.kill();
        let status = self.child.wait().expect("it is our child");
        // Both channels end with the process.
        let (stdout, stderr) = (self.stdout.iter().collect(), self.stderr.iter().collect());
        Stopped { status, stdout, stderr }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program that should soon exit by itself.
pub fn run_to_end(program: &str, args: &[&str]) -> Stopped {
    run_command_to_end(Command::new(program).args(args))
}

/// Runs a command that should soon exit by itself.
pub fn run_command_to_end(command: &mut Command) -> Stopped {
    Program::spawn(command).wait()
}

/// Sends a signal by name to a process.
#[cfg(unix)]
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill -s {name} {pid}");
}

/// Reads whole lines on a separate thread.
fn lines(from: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (to, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = to.send(line + "\n");
        }
    });
    lines
}

/// One connection, for requests that a test writes itself.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Opens a connection.
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout that is not zero is allowed");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout that is not zero is allowed");
        stream.set_nodelay(true).expect("TCP has this option");
        Self { stream: BufReader::new(stream) }
    }

    /// Sends these bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).expect("the server reads");
    }

    /// Sends a request and reads the response. The connection stays open.
    pub fn request(&mut self, method: &str, path: &str, headers: &str) -> Response {
        self.send(format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n"));
        self.read(method != "HEAD")
    }

    /// A `GET` request.
    pub fn get(&mut self, path: &str) -> Response {
        self.request("GET", path, "")
    }

    /// Reads one response.
    pub fn read(&mut self, with_body: bool) -> Response {
        let mut line = self.line();
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {line:?}"));
        let mut headers = Vec::new();
        loop {
            line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if with_body {
            let length = response.header("content-length").unwrap_or("0");
            response.body = vec![0; length.parse().expect("a length is a number")];
            self.stream.read_exact(&mut response.body).expect("the whole body comes");
        }
        response
    }

    /// Whether the server has closed the connection without sending another byte.
    pub fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(length) => length == 0,
            // A reset also ends the connection.
            Err(error) => {
                matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server responds in time");
        line.trim_end().to_owned()
    }
}
