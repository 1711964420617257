//! Wrong: the panic is taken for the message of a new panic.
//!
//! Refused with: you made the panic of `compute` the message of a new panic

use std::panic::panic_any;

use tokio::task::spawn_blocking;

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    match spawn_blocking(compute).await {
        Ok(result) => result,
        Err(error) => panic_any(error.into_panic()),
    }
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
