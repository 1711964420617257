//! # Exercise: heavy work leaves the event loop
//!
//! This handler returns the right result, but it blocks the event loop:
//!
//! ```
//! pub async fn answer(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
//!     compute()
//! }
//! ```
//!
//! Rewrite it so that the event loop keeps running while `compute` computes. If `compute` panics,
//! the handler must panic with the same message, because no caller may mistake something else for
//! the result.
//!
//! **Why?** An event loop runs the next task only when the current one awaits something. A handler
//! that computes for 0.2 s awaits nothing, so for 0.2 s no client gets a response, not even from
//! `/healthz`. A monitor that requests `/healthz` then thinks that the server is dead.
//!
//! The server does the same in `src/compute.rs`, but runs only one computation at a time.
//!
//! Check your code with `cargo test -p step1_plain --test exercises off_the_loop`.

/// Returns the result of `compute`, while the event loop runs its other tasks.
///
/// # Panics
/// If `compute` panics, with the same message.
pub async fn answer(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    todo!("compute on another thread, and await the answer")
}

#[path = "checks/off_the_loop.rs"]
mod check;
