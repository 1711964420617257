//! The queue obeys arithmetic. The waiting time of requests follows from the utilization of the
//! compute thread.
//!
//! ```sh
//! cargo run --release -p step1_plain --example queue      # two minutes, on a machine that does nothing else
//! ```
//!
//! Queueing theory describes random arrivals at one server with a fixed service time as an M/D/1
//! queue. Step 1's compute thread is such a server (`src/compute.rs`), because all requests for the
//! same `n` have the same service time. So theory predicts the mean time in the system, in service
//! times, from the utilization ρ alone: 1 + ρ / (2 (1 - ρ)). The `Server-Timing` of each response
//! tells us how long the request was in the queue and how long it computed.
//!
//! Read [`predicted`], [`simulated`] and [`measure`], in this order. The loops are those of
//! `examples/load`.

#[path = "../load/args.rs"]
#[allow(dead_code, reason = "only its durations are used here")]
mod args;
#[path = "../load/client.rs"]
mod client;
#[path = "../load/loops.rs"]
mod loops;
#[path = "../load/progress.rs"]
mod progress;
#[path = "../load/record.rs"]
#[allow(dead_code, reason = "nothing is drawn here")]
mod record;
#[path = "../load/schedule.rs"]
#[allow(dead_code, reason = "all arrivals are at random here")]
mod schedule;
#[path = "../load/start.rs"]
mod start;
#[path = "../load/table.rs"]
#[allow(dead_code, reason = "the table is another one here")]
mod table;

use std::{
    future::pending, net::Ipv4Addr, process::ExitCode, sync::Arc, sync::mpsc, thread,
    time::Duration,
};

use axum::http::HeaderValue;
use clap::Parser;
use step1_plain::{
    app,
    primes::MAX_N,
    process_time::process_time,
    support::http::{
        query::whole_number,
        run::{event_loop, say},
        serve::{KEEP_ALIVE, Options, Tcp, serve},
    },
};
use tokio::net::TcpListener;

use crate::{
    args::{parse_length, parse_seed},
    client::Target,
    loops::{Load, Outcomes, closed_loop, open_loop},
    progress::record_all,
    record::Record,
    schedule::poisson,
    start::start,
    table::{digits, remarks},
};

/// Mean time in the system ÷ service time of an M/D/1 queue (Pollaczek and Khinchine's formula for
/// a service time that never varies). `utilization` is arrivals a second × service time. From 1 on,
/// the queue grows without end.
fn predicted(utilization: f64) -> f64 {
    if utilization >= 1.0 {
        return f64::INFINITY;
    }
    1.0 + utilization / (2.0 * (1.0 - utilization))
}

/// The same figure, simulated for these arrivals. Each request starts when it has arrived and the
/// one before it is done (Lindley's recursion). The difference from [`predicted`] is chance.
fn simulated(arrivals: impl Iterator<Item = Duration>, service: Duration) -> f64 {
    let (mut free, mut count, mut in_system) = (Duration::ZERO, 0.0, 0.0);
    for arrival in arrivals {
        free = free.max(arrival) + service;
        in_system += (free - arrival).div_duration_f64(service);
        count += 1.0;
    }
    in_system / count
}

/// The utilizations to measure.
const UTILIZATIONS: [f64; 3] = [0.5, 0.8, 0.9];

/// Measures at each utilization, and prints a table.
async fn measure(load: &Load, seed: u64) -> Result<(), String> {
    let first = service_time(load).await?;
    say(&format!(
        "service time {} ms, measured with one request at a time\n\n\
             planned   actual  requests  errors  predicted  simulated  measured  measured/predicted\n",
        milliseconds(first),
    ));
    let mut loops = Vec::new();
    for utilization in UTILIZATIONS {
        let rate = utilization / first.as_secs_f64();
        let outcomes = open_loop(load, poisson(rate, seed), 1024);
        let (record, served) = run(&format!("utilization {utilization}"), load, outcomes).await?;

        // The service time varies from run to run, so we take it from this run.
        let service = served.computing.div_f64(served.responses);
        let actual = rate * service.as_secs_f64();
        let arrivals = poisson(rate, seed).take_while(|at| *at < load.length);
        let (predicted, simulated) = (predicted(actual), simulated(arrivals, service));
        let measured = 1.0 + served.queueing.div_duration_f64(served.computing);
        let (requests, errors) = (record.requests(), record.failed());
        let ratio = measured / predicted;
        say(&format!(
            "{utilization:>11.3}  {actual:>7.3}  {requests:>8}  {errors:>6}  {predicted:>9.2}  \
             {simulated:>9.2}  {measured:>8.2}  {ratio:>18.2}\n"
        ));
        loops.push((format!("utilization {utilization}"), record));
    }
    say(&format!("\n{}", remarks(&loops)));
    Ok(())
}

/// How long the compute thread takes for a request that finds it idle. If the next request is
/// already waiting, it takes a little less, so the actual utilization is lower than planned.
///
/// # Errors
/// Like [`run`].
async fn service_time(load: &Load) -> Result<Duration, String> {
    let load = Load { length: load.length / 8, ..load.clone() };
    let (_, served) = run("service time", &load, closed_loop(&load, 1)).await?;
    Ok(served.computing.div_f64(served.responses))
}

/// The sums of the times in `Server-Timing`.
#[derive(Default)]
struct Served {
    responses: f64,
    queueing: Duration,
    computing: Duration,
}

/// # Errors
/// If no response below 400 has both times in `Server-Timing`, with the reason and advice.
async fn run(name: &str, load: &Load, outcomes: Outcomes) -> Result<(Record, Served), String> {
    let mut served = Served::default();
    let record = record_all(name, load.length, outcomes, |outcome| {
        if let Ok(Some(timing)) = &outcome.result
            && let (Some(queue), Some(compute)) = (part(timing, "queue"), part(timing, "compute"))
        {
            served.responses += 1.0;
            served.queueing += queue;
            served.computing += compute;
        }
    })
    .await;
    if served.responses > 0.0 {
        return Ok((record, served));
    }
    let trouble = record.errors.keys().next().map(ToString::to_string);
    Err(trouble.unwrap_or_else(|| {
        "no response says in Server-Timing how long it was in the queue and computed; measure a \
         server of this chapter"
            .to_owned()
    }))
}

/// The duration of this part in a `Server-Timing` such as `queue;dur=1.5, compute;dur=60.1`.
fn part(timing: &HeaderValue, name: &str) -> Option<Duration> {
    let mut parts = timing.to_str().ok()?.split(", ");
    let milliseconds = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix(";dur="))?;
    Duration::try_from_secs_f64(milliseconds.parse::<f64>().ok()? / 1e3).ok()
}

fn milliseconds(time: Duration) -> String {
    digits(time.as_secs_f64() * 1e3)
}

#[derive(clap::Parser)]
#[command(name = "queue", about = "Step 1's compute thread as a queue, predicted and measured", long_about = None)]
struct Args {
    /// A server to measure, for example http://127.0.0.1:8000 [default: one of its own]
    url: Option<String>,

    /// How long to measure at each utilization
    #[arg(
        long = "for",
        value_name = "DURATION",
        default_value = "30s",
        allow_hyphen_values = true,
        value_parser = parse_length
    )]
    length: Duration,

    /// Where the random numbers begin; the same seed gives the same arrivals
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_seed)]
    seed: u64,

    /// What is requested; the smaller, the more requests, and the closer to the mean
    #[arg(long, value_name = "N", default_value = "50000", value_parser = parse_n)]
    n: u32,
}

fn parse_n(text: &str) -> Result<u32, String> {
    whole_number(text, 0..=MAX_N)
}

fn main() -> ExitCode {
    let args = Args::parse();
    start(|| measure_all(args))
}

fn measure_all(Args { url, length, seed, n }: Args) -> Result<(), String> {
    let url = url.map_or_else(own_server, Ok)?;
    let target =
        Target::parse(&format!("{}/slow?n={n}", url.trim_end_matches('/')))?.listening()?;
    say(&format!(
        "M/D/1 assumes random (Poisson) arrivals, one server with a fixed service time, first come \
         first served, and a queue without an end.\n\
         /slow?n={n}, {length:?} at each utilization, seed {seed}; all times without a unit are in \
         service times\n"
    ));
    let load = Load { target: Arc::new(target), length, timeout: length };
    let runtime = event_loop().map_err(|error| error.to_string())?;
    runtime.block_on(measure(&load, seed))
}

/// Starts step 1's application on its own thread, and returns its URL.
fn own_server() -> Result<String, String> {
    let (say, url) = mpsc::channel();
    thread::spawn(move || {
        let served = event_loop().and_then(|runtime| {
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let _ = say.send(Ok(format!("http://{}", listener.local_addr()?)));
                let options = Options { keep_alive: KEEP_ALIVE, log: None };
                let app = process_time(app());
                serve(Tcp::from(listener), |_| app.clone(), options, pending()).await;
                Ok(())
            })
        });
        if let Err(error) = served {
            let _ = say.send(Err(format!("cannot start a server: {error}")));
        }
    });
    url.recv().expect("the thread says one or the other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_time_is_found_by_its_name() {
        let timing = HeaderValue::from_static("queue;dur=1.5, compute;dur=60.125, total;dur=61.7");
        assert_eq!(part(&timing, "queue"), Some(Duration::from_micros(1500)));
        assert_eq!(part(&timing, "compute"), Some(Duration::from_micros(60_125)));
        assert_eq!(part(&timing, "wait"), None);
    }

    #[test]
    fn the_busier_the_server_the_longer_the_queue() {
        for (utilization, time) in [(0.0, 1.0), (0.5, 1.5), (0.8, 3.0), (0.9, 5.5)] {
            assert!((predicted(utilization) - time).abs() < 1e-9, "{utilization}");
        }
        assert!(predicted(1.0).is_infinite() && predicted(1.1).is_infinite());
    }

    #[test]
    fn each_request_waits_for_the_one_before_it() {
        let arrivals = [0, 1, 2, 30].map(Duration::from_millis);
        // They are done after 10, 20, 30 and 40 ms, so they take 10, 19, 28 and 10 ms.
        let mean = simulated(arrivals.into_iter(), Duration::from_millis(10));
        assert!((mean - 6.7 / 4.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn many_random_arrivals_come_close_to_the_formula() {
        for utilization in UTILIZATIONS {
            let arrivals = poisson(utilization, 7).take(2_000_000);
            let ratio = simulated(arrivals, Duration::from_secs(1)) / predicted(utilization);
            assert!((0.95..1.05).contains(&ratio), "{utilization}: {ratio}");
        }
    }
}
