//! # Exercise: one computation for many callers (single flight)
//!
//! A caller that misses a key which is already being computed waits for that computation, and gets
//! the same result. When the computation is done, the next caller starts a new one. If the caller
//! that computes goes away, one of the waiting callers takes over with its own computation.
//!
//! **Why?** Suppose that a popular response expires, and a hundred requests arrive before the next
//! one is ready. If each request computes it, the last one waits for a hundred computations. This
//! is a stampede. And if the request that computes comes from a browser that is closed in the
//! middle, the other ninety-nine must not wait forever.
//!
//! tokio's `OnceCell::get_or_init` already does the waiting and the taking over. Your part is to
//! give one cell to all callers that arrive at the same time, and a new one to those that come
//! later.
//!
//! In `src/single_flight.rs`, no caller has to take over, because the computation is a future that
//! all callers share. It continues when one of them leaves.
//!
//! Check your code with `cargo test -p step3_ttl_cache --test exercises single_flight`.
//!
//! 한국어 과제: `README.ko.md`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::sync::OnceCell;

/// The computations under way, by key.
pub struct SingleFlight<T> {
    in_flight: Mutex<HashMap<u32, Arc<OnceCell<T>>>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { in_flight: Mutex::default() }
    }
}

impl<T: Clone> SingleFlight<T> {
    /// Returns the result of `compute`, or of another caller's computation for `key` if one is
    /// under way.
    ///
    /// `compute` does nothing until it is awaited, which may never happen.
    pub async fn get_or_compute(&self, key: u32, compute: impl Future<Output = T>) -> T {
        todo!("find or add the key's cell, await its result, then remove the cell")
    }
}

#[path = "checks/single_flight.rs"]
mod check;
