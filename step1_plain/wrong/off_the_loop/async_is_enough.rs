//! Wrong: an `async` block is taken for a thread.
//!
//! Refused with: An `async fn` starts no thread

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    async { compute() }.await
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
