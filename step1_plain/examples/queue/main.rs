//! The queue obeys arithmetic: how long requests wait follows from how busy the compute thread is.
//!
//! ```sh
//! cargo run --release -p step1_plain --example queue      # two minutes, on a machine that does nothing else
//! ```
//!
//! Requests that arrive at random, one server and a fixed service time are what queueing theory calls
//! M/D/1. Step 1's compute thread is such a server (`src/compute.rs`), and requests for one `n` have a
//! fixed service time. So theory predicts the mean time in the system, in service times, from the
//! utilization ρ alone: 1 + ρ / (2 (1 - ρ)).
//!
//! Read in this order: [`predicted`], [`simulated`], [`measure`]. The loops are those of `examples/load`.

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
mod schedule;
#[path = "../load/table.rs"]
#[allow(dead_code, reason = "the table is another one here")]
mod table;

use std::{
    future::pending, net::Ipv4Addr, process::ExitCode, sync::Arc, sync::mpsc, thread,
    time::Duration,
};

use clap::Parser;
use step1_plain::{
    app,
    primes::MAX_N,
    process_time::process_time,
    support::http::{
        query::whole_number,
        run::{event_loop, say, say_error},
        serve::{KEEP_ALIVE, Options, Tcp, serve},
    },
};
use tokio::net::TcpListener;

use crate::{
    args::{parse_length, parse_seed},
    client::Target,
    loops::{Load, closed_loop, open_loop},
    progress::record_all,
    record::Record,
    schedule::{poisson, steady},
    table::{digits, remarks},
};

/// Mean time in the system ÷ service time of an M/D/1 queue (Pollaczek and Khinchine's formula for a
/// service time that never varies). `utilization` is arrivals a second × service time. From 1 on, the
/// queue grows without an end.
fn predicted(utilization: f64) -> f64 {
    if utilization >= 1.0 {
        return f64::INFINITY;
    }
    1.0 + utilization / (2.0 * (1.0 - utilization))
}

/// The same for these very arrivals, one by one. Each starts when it has arrived and the one before it
/// is done (Lindley's recursion). Its difference from [`predicted`] is chance.
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
    let mut service = service_time(load).await?;
    let alone = alone(load, service).await;
    say(&format!(
        "a request that is alone takes {} ms, of which {} ms are its service time and the rest is \
         HTTP and this program\n\n\
         utilization  service (ms)  requests  errors  predicted  simulated  measured  measured/predicted\n",
        milliseconds(alone),
        milliseconds(service),
    ));
    let mut loops = Vec::new();
    for utilization in UTILIZATIONS {
        let rate = utilization / service.as_secs_f64();
        let name = format!("utilization {utilization}");
        let record = run(&name, load, |load| open_loop(load, poisson(rate, seed), 1024)).await;
        // At 0.9, a service time that is 1 % longer makes the time in the system 9 % longer. So it is
        // measured before and after.
        let after = service_time(load).await?;
        let during = (service + after) / 2;
        let change = after.abs_diff(service).div_duration_f64(during);
        service = after;

        let utilization = rate * during.as_secs_f64();
        let predicted = predicted(utilization);
        let arrivals = poisson(rate, seed).take_while(|at| *at < load.length);
        let simulated = simulated(arrivals, during);
        // What a request takes longer than one that is alone, it has waited in the queue.
        let waited = record.latency.mean() / 1e9 - alone.as_secs_f64();
        let measured = 1.0 + waited / during.as_secs_f64();
        let (requests, errors) = (record.requests(), record.failed());
        let (service, ratio) = (milliseconds(during), measured / predicted);
        say(&format!(
            "{utilization:>11.3}  {service:>12}  {requests:>8}  {errors:>6}  {predicted:>9.2}  \
             {simulated:>9.2}  {measured:>8.2}  {ratio:>18.2}\n"
        ));
        if change > 0.02 {
            say(&format!(
                "             the service time changed by {:.0} % while this was measured; end other \
                 programs, and run it again\n",
                change * 100.0
            ));
        }
        loops.push((name, record));
    }
    say(&format!("\n{}", remarks(&loops)));
    Ok(())
}

/// For how long the compute thread is taken by one request, the hand-over to it included.
///
/// # Errors
/// If not every request has a response below 400: why, and what to do.
async fn service_time(load: &Load) -> Result<Duration, String> {
    // With four clients, there is always a next request. Four are under way at the end.
    const CLIENTS: usize = 4;
    let load = Load { length: load.length / 8, ..load.clone() };
    let record = run("service time", &load, |load| closed_loop(load, CLIENTS)).await;
    if let Some(trouble) = record.errors.keys().next() {
        return Err(trouble.to_string());
    }
    let served = record.requests().saturating_sub(CLIENTS as u64).max(1);
    Ok(load.length.div_f64(served as f64))
}

/// How long a request takes on average that never waits for another one, because they come steadily, and
/// four times as far apart as the service takes.
///
/// One client in a closed loop would take less: it keeps all threads awake, and it is never sent late.
async fn alone(load: &Load, service: Duration) -> Duration {
    let load = Load { length: load.length / 8, ..load.clone() };
    let rate = 0.25 / service.as_secs_f64();
    let record = run("alone", &load, |load| open_loop(load, steady(rate), 1024)).await;
    Duration::from_nanos(record.latency.mean() as u64)
}

async fn run(name: &str, load: &Load, send: impl FnOnce(&Load) -> loops::Outcomes) -> Record {
    record_all(name, load.length, send(load)).await
}

fn milliseconds(time: Duration) -> String {
    digits(time.as_secs_f64() * 1e3)
}

/// The flags.
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
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match measure_all(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say_error(&sentence);
            ExitCode::FAILURE
        }
    }
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

/// Starts step 1's application on a thread of its own, and returns its URL.
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
