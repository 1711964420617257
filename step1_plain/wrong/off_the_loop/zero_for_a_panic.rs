//! Wrong: a panic becomes a result that looks like any other.
//!
//! Refused with: which a caller takes for the result

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    tokio::task::spawn_blocking(compute).await.unwrap_or_default()
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
