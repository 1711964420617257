//! The compute thread: heavy work leaves the event loop, one computation at a time.
//!
//! An event loop that computes for 0.2 s sends no response for 0.2 s, not even to `/healthz`. So the
//! loop hands each computation to a thread and goes on. It is one thread only, because that is what
//! one Uvicorn worker is under Python's GIL: one core for computing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{Sender, channel},
    },
    thread,
};

use axum::http::StatusCode;
use tokio::sync::{Semaphore, oneshot};

use crate::support::http::problem::Problem;

/// How many computations may wait for the running one. At 0.2 s each, the last of them waits for half
/// a minute. A client that comes after it is better told so at once.
pub const WAITING: usize = 128;

/// One compute thread, with a bounded queue in front. Clones share both. (tokio's `spawn_blocking` uses
/// many threads. With it, two workers on two cores computed 13 % less, because each computation woke
/// another thread, often on another core.)
#[derive(Clone)]
pub struct Compute {
    /// A permit for each computation, waiting or running.
    admitted: Arc<Semaphore>,
    /// One permit: the running computation's. tokio's semaphore is the queue, because it is fair,
    /// first come first served, and a waiter that is dropped leaves it.
    running: Arc<Semaphore>,
    /// To the thread, which ends with the last clone.
    thread: Sender<Box<dyn FnOnce() + Send>>,
}

impl Compute {
    /// A compute thread with room for `waiting` computations besides the one that runs.
    ///
    /// # Panics
    /// If the system has no thread left.
    pub fn with_queue(waiting: usize) -> Self {
        let (thread, jobs) = channel::<Box<dyn FnOnce() + Send>>();
        let work = move || jobs.into_iter().for_each(|job| job());
        thread::Builder::new()
            .name("compute".to_owned())
            .spawn(work)
            .expect("there is a thread left");
        Self {
            admitted: Arc::new(Semaphore::new(waiting + 1)),
            running: Arc::new(Semaphore::new(1)),
            thread,
        }
    }

    /// Waits until the compute thread is free, then runs `work` on it.
    ///
    /// Dropping the future cancels the computation. One that waits leaves the queue at once. One that
    /// runs ends as soon as `work` sees that its flag is true, and returns `None`.
    ///
    /// # Errors
    /// 503 at once if the queue is full.
    ///
    /// # Panics
    /// If `work` panics, with the same message, in the task that called.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
    {
        let Ok(admitted) = self.admitted.clone().try_acquire_owned() else {
            let detail = "too many computations are waiting already; try again in a second";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1));
        };
        let running = self.running.clone().acquire_owned().await.expect("it is never closed");

        let cancel = CancelOnDrop(Arc::default());
        let cancelled = cancel.0.clone();
        let (reply, result) = oneshot::channel();
        let job = move || {
            // Until the job has really ended, even if no client waits for it.
            let _permits = (admitted, running);
            // A panic belongs to the request. The thread goes on.
            let _ = reply.send(catch_unwind(AssertUnwindSafe(|| work(&cancelled))));
        };
        self.thread.send(Box::new(job)).expect("the thread is there as long as its sender");
        match result.await.expect("each job sends a result") {
            Ok(result) => Ok(result.expect("work returns None only after this future was dropped")),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Sets the cancel flag when the caller drops its future.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
