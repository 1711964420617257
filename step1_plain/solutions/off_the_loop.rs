//! Solution: heavy work leaves the event loop.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Returns the result of `compute`, while the event loop runs its other tasks.
///
/// # Panics
/// If `compute` panics, with the same message.
pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    // tokio keeps a pool of threads for this, because starting a thread for each request would cost
    // more. `tokio::spawn` would not help, because its tasks run on the event loop, too.
    match spawn_blocking(compute).await {
        Ok(result) => result,
        // Only the end of the runtime cancels the work, and it drops this task first. So this is a
        // panic. `unwrap` would panic with a message of its own around the one of `compute`.
        Err(error) => resume_unwind(error.into_panic()),
    }
}

#[path = "../exercises/checks/off_the_loop.rs"]
mod check;
