//! A step's contract is a list of promises that any server can keep, even one in another language.
//!
//! The tests send requests to the server that `TARGET` names (`TARGET=http://127.0.0.1:8000`), or
//! to one that they start. They know nothing about the server except its responses.

use std::{
    cell::{Cell, RefCell},
    fmt::Display,
    io::{ErrorKind, Read, Write, stderr},
    net::TcpStream,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use super::{
    PATIENCE, Program, Response,
    exchange::{Exchange, Failure},
    promise::{Promise, Reply, Stats},
    target::Target,
};

/// Only one test at a time uses the server that `TARGET` names, because each test reads that
/// server's counters, and the server may handle only one request at a time.
static TURN: Mutex<()> = Mutex::new(());

/// That server has kept a test waiting until the deadline, and has sent no response since. The next
/// tests don't need to wait as long to find that out.
static HANGS: AtomicBool = AtomicBool::new(false);

/// The server under test.
pub struct Server {
    place: Place,
    // Held until the test is over.
    _program: Option<Program>,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// The server's address and the test's deadline, which each connection needs.
#[derive(Clone)]
struct Place {
    step: u32,
    target: Target,
    deadline: Instant,
}

impl Server {
    /// The server that `TARGET` names, or else the program of step `step` that `start` returns. The
    /// whole test has [`PATIENCE`] from this call on.
    pub fn of_step(step: u32, start: impl FnOnce() -> Program) -> Self {
        let (target, program, turn) = match Target::from_env() {
            Some(target) => {
                (target, None, Some(TURN.lock().unwrap_or_else(PoisonError::into_inner)))
            }
            None => {
                let program = start();
                (program.address.into(), Some(program), None)
            }
        };
        let place = Place { step, target, deadline: Instant::now() + PATIENCE };
        Self { place, _program: program, _turn: turn }
    }

    /// A promise. Its words follow "step N promises: ".
    pub fn promises(&self, words: impl Into<String>) -> Promise {
        self.place.promises(words)
    }

    /// A new connection.
    #[track_caller]
    pub fn connect(&self) -> Connection {
        let exchange = RefCell::new(Some(self.place.open()));
        Connection { place: self.place.clone(), exchange, opened: 1.into() }
    }

    /// Sends a `GET` request on a new connection.
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.connect().get(path)
    }

    /// Sends a request and returns all bytes that come back, until the server closes the connection
    /// or is silent for a second. An HTTP client would hide some of these bytes.
    #[track_caller]
    pub fn get_bytes(&self, request: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let silence = Some(Duration::from_secs(1));
        let sent = TcpStream::connect(&*self.place.target.addresses).and_then(|mut stream| {
            stream.set_read_timeout(silence)?;
            write!(
                stream,
                "{request}host: {}\r\nconnection: close\r\n\r\n",
                self.place.target.host
            )?;
            Ok(stream)
        });
        let mut stream = sent.unwrap_or_else(|error| panic!("{}", self.place.unreachable(&error)));
        // An error also ends the response.
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            bytes.extend(&buffer[..length]);
        }
        bytes
    }

    /// Sends a `GET` request on a new connection and returns without waiting for the response.
    #[track_caller]
    pub fn begin(&self, path: &str) -> Begun {
        let Target { host, addresses } = &self.place.target;
        let sent = TcpStream::connect(&**addresses).and_then(|mut stream| {
            write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        });
        Begun(sent.unwrap_or_else(|error| panic!("{}", self.place.unreachable(&error))))
    }

    /// Reports that a promise could not be tested, and why. `eprintln!` would not do, because the
    /// test harness shows its output only for failed tests.
    pub fn skip(&self, what: &str, why: impl Display) {
        let _ = writeln!(stderr(), "SKIPPED: step {} promises: {what}: {why}", self.place.step);
    }

    /// An `n` that keeps `/slow` busy for a tenth of a second or more, if there is one, and its
    /// duration.
    pub fn heavy_n(&self) -> (u32, Duration) {
        let connection = self.connect();
        let mut heaviest = (20_000, Duration::ZERO);
        for n in [100_000, 400_000, 1_600_000, 6_400_000] {
            // A new `n` for each request, because `/slow` may have a cache by mistake.
            let ask = |n| (n, connection.get(&format!("/slow?n={n}")));
            let (n, slow) = ask(n + some_n() % 10_000);
            if slow.response.status != 200 {
                break;
            }
            heaviest = (n, slow.took);
            // Measure twice, because the first request may have waited for something else.
            if slow.took > Duration::from_millis(100) {
                heaviest.1 = slow.took.min(ask(n + 1).1.took);
            }
            if heaviest.1 > Duration::from_millis(100) {
                break;
            }
        }
        heaviest
    }
}

impl Place {
    /// The deadline for the response to a request that is sent now.
    fn deadline(&self) -> Instant {
        let soon = Instant::now() + PATIENCE / 10;
        if HANGS.load(Relaxed) { self.deadline.min(soon) } else { self.deadline }
    }

    fn promises(&self, words: impl Into<String>) -> Promise {
        Promise { step: self.step, words: words.into() }
    }

    #[track_caller]
    fn open(&self) -> Exchange {
        match Exchange::open(&self.target.addresses, self.deadline()) {
            Ok(exchange) => exchange,
            Err(error) => panic!("{}", self.unreachable(&error)),
        }
    }

    fn unreachable(&self, why: &dyn Display) -> String {
        let host = &self.target.host;
        format!(
            "no server responds at http://{host} ({why}): start yours, and set TARGET to its address, \
             like TARGET=http://127.0.0.1:8000"
        )
    }
}

/// An `n` that probably no client has requested, small enough for a slow language to compute in a
/// second.
pub fn some_n() -> u32 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.subsec_nanos());
    // The last digits of the clock tell test runs apart. The counter tells requests at the same
    // moment apart.
    20_000 + (nanos / 1000).wrapping_add(ASKED.fetch_add(1, Relaxed) * 7919) % 80_000
}

/// A request whose response nobody has read yet.
pub struct Begun(TcpStream);

impl Begun {
    /// Whether the server has sent its response, or has closed the connection. Bytes that the server
    /// sent before another response have arrived before it, so this does not depend on when this
    /// program gets to run.
    pub fn has_response(&self) -> bool {
        !matches!(self.0.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Reads the response to its end, so that the server does not have to log a lost client.
    pub fn finish(mut self) {
        // A server that hangs is another promise's matter.
        let _ = self.0.set_nonblocking(false);
        let _ = self.0.set_read_timeout(Some(PATIENCE));
        let _ = self.0.read_to_end(&mut Vec::new());
    }
}

/// A connection that is opened again after the server closes it, as HTTP allows.
pub struct Connection {
    place: Place,
    exchange: RefCell<Option<Exchange>>,
    opened: Cell<u32>,
}

impl Connection {
    /// A `GET` request.
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &[])
    }

    /// Sends a request without a body, with `Host` and these headers.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let asked = format!("{method} {path}");
        let start = Instant::now();
        let exchanged = match self.exchange.take() {
            None => self.again(method, path, headers),
            Some(exchange) => match self.exchange_on(exchange, method, path, headers) {
                // A server may close an idle connection at any time.
                Err(Failure::Closed) => self.again(method, path, headers),
                exchanged => exchanged,
            },
        };
        let took = start.elapsed();
        let promise = self.place.promises("every request gets a response");
        match exchanged {
            Ok(response) => {
                HANGS.store(false, Relaxed);
                Reply { asked, response, took }
            }
            Err(Failure::TooLate) => {
                HANGS.store(true, Relaxed);
                promise.is_broken(
                    format!("{asked}: no complete response within {took:.1?}"),
                    "Find what hangs, or choose a smaller default for n. Even a slow language needs \
                     less than a second for each of these requests.",
                )
            }
            Err(Failure::Closed) => promise.is_broken(
                format!("{asked}: the server closed the connection without a response"),
                "See the server's log. Its handler has probably failed.",
            ),
            Err(Failure::Broken(why)) => promise.is_broken(
                format!("{asked}: this is not an HTTP response ({why})"),
                "See the server's log, and try the same request with curl -i.",
            ),
        }
    }

    /// Sends `GET /cached` with an `n` that is not in the cache, and returns the path and the
    /// response. If the cache has that `n` by chance, another one is tried, a few times at most.
    #[track_caller]
    pub fn miss(&self, promise: &Promise) -> (String, Reply) {
        for tries_left in (0..5).rev() {
            let path = format!("/cached?n={}", some_n());
            let reply = self.get(&path);
            promise.is_kept(
                reply.response.status == 200,
                reply.show_status(),
                "Send the same response as /slow.",
            );
            if reply.verdict().computed() {
                return (path, reply);
            }
            promise.is_kept(
                reply.verdict().hit && tries_left > 0,
                reply.show("Cache-Status"),
                "No client has requested this n before. Compute it, and send fwd=miss.",
            );
        }
        unreachable!("the last try was a miss, or failed")
    }

    /// The JSON of `/stats`.
    #[track_caller]
    pub fn stats(&self) -> Stats {
        Stats(self.get("/stats"))
    }

    /// How many times the connection was opened.
    pub fn opened(&self) -> u32 {
        self.opened.get()
    }

    #[track_caller]
    fn again(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response, Failure> {
        self.opened.set(self.opened.get() + 1);
        self.exchange_on(self.place.open(), method, path, headers)
    }

    fn exchange_on(
        &self,
        mut exchange: Exchange,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response, Failure> {
        let host = &self.place.target.host;
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let rest = format!("{path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n");
        let (response, is_kept_alive) = exchange.request(method, &rest, self.place.deadline())?;
        if is_kept_alive {
            self.exchange.replace(Some(exchange));
        }
        Ok(response)
    }
}
