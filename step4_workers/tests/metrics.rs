//! `/metrics`, and the percentiles in `/stats`: of the whole server, from any worker, and never backwards.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use step1_plain::support::testing::{Client, Program, Response, signal, wait_until};
use support::{Load, connections, is_alive, scratch, start, stats, wait_for_workers, workers};

/// The samples of a response, by name and labels as they are written.
fn samples(response: &Response) -> BTreeMap<String, f64> {
    assert_eq!(response.status, 200, "{response:?}");
    let lines = response.text().lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(sample).collect()
}

fn metrics(program: &Program) -> BTreeMap<String, f64> {
    samples(&program.get("/metrics"))
}

fn count_of(route: &str) -> String {
    format!("http_request_duration_seconds_count{{route=\"{route}\"}}")
}

#[test]
fn every_worker_shows_the_same_totals() {
    let program = start(&["--workers", "3", "--ttl", "1h"]);
    let mut clients: Vec<_> = (0..12).map(|_| program.connect()).collect();
    for client in &mut clients {
        client.get("/cached?n=1000");
        client.get("/slow?n=1000");
        assert_eq!(client.request("POST", "/slow", "content-length: 0\r\n").status, 405);
    }
    let mut names = Vec::new();
    for client in &mut clients {
        let response = client.get("/metrics");
        names.push(response.header("x-worker").unwrap().to_owned());
        let samples = samples(&response);
        let sample = |name: &str| samples[name];
        assert_eq!(sample(&count_of("/cached")), 12.0);
        assert_eq!(sample(&count_of("/slow")), 24.0);
        assert_eq!((sample("cache_misses_total"), sample("cache_hits_total")), (3.0, 9.0));
        assert_eq!(sample("cache_entries"), 3.0);
        assert_eq!(sample("workers{state=\"ready\"}"), 3.0);
        assert!(sample("worker_connections") >= 12.0);
        assert_eq!(sample("worker_restarts_total{reason=\"signal\"}"), 0.0);
        let latency = &client.get("/stats").json()["latency"];
        assert!(latency["/slow"]["p50"].as_f64().unwrap() > 0.0, "{latency}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3, "all workers responded");
}

#[test]
fn the_count_of_each_route_is_the_number_of_responses() {
    let program = start(&["--workers", "2"]);
    for (route, path, requests) in
        [("/slow", "/slow?n=10", 7), ("/cached", "/cached?n=10", 31), ("other", "/nowhere", 5)]
    {
        let before = metrics(&program);
        for _ in 0..requests {
            program.get(path);
        }
        let after = metrics(&program);
        let risen = |name: &str| after[name] - before[name];
        // The first `/metrics` counts itself after it has read the counters.
        let scrapes = f64::from(u8::from(route == "other"));
        assert_eq!(risen(&count_of(route)), f64::from(requests) + scrapes, "{route}");
        assert_eq!(risen("http_responses_total"), f64::from(requests) + 1.0, "{route}");
    }
    assert!(stats(&program)["latency"]["other"]["p99.9"].is_f64());
}

#[test]
fn a_request_whose_client_leaves_has_no_duration() {
    let program = start(&["--workers", "1"]);
    // It waits behind these, so that it can't have a response before its client leaves.
    let mut busy: Vec<_> = (0..4).map(|_| program.connect()).collect();
    for (client, n) in busy.iter_mut().zip(9_999_996..) {
        client.send(format!("GET /cached?n={n} HTTP/1.1\r\nhost: test\r\n\r\n"));
    }
    wait_until(|| stats(&program)["misses"] == 4);
    let mut client = program.connect();
    client.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| connections(&program)[0] == 6); // The last one is for `/stats`.
    drop(client);
    wait_until(|| connections(&program)[0] == 5);
    assert_eq!(metrics(&program)[&count_of("/slow")], 0.0);
    assert_eq!(stats(&program)["latency"].get("/slow"), None);
}

#[test]
fn percentiles_tell_slow_responses_from_fast_ones() {
    let program = start(&["--workers", "2", "--ttl", "1h"]);
    let mut client = program.connect();
    client.get("/cached?n=1000000");
    for _ in 0..99 {
        assert_eq!(client.get("/cached?n=1000000").status, 200);
    }
    let stats = stats(&program);
    let [p50, p99, p99_9] =
        ["p50", "p99", "p99.9"].map(|at| stats["latency"]["/cached"][at].as_f64().unwrap());
    // The one miss of a hundred is the slowest by far, however slow the machine is.
    assert!(p50 <= p99 && p50 * 3.0 < p99_9, "{stats}");
}

#[test]
fn a_scrape_is_never_stored_and_takes_no_parameters_and_no_other_method() {
    let program = start(&["--workers", "1"]);
    let response = program.get("/metrics");
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    program.get("/metrics?name=up").expect_problem(400);
    let post = program.connect().request("POST", "/metrics", "content-length: 0\r\n");
    post.expect_problem(405);
    assert_eq!(post.header("allow"), Some("GET,HEAD"));
}

#[test]
fn only_redis_knows_how_many_entries_a_shared_cache_has() {
    // No Redis is there, which is an error of the cache and not of the request.
    let program = start(&["--workers", "1", "--cache", "redis://127.0.0.1:1/0"]);
    assert_eq!(program.get("/cached?n=10").status, 200);
    let metrics = metrics(&program);
    assert_eq!(metrics.get("cache_entries"), None);
    assert!(metrics["cache_errors_total"] >= 1.0, "{metrics:?}");
}

/// Scrapes one worker after the other until told to stop. Fails if a total ever goes backwards.
fn scrape_until(stop: Arc<AtomicBool>, address: SocketAddr) -> thread::JoinHandle<usize> {
    let mut last = BTreeMap::<String, f64>::new();
    let mut scrapes = 0;
    thread::spawn(move || {
        while !stop.load(Relaxed) {
            let Some(response) = try_get(address) else { continue };
            let samples = samples(&response);
            let totals = ["_total", "_bucket", "_sum", "_count"];
            for (name, value) in &samples {
                let metric = name.split('{').next().unwrap();
                if totals.iter().any(|end| metric.ends_with(end)) {
                    let before = last.get(name).unwrap_or(&0.0);
                    assert!(value >= before, "{name} was {before} and is {value}");
                }
            }
            for route in ["/slow", "/cached", "other"] {
                let all = format!(
                    "http_request_duration_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}}"
                );
                assert_eq!(samples[&all], samples[&count_of(route)]);
            }
            last = samples;
            scrapes += 1;
        }
        scrapes
    })
}

/// `GET /metrics` on a new connection, or `None` if its worker was killed before the response.
fn try_get(address: SocketAddr) -> Option<Response> {
    let scrape = move || Client::connect(address).get("/metrics");
    std::panic::catch_unwind(scrape).ok()
}

#[test]
fn totals_never_go_backwards_while_workers_are_killed_and_reloaded_under_load() {
    let program = start(&["--workers", "3"]);
    let load = Load::start(program.address, 8);
    let stop = Arc::new(AtomicBool::new(false));
    let scraping: Vec<_> = (0..2).map(|_| scrape_until(stop.clone(), program.address)).collect();
    for round in 1..=6 {
        load.go_on_for(100);
        let victim = wait_for_workers(&program, 3)[0];
        signal(victim, "KILL");
        wait_until(|| !is_alive(victim));
        load.go_on_for(100);
        program.signal("HUP");
        program.wait_for_log(&format!("generation {} serves", round + 1));
    }
    let failures = load.stop();
    stop.store(true, Relaxed);
    let scrapes: Vec<_> = scraping.into_iter().map(|it| it.join().unwrap()).collect();
    // One of them may have waited for the successor of a killed worker.
    assert!(scrapes.iter().sum::<usize>() >= 24, "{scrapes:?}");
    let samples = metrics(&program);
    assert!(failures.len() <= 6 * 8, "{failures:?}");
    assert!(samples[&count_of("/cached")] >= 1200.0, "{samples:?}");
    assert_eq!(samples["worker_restarts_total{reason=\"signal\"}"], 6.0);
    assert!(samples["worker_restarts_total{reason=\"reload\"}"] >= 12.0, "{samples:?}");
}

/// The program with this name, unless it is missing. Then there is a note, or a failure if
/// `PROMETHEUS_TESTS_REQUIRED` is set.
fn prometheus_tool(name: &str) -> Option<Command> {
    let mut version = Command::new(name);
    let version = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return Some(Command::new(name));
    }
    assert!(env::var_os("PROMETHEUS_TESTS_REQUIRED").is_none(), "{name} is not installed");
    // Write past the test harness, which hides the output of passing tests.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: a test of /metrics, as {name} is not installed (Debian: apt install prometheus; \
         macOS: brew install prometheus)"
    );
    None
}

#[test]
fn promtool_finds_nothing_to_complain_of() {
    let Some(mut promtool) = prometheus_tool("promtool") else { return };
    let program = start(&["--workers", "2"]);
    program.get("/cached?n=10");
    let mut check = promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(&program.get("/metrics").body).unwrap();
    let checked = check.wait_with_output().unwrap();
    let said = [checked.stdout, checked.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(checked.status.success() && said == [""; 2], "{said:?}");
}

/// A `prometheus`, killed when dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    folder: std::path::PathBuf,
}

impl Prometheus {
    /// Starts one that scrapes this program twice a second; `None` where it is missing.
    fn start(program: &Program) -> Option<Self> {
        let mut command = prometheus_tool("prometheus")?;
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = scratch("prometheus");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("prometheus.yml");
        let config = format!(
            "scrape_configs:\n- job_name: step4\n  scrape_interval: 500ms\n  \
             scrape_timeout: 500ms\n  static_configs:\n  - targets: ['{}']\n",
            program.address
        );
        fs::write(&file, config).unwrap();
        let child = command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let prometheus = Self { child, address, folder };
        wait_until(|| std::net::TcpStream::connect(address).is_ok());
        Some(prometheus)
    }

    /// The current value of an expression that has at most one.
    fn query(&self, expression: &str) -> Option<f64> {
        let encode = |byte: u8| match byte {
            b'a'..=b'z' | b'_' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let encoded: String = expression.bytes().map(encode).collect();
        // HTTP/1.0, so that the body ends with the connection and not in chunks.
        let mut client = Client::connect(self.address);
        client.send(format!("GET /api/v1/query?query={encoded} HTTP/1.0\r\n\r\n"));
        let response = client.read(true);
        if response.status != 200 {
            return None; // It is not ready yet.
        }
        let value = response.json()["data"]["result"][0]["value"][1].as_str()?.parse();
        Some(value.unwrap())
    }

    /// Waits until an expression has this value. (After a scrape that took too long, it has none.)
    #[track_caller]
    fn wait_for(&self, expression: &str, value: f64) {
        wait_until(|| {
            thread::sleep(Duration::from_millis(50));
            self.query(expression) == Some(value)
        });
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn prometheus_scrapes_it_and_has_the_same_counts() {
    let program = start(&["--workers", "2", "--ttl", "1h"]);
    for _ in 0..25 {
        program.get("/cached?n=1000");
    }
    let Some(prometheus) = Prometheus::start(&program) else { return };
    prometheus.wait_for("up", 1.0);
    prometheus.wait_for(&count_of("/cached"), 25.0);
    prometheus.wait_for("cache_hits_total + cache_misses_total", 25.0);
    let buckets = "http_request_duration_seconds_bucket{route=\"/cached\"}";
    prometheus.wait_for(&format!("histogram_quantile(0.5, {buckets}) > bool 0"), 1.0);
    signal(workers(&program, "ready")[0], "KILL");
    prometheus.wait_for("worker_restarts_total{reason=\"signal\"}", 1.0);
    // The counts of the killed worker remain.
    prometheus.wait_for(&count_of("/cached"), 25.0);
    prometheus.wait_for(&format!("resets({}[1m])", count_of("/cached")), 0.0);
}
