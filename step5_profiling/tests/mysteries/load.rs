//! Clients of a mystery.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::{
    on_drop::OnDrop,
    testing::{Client, Program, Response},
};

/// Requests a page.
pub fn cached(client: &mut Client, n: u32) -> Response {
    let response = client.get(&format!("/cached?n={n}"));
    assert_eq!(response.status, 200, "{response:?}");
    response
}

/// A closed loop: requests a page again and again for `length`, and returns the latencies.
pub fn closed_loop(client: &mut Client, n: u32, length: Duration) -> Vec<Duration> {
    let start = Instant::now();
    let mut latencies = Vec::new();
    while start.elapsed() < length {
        let sent = Instant::now();
        cached(client, n);
        latencies.push(sent.elapsed());
    }
    latencies
}

/// An open loop for `length`: on each of 64 connections, a request is due every 128 ms, which makes 500 a
/// second. Latency counts from the moment at which the request was due.
pub fn open_loop(program: &Program, n: u32, length: Duration) -> Vec<Duration> {
    const CONNECTIONS: u32 = 64;
    let between = Duration::from_millis(2);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| program.connect()).collect();
    let start = Instant::now() + 10 * between;
    let latencies_of = |client: &mut Client, number| {
        let dues = (0..).map(|request| start + between * (CONNECTIONS * request + number));
        let latency = |due: Instant| {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            cached(client, n);
            due.elapsed()
        };
        dues.take_while(|due| *due < start + length).map(latency).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let spawn = |(client, number)| scope.spawn(move || latencies_of(client, number));
        let threads: Vec<_> = clients.iter_mut().zip(0..).map(spawn).collect();
        threads.into_iter().flat_map(|it| it.join().expect("it has its responses")).collect()
    })
}

/// What one client does in a round with this number, from 0.
pub type Load<'a> = &'a (dyn Fn(&mut Client, u32) + Sync);

/// Does `work`, while each of these loads has a client that repeats it.
pub fn while_under<T>(program: &Program, loads: &[Load<'_>], work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for load in loads {
            let (mut client, done) = (program.connect(), &done);
            scope.spawn(move || {
                (0..).take_while(|_| !done.load(Relaxed)).for_each(|round| load(&mut client, round))
            });
        }
        // Even if `work` panics, because otherwise the scope would never end.
        let _end = OnDrop(|| done.store(true, Relaxed));
        work()
    })
}
