//! Solution: one flight.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
        // In a statement of its own, so that the lock is free again before anything is awaited.
        let flight = self.lock().entry(key).or_default().clone();
        let answer = flight.get_or_init(|| compute).await.clone();
        // Each who waited comes by here. Only the first finds this flight; for the later ones there
        // may be the next already, which is not theirs to end.
        let mut in_flight = self.lock();
        if in_flight.get(&key).is_some_and(|current| Arc::ptr_eq(current, &flight)) {
            in_flight.remove(&key);
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Arc<OnceCell<T>>>> {
        // Nothing between lock and unlock leaves the table half changed, so a panic poisons nothing.
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[path = "../exercises/checks/one_flight.rs"]
mod check;
