//! Wrong: a task of its own is taken for a thread of its own.
//!
//! Refused with: All tasks share the event loop's thread

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    match tokio::spawn(async { compute() }).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
