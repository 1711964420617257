//! Compares the five steps, to show the gain and the cost of each.
//!
//! ```sh
//! cargo bench -p step5_profiling --bench steps
//! ```
//!
//! There are three cases, and each is measured in two ways. The first way calls the application as
//! a value, so it measures only our own code. The second way, `tcp_…`, uses real sockets and a
//! server with one event loop, so it measures the time that a client sees on one machine.
//!
//! * `miss`, by `n`. The cache is emptied before each request. Steps 2 to 5 should cost hardly more
//!   than step 1, because storing a response is cheap.
//! * `hit`, by the number of clients at once. Step 1 computes each time, and the others do not.
//! * `stampede`, by the number of clients at once. All of them request a response that was just
//!   dropped from the cache. Steps 1 and 2 compute it for each of them. From step 3 on, one
//!   computation serves all.
//!
//! Step 1 has no cache, so its clients request `/slow` instead. Steps 4 and 5 have one worker here,
//! because step 4's own bench measures several.

#[cfg(profiler)]
mod each_bench;

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request, response::Response};
use clap::Parser;
use criterion::{
    AxisScale, BenchmarkGroup, BenchmarkId, Criterion, PlotConfiguration, SamplingMode,
    measurement::WallTime,
};
use step1_plain::{
    process_time::process_time,
    support::{
        http::{
            run::event_loop,
            serve::{Options, Tcp, serve},
        },
        testing::Client,
    },
};
use step4_workers::{
    Step4,
    program::{Context, Program},
    scoreboard::slot::OwnSlot,
    support::config::Config,
    worker::app::in_worker,
};
use step5_profiling::program::Step5;
use tokio::{runtime::Runtime, task::JoinSet};
use tower::{ServiceExt, util::BoxCloneSyncService};

/// A small `n`, because steps 1 and 2 compute it for each of 64 clients.
const N: u32 = 10_000;

/// Longer than a bench takes.
const TTL: Duration = Duration::from_secs(3600);

/// An application as it is served.
type App = BoxCloneSyncService<Request, Response, Infallible>;

/// A step's application, and the event loop for it.
struct Step {
    name: &'static str,
    runtime: Runtime,
    app: App,
}

impl Step {
    fn new(name: &'static str, app: impl FnOnce() -> App) -> Self {
        let runtime = event_loop().expect("an event loop can be made");
        let app = runtime.block_on(async { app() });
        Self { name, runtime, app }
    }
}

fn steps(slot: OwnSlot, step5: impl Fn(&Context<'_>) -> App) -> [Step; 5] {
    let room = NonZeroUsize::new(1024).expect("it is not 0");
    [
        Step::new("step1_plain", || App::new(process_time(step1_plain::app()))),
        Step::new("step2_dict_cache", || App::new(process_time(step2_dict_cache::app(room)))),
        Step::new("step3_ttl_cache", || App::new(process_time(step3_ttl_cache::app(room, TTL)))),
        Step::new("step4_workers", || {
            worker::<Step4>(slot, |context| {
                App::new(Step4.app(context).expect("it has all it needs"))
            })
        }),
        Step::new("step5_profiling", || worker::<Step5>(slot, step5)),
    ]
}

/// The application of one worker.
fn worker<P: Program>(slot: OwnSlot, app: impl Fn(&Context<'_>) -> App) -> App {
    let config = Config::new(&P::Settings::parse_from(["bench", "--ttl=1h"]));
    let config = config.expect("a program's settings can be inherited");
    // Memory that is never used.
    let memory = std::io::pipe().expect("there is a descriptor").0.into();
    let app = app(&Context { config: &config, slot, memory: &memory, redis: None });
    App::new(in_worker(app, slot, None, || ()))
}

/// A way to send requests to a step.
trait Way {
    /// Sends this many requests at once, and waits for all responses.
    fn ask(&mut self, method: &str, url: &str, times: usize);
}

/// Calls the application as a function.
impl Way for Step {
    fn ask(&mut self, method: &str, url: &str, times: usize) {
        let request = || {
            let request = Request::builder().method(method).uri(url).body(Body::empty());
            self.app.clone().oneshot(request.expect("the path is a URL"))
        };
        self.runtime.block_on(async {
            if times == 1 {
                let Ok(response) = request().await;
                assert!(response.status().is_success());
                return;
            }
            let mut all: JoinSet<_> = (0..times).map(|_| request()).collect();
            while let Some(response) = all.join_next().await {
                let Ok(response) = response.expect("no handler panics");
                assert!(response.status().is_success());
            }
        });
    }
}

/// Sends requests over real sockets, which stay open.
struct Sockets {
    address: SocketAddr,
    clients: Vec<Client>,
}

impl Sockets {
    /// Serves this step on a new thread until the process ends.
    fn new(step: Step) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener.set_nonblocking(true).expect("it is a socket");
        let address = listener.local_addr().expect("it is bound");
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is a socket");
            let options = Options { keep_alive: TTL, log: None };
            let app = |_| step.app.clone();
            serve(Tcp::from(listener), app, options, std::future::pending()).await;
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
        let responses = clients.iter_mut().map(|client| client.read(true));
        responses.for_each(|it| assert!((200..300).contains(&it.status), "{it:?}"));
    }
}

/// A step, and the way to send requests to it.
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

    /// The time until `at_once` requests have their responses, summed over `times` runs. Before
    /// each run, the cache drops the response.
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

/// Runs all cases. `how` is the prefix of their names. It is short, because criterion's plots cut
/// long names.
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

fn measure(mut criterion: Criterion, slot: OwnSlot, step5: impl Fn(&Context<'_>) -> App) {
    let by_value = |step: Step| Asked { name: step.name, way: Box::new(step) };
    let by_socket = |step: Step| Asked { name: step.name, way: Box::new(Sockets::new(step)) };
    compare(&mut criterion, "", &mut steps(slot, &step5).map(by_value));
    compare(&mut criterion, "tcp_", &mut steps(slot, &step5).map(by_socket));
    criterion.final_summary();
}

#[cfg(profiler)]
fn main() {
    use std::sync::Arc;

    use step4_workers::{program::Program, worker::app::routes};
    use step5_profiling::{
        algorithm::Algorithm, profiler::sampling::collect::Profiler, web::app_with,
    };

    let (profiler, slot) = Profiler::of_this_process().expect("this process has none");
    let profiler = Arc::new(profiler);
    let hook = each_bench::EachBench::new(profiler.clone());
    let criterion = Criterion::default().with_profiler(hook).configure_from_args();
    measure(criterion, slot, |context| {
        let routes = |slow| routes(context, slow).merge(Step5.lab(context.config).routes());
        App::new(app_with(context, Algorithm::Trial, routes, Some(profiler.clone())))
    });
}

#[cfg(not(profiler))]
fn main() {
    let (_, board) = step4_workers::scoreboard::Scoreboard::create().expect("there is memory");
    let slot = OwnSlot::new(board, board.take_slot(1, 0).expect("a new board has free slots"));
    measure(Criterion::default().configure_from_args(), slot, |context| {
        App::new(Step5.app(context).expect("it has all it needs"))
    });
}
