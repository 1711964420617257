//! Wrong: a channel is taken for something that carries a panic, too.
//!
//! Refused with: A channel carries no panic

use std::thread;

use tokio::sync::oneshot;

#[expect(clippy::unwrap_used, reason = "it is the mistake")]
pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    let (send, result) = oneshot::channel();
    thread::spawn(move || send.send(compute()));
    result.await.unwrap()
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
