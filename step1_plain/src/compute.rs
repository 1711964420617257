//! The compute thread: heavy work leaves the event loop, one piece at a time.
//!
//! An event loop that computes for 0.2 s answers nobody for 0.2 s, not even `/healthz`. So a
//! computation is handed to a thread, and the loop goes on. One thread for one worker: that is
//! what one Uvicorn worker is under Python's GIL, made explicit, and it is why step 4's second
//! worker has something to add.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::http::StatusCode;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::problem::Problem;

/// How many computations may wait for the one that runs. At 0.2 s each the last of them waits
/// half a minute: whoever comes after it is better told at once.
pub const WAITING: usize = 128;

/// One compute thread and the bounded queue in front of it. Clones share both.
#[derive(Clone)]
pub struct Compute {
    /// A place in the queue, or on the thread.
    places: Arc<Semaphore>,
    /// The turn to run. tokio's semaphore is fair, first come first served, and a waiter that is
    /// dropped leaves the line: what a queue of our own would have to be taught.
    turn: Arc<Semaphore>,
}

impl Default for Compute {
    fn default() -> Self {
        Self::with_queue(WAITING)
    }
}

impl Compute {
    /// A compute thread with room for `waiting` computations besides the one that runs.
    pub fn with_queue(waiting: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(waiting + 1)), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Waits for its turn, then runs `work` on the compute thread.
    ///
    /// Dropping the future gives its place back: at once while it waits; while it runs, as soon
    /// as `work` sees that the flag it was given is true and returns `None`.
    ///
    /// # Errors
    /// 503 at once when the queue is full.
    ///
    /// # Panics
    /// When `work` panics, with the same message: in the task that asked, not on the thread.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
    {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let detail = "too many computations are waiting already; try again in a second";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1));
        };
        let turn = self.turn.clone().acquire_owned().await.expect("the semaphore is never closed");

        let cancel = CancelOnDrop(Arc::default());
        let cancelled = cancel.0.clone();
        // The thread holds place and turn until it is really done, also when nobody waits for it.
        let running = spawn_blocking(move || {
            let (_place, _turn) = (place, turn);
            work(&cancelled)
        });
        match running.await {
            Ok(answer) => Ok(answer.expect("work gives up only after this future was dropped")),
            // The runtime cancels it only at its own end, and this future ends before.
            Err(error) => resume_unwind(error.into_panic()),
        }
    }
}

/// Tells the thread to give up when the one who asked has gone.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
