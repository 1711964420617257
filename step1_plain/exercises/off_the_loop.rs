//! # Exercise: heavy work leaves the event loop
//!
//! This handler returns the right result, but it blocks the event loop:
//!
//! ```
//! pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
//!     compute()
//! }
//! ```
//!
//! Rewrite it so that the event loop keeps running while `compute` computes. If `compute` panics,
//! the handler must panic with exactly the same message, because that message says what went wrong.
//!
//! **Why?** An event loop runs the next task only when the current one awaits something that is not
//! ready yet. A handler that computes for 0.2 s never does, so for 0.2 s no client gets a response,
//! not even from `/healthz`. A monitor that requests `/healthz` then thinks that the server is
//! dead.
//!
//! The server does the same in `src/compute.rs`, but runs only one computation at a time.
//!
//! Check your code with `cargo test -p step1_plain --test exercises off_the_loop`.
//!
//! 한국어 과제: `README.ko.md`.

/// Returns the result of `compute`, while the event loop runs its other tasks.
///
/// # Panics
/// If `compute` panics, with the same message.
pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    todo!("run `compute` on another thread and await its result")
}

#[path = "checks/off_the_loop.rs"]
mod check;
