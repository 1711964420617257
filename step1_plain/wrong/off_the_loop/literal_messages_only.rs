//! Wrong: the message of a panic is taken for a `&str`, whatever it was made of.
//!
//! Refused with: a formatted message is a `String`

use tokio::task::spawn_blocking;

pub async fn handle(compute: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    match spawn_blocking(compute).await {
        Ok(result) => result,
        Err(error) => {
            let panic = error.into_panic();
            panic!("{}", panic.downcast_ref::<&str>().unwrap_or(&"unknown"))
        }
    }
}

#[path = "../../exercises/checks/off_the_loop.rs"]
mod check;
