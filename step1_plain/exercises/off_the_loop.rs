//! # Exercise: heavy work leaves the event loop
//!
//! This handler is wrong, although its answer is right:
//!
//! ```
//! pub async fn answer(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
//!     compute()
//! }
//! ```
//!
//! Write it so that the event loop goes on while `compute` computes. When `compute` panics, the
//! handler panics with the same message: whoever asked must not take something else for the answer.
//!
//! Why: an event loop gives each task its turn when the one before it awaits something. A handler that
//! computes for 0.2 s awaits nothing, so for 0.2 s nobody is answered, not even `/healthz`; and
//! whoever watches `/healthz` takes the server for dead.
//!
//! For real: `src/compute.rs`, which also lets only one computation run at a time.
//!
//! Check: `cargo test -p step1_plain --test exercises off_the_loop`

/// Answers with what `compute` computes, while the event loop goes on with its other tasks.
///
/// # Panics
/// When `compute` panics, with its message.
pub async fn answer(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    todo!("compute on another thread, and await the answer")
}

#[path = "checks/off_the_loop.rs"]
mod check;
