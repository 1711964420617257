//! The cases. The five programs run as in a class, but built with `--release`, and get requests over HTTP on
//! this machine. Each round measures every server once, so other work of the machine disturbs all of them
//! alike.

use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{Client, Program};

use crate::{record::Sample, tail};

const ROUNDS: usize = 5;

/// The clients that request the same response at once after the cache has dropped it.
const CROWD: usize = 32;

/// The clients that send requests all the time, each with a new `n`, and for how long.
const CLIENTS: usize = 16;
const WHILE: Duration = Duration::from_secs(3);

/// The programs, with what is added to their command lines. The last one has the fix.
const STEPS: [(&str, &[&str]); 5] = [
    ("step1_plain", &[]),
    ("step2_dict_cache", &[]),
    ("step3_ttl_cache", &["--ttl", "1h"]),
    ("step4_workers", &["--ttl", "1h"]),
    ("step5_profiling", &["--ttl", "1h", "--algorithm", "sieve"]),
];

type Samples = Result<Vec<Sample>, Box<dyn Error>>;

/// All rounds of all cases.
pub fn everything() -> Samples {
    rounds(|| {
        let mut samples = Vec::new();
        for (name, args) in STEPS {
            samples.extend(of_step(name, &start(name, args)?));
        }
        for workers in ["1", "2", "4", "8"] {
            samples.extend(of_workers(workers)?);
        }
        samples.extend(tail::of_every_server()?);
        Ok(samples)
    })
}

/// All rounds of the tail, and no other case.
pub fn only_the_tail() -> Samples {
    rounds(tail::of_every_server)
}

fn rounds(measure: impl Fn() -> Samples) -> Samples {
    let mut samples = Vec::new();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        samples.extend(measure()?);
    }
    Ok(samples)
}

/// The four cases of a step in the picture of the chapter.
fn of_step(name: &str, program: &Program) -> [Sample; 4] {
    let path = if name == "step1_plain" { "/slow" } else { "/cached" };
    let sample = |case, time: Duration| Sample { case, server: name.into(), value: millis(time) };

    let mut client = program.connect();
    let url = with_new_n(path);
    let first = time(|| get(&mut client, &url));

    let start = Instant::now();
    let mut again = Vec::new();
    while start.elapsed() < Duration::from_millis(500) {
        again.push(time(|| get(&mut client, &url)));
    }
    again.sort();

    if path == "/cached" {
        assert_eq!(client.request("DELETE", "/cache", "").status, 204);
    }
    let mut crowd: Vec<_> = (0..CROWD).map(|_| program.connect()).collect();
    let stampede = time(|| {
        crowd.iter_mut().for_each(|client| client.send(request(&url)));
        crowd.iter_mut().for_each(|client| assert_eq!(client.read(true).status, 200));
    });

    [
        sample("first", first),
        sample("again", again[again.len() / 2]),
        sample("stampede", stampede),
        sample("different", time_of_one(program.address, path)),
    ]
}

/// Time and memory with this number of workers.
fn of_workers(workers: &str) -> Result<Vec<Sample>, Box<dyn Error>> {
    let program = start("step4_workers", &["--workers", workers])?;
    let mut samples = vec![Sample {
        case: "workers",
        server: workers.into(),
        value: millis(time_of_one(program.address, "/slow")),
    }];
    if let Some(value) = private_mebibytes(&program) {
        samples.push(Sample { case: "memory", server: workers.into(), value });
    }
    Ok(samples)
}

/// Starts a program that was built beside this one.
///
/// # Errors
/// When it was not built.
pub fn start(name: &str, args: &[&str]) -> Result<Program, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let folder = example.ancestors().nth(2).ok_or("this program is in no folder of Cargo's")?;
    let program: PathBuf = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.exists() {
        let advice = "first: cargo build --release --workspace --bins";
        return Err(format!("{} is not there; {advice}", program.display()).into());
    }
    Ok(Program::start(&program.to_string_lossy(), args))
}

/// The path with a new `n` each time. All of them take about as long to compute.
fn with_new_n(path: &str) -> String {
    static REQUESTED: AtomicU32 = AtomicU32::new(0);
    format!("{path}?n={}", 2_000_000 + REQUESTED.fetch_add(1, Relaxed))
}

/// The bytes of a request.
pub fn request(url: &str) -> String {
    format!("GET {url} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

/// Sends a request, and reads its response.
pub fn get(client: &mut Client, url: &str) {
    assert_eq!(client.get(url).status, 200);
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The time in milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The time per response, while all clients send requests.
fn time_of_one(server: SocketAddr, path: &str) -> Duration {
    let start = Instant::now();
    let send_requests = || {
        let mut client = Client::connect(server);
        let mut responses = 0;
        while start.elapsed() < WHILE {
            get(&mut client, &with_new_n(path));
            responses += 1;
        }
        responses
    };
    let responses: u32 = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(send_requests)).collect();
        clients.into_iter().map(|client| client.join().expect("it has its responses")).sum()
    });
    start.elapsed() / responses
}

/// The memory of a worker that it shares with no other process, at the median. `None` if the system does not
/// tell.
fn private_mebibytes(program: &Program) -> Option<f64> {
    let stats = program.get("/stats").json();
    let pids = stats["workers"].as_array()?.iter().filter_map(|worker| worker["pid"].as_u64());
    let mut sizes: Vec<_> = pids.map(private_kibibytes).collect::<Option<_>>()?;
    sizes.sort_unstable();
    let median = *sizes.get(sizes.len() / 2)?;
    Some(f64::from(median) / 1024.0)
}

fn private_kibibytes(pid: u64) -> Option<u32> {
    let sizes = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let private = sizes.lines().filter_map(|line| line.strip_prefix("Private_"));
    private.map(|line| line.split_whitespace().nth(1)?.parse::<u32>().ok()).sum()
}
