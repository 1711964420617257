//! The compute thread takes heavy work off the event loop, one computation at a time.
//!
//! While an event loop computes for 0.2 s, it can't send a response to any client, not even to one
//! that requests `/healthz`. So the loop hands each computation to another thread and carries on.
//! There is only one such thread, so our server computes on a single core, like a Uvicorn worker
//! under Python's GIL.

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

/// How many computations may wait behind the running one. At 0.2 s each, the last of them waits for
/// almost half a minute. Beyond that, an immediate error serves a client better than a longer wait.
pub const WAITING: usize = 128;

/// Runs one computation at a time on tokio's blocking thread, behind a bounded queue. Clones share
/// the thread and the queue. We need our own queue because tokio's has no bound.
#[derive(Clone)]
pub struct Compute {
    /// One permit for each computation that waits or runs.
    admitted: Arc<Semaphore>,
    /// A single permit, which the running computation holds. This semaphore is also the queue,
    /// because tokio serves waiters in order of arrival, and a waiter whose future is dropped
    /// leaves the queue.
    running: Arc<Semaphore>,
}

impl Compute {
    /// A compute thread with room for one running computation and `waiting` more in the queue.
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

/// The right to run one computation on the compute thread.
pub struct Permit {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Permit {
    /// Runs `work` on the compute thread. Dropping the future sets the flag that `work` receives.
    /// When `work` sees the flag, it should return `None` as soon as possible.
    ///
    /// # Panics
    /// If `work` panics, the calling task panics with the same message.
    pub async fn run<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
    {
        let cancel = Arc::new(AtomicBool::new(false));
        let cancelled = cancel.clone();
        let _cancel = OnDrop(|| cancel.store(true, Relaxed));
        // The closure holds the permit until the work has ended, even if its client has left.
        let computation = spawn_blocking(move || {
            let _permit = self;
            work(&cancelled)
        });
        match computation.await {
            Ok(result) => result.expect("work returns None only after this future was dropped"),
            // tokio cancels blocking work only at shutdown, and this future is dropped by then.
            Err(error) => resume_unwind(error.into_panic()),
        }
    }
}
