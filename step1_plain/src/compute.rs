//! The compute thread: heavy work leaves the event loop, one computation at a time.
//!
//! An event loop that computes for 0.2 s sends no response for 0.2 s, not even to `/healthz`. So the
//! loop hands each computation to a thread and goes on. It is one thread only, because that is what
//! one Uvicorn worker is under Python's GIL: one core for computing.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::http::StatusCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use crate::support::{http::problem::Problem, on_drop::OnDrop};

/// How many computations may wait for the running one. At 0.2 s each, the last of them waits for half
/// a minute. A client that comes after it is better told so at once.
pub const WAITING: usize = 128;

/// Runs one computation at a time on tokio's thread for blocking work, with a bounded queue in front.
/// Clones share both. (tokio has a queue of its own, but without a bound.)
#[derive(Clone)]
pub struct Compute {
    /// A permit for each computation, waiting or running.
    admitted: Arc<Semaphore>,
    /// One permit: the running computation's. tokio's semaphore is the queue, because it is fair,
    /// first come first served, and a waiter that is dropped leaves it.
    running: Arc<Semaphore>,
}

impl Compute {
    /// A compute thread with room for `waiting` computations besides the one that runs.
    pub fn with_queue(waiting: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(waiting + 1)),
            running: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits in the queue until the compute thread is free. Dropping the future leaves the queue.
    ///
    /// # Errors
    /// 503 at once if the queue is full.
    pub async fn acquire(&self) -> Result<Permit, Problem> {
        let Ok(admitted) = self.admitted.clone().try_acquire_owned() else {
            let detail = "too many computations are waiting already; try again in a second";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1));
        };
        let running = self.running.clone().acquire_owned().await.expect("it is never closed");
        Ok(Permit { _admitted: admitted, _running: running })
    }
}

/// The right to use the compute thread, for one computation.
pub struct Permit {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Permit {
    /// Runs `work` on the compute thread. Dropping the future cancels it: `work` should return `None`
    /// as soon as it sees that its flag is true.
    ///
    /// # Panics
    /// If `work` panics, with the same message, in the task that called.
    pub async fn run<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
    {
        let cancel = Arc::new(AtomicBool::new(false));
        let cancelled = cancel.clone();
        let _cancel = OnDrop(|| cancel.store(true, Relaxed));
        // The thread holds the permit until it has really ended, even if no client waits for it.
        let computation = spawn_blocking(move || {
            let _permit = self;
            work(&cancelled)
        });
        match computation.await {
            Ok(result) => result.expect("work returns None only after this future was dropped"),
            // tokio cancels it only when the runtime ends, and this future ends before that.
            Err(error) => resume_unwind(error.into_panic()),
        }
    }
}
