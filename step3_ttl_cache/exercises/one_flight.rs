//! # Exercise: one flight
//!
//! Whoever misses a key that is already being computed waits for that computation, and gets the same
//! answer. When it is done, the next caller computes anew. When the caller who computes goes away, one
//! of those who wait takes over with its own computation.
//!
//! Why: a popular answer expires, and a hundred requests ask for it before it is there again. If each
//! computes it, the last waits for a hundred computations: the stampede. And if the one who computes is
//! a browser that is closed in the middle, the other ninety-nine must not wait for ever.
//!
//! `OnceCell::get_or_init` of tokio does the waiting and the taking over. What is left to do is to have
//! one cell for all who ask at the same time, and another for those who come later.
//!
//! For real: `src/single_flight.rs`. There, no caller has to take over, because the computation is a
//! future that all callers share. It goes on when any of them leaves.
//!
//! Check: `cargo test -p step3_ttl_cache --test exercises one_flight`

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::sync::OnceCell;

/// The computations under way, by key.
pub struct OneFlight<T> {
    in_flight: Mutex<HashMap<u32, Arc<OnceCell<T>>>>,
}

impl<T> Default for OneFlight<T> {
    fn default() -> Self {
        Self { in_flight: Mutex::default() }
    }
}

impl<T: Clone> OneFlight<T> {
    /// What `compute` gives, or what another caller's computation for `key` gives if one is under way.
    ///
    /// `compute` does nothing until it is awaited, and it may never be.
    pub async fn get_or_compute(&self, key: u32, compute: impl Future<Output = T>) -> T {
        todo!("find the key's cell or put a new one there, wait for its answer, take the cell away")
    }
}

#[path = "checks/one_flight.rs"]
mod check;
