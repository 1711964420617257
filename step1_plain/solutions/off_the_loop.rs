//! Solution: heavy work leaves the event loop.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Answers with what `compute` computes, while the event loop goes on with its other tasks.
///
/// # Panics
/// When `compute` panics, with its message.
pub async fn answer(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    // tokio keeps threads for this: starting one anew for each request would cost more. Not
    // `tokio::spawn`: its tasks run on the event loop, too.
    match spawn_blocking(compute).await {
        Ok(answer) => answer,
        // Only the end of the runtime cancels it, and that ends this task first: so it was a panic.
        Err(error) => resume_unwind(error.into_panic()),
    }
}

#[path = "../exercises/checks/off_the_loop.rs"]
mod check;
