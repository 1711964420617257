//! Wrong: the work has a thread of its own, but the event loop waits for it.
//!
//! Refused with: the event loop stood still: something in the handler blocks

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    std::thread::spawn(compute).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
