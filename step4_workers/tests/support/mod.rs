//! The tests of this step share the program with its workers, files of their own, and load.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;
use step1_plain::support::testing::{PATIENCE, Program, wait_until};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_step4_workers");

/// The program with these flags.
pub fn start(args: &[&str]) -> Program {
    Program::start(PROGRAM, args)
}

/// `/stats`, from any worker.
pub fn stats(program: &Program) -> Value {
    program.get("/stats").json()
}

/// The process ids of the workers in this state.
pub fn workers(program: &Program, state: &str) -> Vec<u32> {
    let stats = stats(program);
    let workers = stats["workers"].as_array().unwrap().iter();
    let workers = workers.filter(|worker| worker["state"] == state);
    workers.map(|worker| worker["pid"].as_u64().unwrap() as u32).collect()
}

/// The open connections of each worker that is ready.
pub fn connections(program: &Program) -> Vec<u64> {
    let stats = stats(program);
    let workers = stats["workers"].as_array().unwrap().iter();
    let workers = workers.filter(|worker| worker["state"] == "ready");
    workers.map(|worker| worker["connections"].as_u64().unwrap()).collect()
}

/// Waits until this many workers are ready, and no worker is in another state.
#[track_caller]
pub fn wait_for_workers(program: &Program, count: usize) -> Vec<u32> {
    wait_until(|| {
        let all = stats(program)["workers"].as_array().unwrap().len();
        all == count && workers(program, "ready").len() == count
    });
    workers(program, "ready")
}

pub fn is_alive(pid: u32) -> bool {
    // A zombie is dead, but its parent has not reaped it yet.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

/// A path of this test's own, with no file at it.
pub fn scratch(name: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("step4-{}-{name}", process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// Clients that send requests without a pause until told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    failures: Arc<Mutex<Vec<Failure>>>,
    clients: Vec<JoinHandle<()>>,
}

/// A request without a response.
#[derive(Debug)]
pub struct Failure {
    pub error: io::Error,
    /// The worker that responded before on the same connection.
    pub worker: Option<u32>,
    /// Whether the server refused the connection.
    pub refused: bool,
}

impl Load {
    /// Half of the clients keep their connections alive, and the others open one for each request.
    pub fn start(address: SocketAddr, clients: usize) -> Self {
        let (stop, answered) = <(Arc<AtomicBool>, Arc<AtomicU64>)>::default();
        let failures = Arc::<Mutex<Vec<Failure>>>::default();
        let clients = (0..clients)
            .map(|client| {
                let (stop, answered) = (stop.clone(), answered.clone());
                let failures = failures.clone();
                thread::spawn(move || {
                    let mut connection = None;
                    while !stop.load(Relaxed) {
                        match ask(address, &mut connection) {
                            Ok(()) => drop(answered.fetch_add(1, Relaxed)),
                            Err(failure) => {
                                connection = None;
                                failures.lock().unwrap().push(failure);
                            }
                        }
                        if client % 2 == 0 {
                            connection = None;
                        }
                    }
                })
            })
            .collect();
        Self { stop, answered, failures, clients }
    }

    /// Waits until this many more requests have a response.
    #[track_caller]
    pub fn go_on_for(&self, requests: u64) {
        let enough = self.answered.load(Relaxed) + requests;
        wait_until(|| {
            thread::sleep(Duration::from_millis(1));
            self.answered.load(Relaxed) >= enough
        });
    }

    /// Ends the load, and returns the failed requests.
    pub fn stop(self) -> Vec<Failure> {
        self.stop.store(true, Relaxed);
        self.clients.into_iter().for_each(|client| client.join().unwrap());
        self.failures.lock().unwrap().drain(..).collect()
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    worker: Option<u32>,
}

fn ask(address: SocketAddr, connection: &mut Option<Connection>) -> Result<(), Failure> {
    if connection.is_none() {
        let stream = TcpStream::connect(address).map_err(|error| {
            thread::sleep(Duration::from_millis(1)); // Avoid a million failures a second.
            Failure { error, worker: None, refused: true }
        })?;
        stream.set_nodelay(true).and(stream.set_read_timeout(Some(PATIENCE))).unwrap();
        *connection = Some(Connection { stream: BufReader::new(stream), worker: None });
    }
    let open = connection.as_mut().expect("it was just opened");
    match exchange(&mut open.stream) {
        Ok((worker, is_last)) => {
            open.worker = Some(worker);
            if is_last {
                *connection = None;
            }
            Ok(())
        }
        Err(error) => Err(Failure { error, worker: open.worker, refused: false }),
    }
}

/// Sends one request and reads the response. Returns the worker, and whether the connection closes.
fn exchange(stream: &mut BufReader<TcpStream>) -> io::Result<(u32, bool)> {
    stream.get_mut().write_all(b"GET /cached?n=1000 HTTP/1.1\r\nhost: test\r\n\r\n")?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    let header = |name| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let number = |name| header(name).and_then(|text| text.parse::<u32>().ok());
    let mut body = vec![0; number("content-length:").unwrap_or(0) as usize];
    stream.read_exact(&mut body)?;
    if !head.starts_with("HTTP/1.1 200 ") || !body.starts_with(b"{\"n\":1000,\"primes\":168,") {
        return Err(io::Error::other(head));
    }
    let worker = number("x-worker:").ok_or_else(|| io::Error::other("no x-worker"))?;
    Ok((worker, header("connection:") == Some("close")))
}
