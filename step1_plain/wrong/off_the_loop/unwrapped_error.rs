//! Wrong: `unwrap` is taken for passing the panic on.
//!
//! Refused with: because you panicked with the error around it

#[expect(clippy::unwrap_used, reason = "it is the mistake")]
pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    tokio::task::spawn_blocking(compute).await.unwrap()
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
