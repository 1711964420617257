//! The two ways to send load.
//!
//! A **closed loop** has a fixed number of clients, and each of them waits for its response before
//! it sends again. When the server stalls, the clients stall with it. Each client records one slow
//! response, and the requests that users would have sent in that time are never sent. Gil Tene
//! calls this *coordinated omission* (<https://www.youtube.com/watch?v=lJ8ydIuPFeU>).
//!
//! An **open loop** sends on a schedule that does not depend on responses, like many independent
//! users. A request that is due during a stall has to wait, and its wait counts.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use axum::http::HeaderValue;
use tokio::{
    spawn,
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
    time::{sleep, timeout_at},
};

use crate::{
    client::{Connection, Target, Trouble},
    record::Outcome,
};

/// The outcomes of a loop, as they happen. They end when every request has one.
pub type Outcomes = UnboundedReceiver<Outcome>;

/// The settings of both loops.
#[derive(Clone)]
pub struct Load {
    /// The server and the path of the requests.
    pub target: Arc<Target>,
    /// How long requests are sent.
    pub length: Duration,
    /// After this time without a response, a request counts as an error. So every request has an
    /// outcome, even the last ones.
    pub timeout: Duration,
}

/// Runs a closed loop with `clients` connections. Each one sends its next request when it has the
/// response.
pub fn closed_loop(load: &Load, clients: usize) -> Outcomes {
    let (report, outcomes) = unbounded_channel();
    let begin = Instant::now();
    for _ in 0..clients {
        let (load, report) = (load.clone(), report.clone());
        spawn(async move {
            let mut connection = Connection::to(load.target);
            loop {
                let sent = Instant::now();
                let at = sent - begin;
                if at >= load.length {
                    break;
                }
                let response = timeout_at((sent + load.timeout).into(), connection.get()).await;
                let result = response.unwrap_or(Err(Trouble::Timeout));
                let is_refused = matches!(result, Err(Trouble::Connect(_)));
                let _ = report.send(Outcome { at, latency: sent.elapsed(), late: None, result });
                if is_refused {
                    sleep(Duration::from_millis(100)).await; // Otherwise it would retry in a busy loop.
                }
            }
        });
    }
    outcomes
}

/// Runs an open loop. `schedule` has the times, since the start, at which requests are due. Each
/// request uses an idle connection or a new one. With `max_connections` in use, it waits for one of
/// them.
///
/// Latency counts from the moment at which the request was due, even if it was sent later.
pub fn open_loop(
    load: &Load,
    schedule: impl Iterator<Item = Duration> + Send + 'static,
    max_connections: usize,
) -> Outcomes {
    let (report, outcomes) = unbounded_channel();
    let Load { target, length, timeout } = load.clone();
    let pool = Arc::new(Pool::new(target, max_connections));
    let begin = Instant::now();
    let mut dues = pace(begin, schedule.take_while(move |at| *at < length));
    let (line_up, mut waiting) = unbounded_channel();
    spawn(async move {
        while let Some(due) = dues.recv().await {
            let _ = line_up.send((due, due.elapsed()));
        }
    });
    // A request gets a task only when it has a connection, because at a high rate, millions may
    // wait.
    spawn(async move {
        while let Some((due, late)) = waiting.recv().await {
            let deadline = due + timeout;
            let outcome = move |result| {
                let (at, latency) = (due - begin, due.elapsed());
                Outcome { at, latency, late: Some(late), result }
            };
            // A request that is sent after its deadline would only add load without being measured.
            let permit = match Instant::now() < deadline {
                true => timeout_at(deadline.into(), pool.free()).await.ok(),
                false => None,
            };
            let Some(permit) = permit else {
                let _ = report.send(outcome(Err(Trouble::Timeout)));
                continue;
            };
            let (pool, report) = (pool.clone(), report.clone());
            spawn(async move {
                let response = timeout_at(deadline.into(), pool.get(permit)).await;
                let _ = report.send(outcome(response.unwrap_or(Err(Trouble::Timeout))));
            });
        }
    });
    outcomes
}

/// Sends the due time of each request at that time. A thread sleeps to within about 0.1 ms on
/// Linux, while tokio's timer has a resolution of 1 ms.
fn pace(
    begin: Instant,
    schedule: impl Iterator<Item = Duration> + Send + 'static,
) -> UnboundedReceiver<Instant> {
    let (say, dues) = unbounded_channel();
    thread::spawn(move || {
        for at in schedule {
            let due = begin + at;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if say.send(due).is_err() {
                break;
            }
        }
    });
    dues
}

/// The connections of an open loop.
struct Pool {
    target: Arc<Target>,
    /// A permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    fn new(target: Arc<Target>, max_connections: usize) -> Self {
        let permits = Arc::new(Semaphore::new(max_connections));
        Self { target, permits, idle: Mutex::default() }
    }

    /// Waits until there is a connection to use.
    async fn free(&self) -> OwnedSemaphorePermit {
        self.permits.clone().acquire_owned().await.expect("it is never closed")
    }

    /// Sends the request on an idle connection or on a new one.
    async fn get(&self, _permit: OwnedSemaphorePermit) -> Result<Option<HeaderValue>, Trouble> {
        let idle = || self.idle.lock().expect("no thread panics while it holds the lock");
        let reused = idle().pop();
        let mut connection = reused.unwrap_or_else(|| Connection::to(self.target.clone()));
        let result = connection.get().await;
        idle().push(connection);
        result
    }
}
