//! The tail: p50 and p99 of a steady stream of requests for one response, which expires once a second.

use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{Client, Program};

use crate::{
    measure::{get, millis, request, start},
    record::Sample,
};

const PATH: &str = "/cached";

/// Each connection has a request due every 200 ms, and the next connection's is due 5 ms later: 200
/// requests a second.
const CONNECTIONS: u32 = 40;
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(5);
const BETWEEN_REQUESTS: Duration = BETWEEN_CONNECTIONS.saturating_mul(CONNECTIONS);
/// How many requests each connection sends: in all, 8 s of them.
const REQUESTS: u32 = 40;

/// The programs, with what is added to their command lines. Step 1 can't keep up with so many requests.
const SERVERS: [(&str, &str); 5] = [
    ("step2_dict_cache", ""),
    ("step3_ttl_cache", " --ttl 1s"),
    ("step3_ttl_cache", " --ttl 1s --stale-while-revalidate 10s"),
    ("step4_workers", " --ttl 1s"),
    ("step4_workers", " --ttl 1s --stale-while-revalidate 10s"),
];

/// One round: p50 and p99 of every server, in milliseconds.
pub fn of_every_server() -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut samples = Vec::new();
    for (name, args) in SERVERS {
        let program = start(name, &args.split_whitespace().collect::<Vec<_>>())?;
        let latencies = open_loop(&program);
        for (case, percent) in [("p50", 50), ("p99", 99)] {
            let server = format!("{name}{args}");
            let value = millis(nearest_rank(&latencies, percent));
            samples.push(Sample { case, server, value });
        }
    }
    Ok(samples)
}

/// The latencies of all requests, sorted. In an open loop, requests are due by the clock, whether or not
/// earlier responses have come. A latency begins when its request is due, however late it is sent, so
/// that requests that had to wait for a slow response count as slow, too. (It includes the moment
/// that the system takes to wake the thread.)
fn open_loop(program: &Program) -> Vec<Duration> {
    // Before the clock starts, each worker that has a connection computes the first response. (In step 2
    // there is no single flight, so one request comes before the others.)
    get(&mut program.connect(), PATH);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| program.connect()).collect();
    clients.iter_mut().for_each(|client| client.send(request(PATH)));
    clients.iter_mut().for_each(|client| assert_eq!(client.read(true).status, 200));

    let start = Instant::now() + BETWEEN_REQUESTS;
    let latencies_of = |client: &mut Client, number| {
        let first = start + BETWEEN_CONNECTIONS * number;
        let latency = |request| {
            let due = first + BETWEEN_REQUESTS * request;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            get(client, PATH);
            due.elapsed()
        };
        (0..REQUESTS).map(latency).collect::<Vec<_>>()
    };
    let mut latencies: Vec<_> = thread::scope(|scope| {
        let spawn = |(client, number)| scope.spawn(move || latencies_of(client, number));
        let threads: Vec<_> = clients.iter_mut().zip(0..).map(spawn).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("it has its responses"))
            .collect()
    });
    latencies.sort_unstable();
    latencies
}

/// The percentile by nearest rank: the lowest latency that so many percent do not exceed.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

#[test]
fn a_percentile_is_the_latency_of_a_request() {
    let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
    for (percent, rank) in [(50, 100), (99, 198), (100, 200)] {
        assert_eq!(nearest_rank(&sorted, percent), Duration::from_millis(rank), "p{percent}");
    }
    assert_eq!(nearest_rank(&sorted[..1], 50), Duration::from_millis(1));
}
