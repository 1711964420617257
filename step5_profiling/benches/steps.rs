//! The five steps side by side: what each has gained, and what it costs.
//!
//! ```sh
//! cargo bench -p step5_profiling --bench steps
//! ```
//!
//! Three cases, each through the application as a value (what our own code takes) and, as `tcp_…`,
//! through real sockets on a server with one event loop (what a client sees, on one machine):
//!
//! * `miss`, by `n`: the answer has never been asked for. Steps 2 to 5 should cost what step 1 does,
//!   and hardly more: remembering is cheap.
//! * `hit`, by the number of clients who ask at once: step 1 computes each time, the others need not.
//! * `stampede`, by the number of clients who ask at once for what has just been forgotten: steps 1
//!   and 2 compute for each of them; from step 3 on, one computation is for all.
//!
//! Step 1 has no cache, and is asked for `/slow` instead. Steps 4 and 5 have one worker here; what more
//! of them do is for step 4's own bench.

#[cfg(profiler)]
mod each_bench;

use std::{
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request};
use criterion::{
    AxisScale, BenchmarkGroup, BenchmarkId, Criterion, PlotConfiguration, SamplingMode,
    measurement::WallTime,
};
use step1_plain::{app::App, run::event_loop, server, testing::Client};
use step4_workers::{
    app::app as app_of_workers,
    config::Config,
    edition::{Addition, Edition, STEP4},
    seat::Seat,
};
use step5_profiling::edition::STEP5;
use tokio::{runtime::Runtime, task::JoinSet};

/// What steps 1 and 2 compute for each of 64 clients should not take all day.
const N: u32 = 10_000;

/// For as long as a bench takes, an answer is fresh.
const TTL: Duration = Duration::from_secs(3600);

/// A step's application and the event loop that it lives on.
struct Step {
    name: &'static str,
    runtime: Runtime,
    app: App,
}

impl Step {
    fn new(name: &'static str, app: impl AsyncFnOnce() -> App) -> Self {
        let runtime = event_loop().expect("an event loop can be made");
        let app = runtime.block_on(app());
        Self { name, runtime, app }
    }
}

fn steps(seat: Seat, addition: impl Fn(&Config) -> Addition) -> [Step; 5] {
    let room = NonZeroUsize::new(1024).expect("it is not 0");
    [
        Step::new("step1_plain", async || step1_plain::app()),
        Step::new("step2_dict_cache", async || step2_dict_cache::app(room)),
        Step::new("step3_ttl_cache", async || step3_ttl_cache::app(room, TTL)),
        Step::new("step4_workers", async || {
            worker(&config(&STEP4), seat, Addition::default()).await
        }),
        Step::new("step5_profiling", async || {
            let config = config(&STEP5);
            worker(&config, seat, addition(&config)).await
        }),
    ]
}

fn config(edition: &'static Edition) -> Config {
    Config::from_toml(edition, "ttl = '1h'", Path::new("bench")).expect("the settings are good")
}

async fn worker(config: &Config, seat: Seat, addition: Addition) -> App {
    app_of_workers(config, seat, addition, || ()).await.expect("the cache is in memory")
}

/// One way to ask a step.
trait Way {
    /// Asks so many times at once, and waits for all answers.
    fn ask(&mut self, method: &str, url: &str, times: usize);
}

/// As a function call.
impl Way for Step {
    fn ask(&mut self, method: &str, url: &str, times: usize) {
        let request = || {
            let request = Request::builder().method(method).uri(url).body(Body::empty());
            self.app.handle(request.expect("the path is a URL"))
        };
        self.runtime.block_on(async {
            if times == 1 {
                assert!(request().await.status().is_success());
                return;
            }
            let mut all: JoinSet<_> = (0..times).map(|_| request()).collect();
            while let Some(answer) = all.join_next().await {
                assert!(answer.expect("no handler panics").status().is_success());
            }
        });
    }
}

/// Over real sockets, each of which stays open.
struct Sockets {
    address: SocketAddr,
    clients: Vec<Client>,
}

impl Sockets {
    /// Has a thread serve this step to the end of the process.
    fn new(step: Step) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener.set_nonblocking(true).expect("it is a socket");
        let address = listener.local_addr().expect("it is bound");
        let limits = server::Limits { keep_alive: TTL, ..server::Limits::default() };
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is a socket");
            server::serve(listener, step.app, limits, std::future::pending()).await
        };
        thread::spawn(move || step.runtime.block_on(serve));
        Self { address, clients: Vec::new() }
    }
}

impl Way for Sockets {
    fn ask(&mut self, method: &str, url: &str, times: usize) {
        let missing = times.saturating_sub(self.clients.len());
        self.clients.extend((0..missing).map(|_| Client::connect(self.address)));
        let request = format!("{method} {url} HTTP/1.1\r\nhost: bench\r\n\r\n");
        let clients = &mut self.clients[..times];
        clients.iter_mut().for_each(|client| client.send(&request));
        let answers = clients.iter_mut().map(|client| client.read(true));
        answers.for_each(|answer| assert!((200..300).contains(&answer.status), "{answer:?}"));
    }
}

/// A step, and the way to ask it.
struct Asked {
    name: &'static str,
    way: Box<dyn Way>,
}

impl Asked {
    fn url(&self, n: u32) -> String {
        let path = if self.has_a_cache() { "/cached" } else { "/slow" };
        format!("{path}?n={n}")
    }

    fn has_a_cache(&self) -> bool {
        self.name != "step1_plain"
    }

    /// How long it takes so many times until all of them have the answer; first, it is forgotten.
    fn time_when_cold(&mut self, url: &str, at_once: usize, times: u64) -> Duration {
        let once = |_| {
            if self.has_a_cache() {
                self.way.ask("DELETE", "/cache", 1);
            }
            let start = Instant::now();
            self.way.ask("GET", url, at_once);
            start.elapsed()
        };
        (0..times).map(once).sum()
    }
}

/// All cases. `how` is by which way; a short word, as criterion's plots cut long names.
fn compare(c: &mut Criterion, how: &str, steps: &mut [Asked]) {
    let mut miss = group(c, &format!("{how}miss"));
    for step in &mut *steps {
        for n in [100, 10_000] {
            let url = step.url(n);
            miss.bench_function(BenchmarkId::new(step.name, n), |b| {
                b.iter_custom(|times| step.time_when_cold(&url, 1, times));
            });
        }
    }
    miss.finish();

    let mut hit = group(c, &format!("{how}hit"));
    for step in &mut *steps {
        for clients in [1, 8, 64] {
            let url = step.url(N);
            step.way.ask("GET", &url, 1);
            hit.bench_function(BenchmarkId::new(step.name, clients), |b| {
                b.iter(|| step.way.ask("GET", &url, clients));
            });
        }
    }
    hit.finish();

    let mut stampede = group(c, &format!("{how}stampede"));
    for step in &mut *steps {
        for clients in [1, 8, 64] {
            let url = step.url(N);
            stampede.bench_function(BenchmarkId::new(step.name, clients), |b| {
                b.iter_custom(|times| step.time_when_cold(&url, clients, times));
            });
        }
    }
    stampede.finish();
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    group
}

fn measure(mut criterion: Criterion, seat: Seat, addition: impl Fn(&Config) -> Addition) {
    let by_value = |step: Step| Asked { name: step.name, way: Box::new(step) };
    let by_socket = |step: Step| Asked { name: step.name, way: Box::new(Sockets::new(step)) };
    compare(&mut criterion, "", &mut steps(seat, &addition).map(by_value));
    compare(&mut criterion, "tcp_", &mut steps(seat, &addition).map(by_socket));
    criterion.final_summary();
}

#[cfg(profiler)]
fn main() {
    use std::sync::Arc;

    use step5_profiling::{
        algorithm::Algorithm, profiler::addition_with, sampling::collect::Profiler,
    };

    let (profiler, seat) = Profiler::of_this_process().expect("this process has none");
    let profiler = Arc::new(profiler);
    let hook = each_bench::EachBench::new(profiler.clone());
    let criterion = Criterion::default().with_profiler(hook).configure_from_args();
    measure(criterion, seat, |config| {
        addition_with(profiler.clone(), config, seat, Algorithm::Trial)
    });
}

#[cfg(not(profiler))]
fn main() {
    let (_, board) = step4_workers::scoreboard::Scoreboard::create().expect("there is memory");
    let seat = Seat::new(board, board.take_slot(1, 0).expect("a new board has free slots"));
    measure(Criterion::default().configure_from_args(), seat, |_| Addition::default());
}
