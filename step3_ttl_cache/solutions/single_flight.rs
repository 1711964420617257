//! Solution: one computation for many callers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
        // A statement of its own, so that the lock is released before the `await`.
        let cell = self.lock().entry(key).or_default().clone();
        let result = cell.get_or_init(|| compute).await.clone();
        // Every waiting caller gets here, but only the first one finds this cell in the table.
        // Later ones may find the cell of the next computation, which they must not remove.
        let mut in_flight = self.lock();
        if in_flight.get(&key).is_some_and(|current| Arc::ptr_eq(current, &cell)) {
            in_flight.remove(&key);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Arc<OnceCell<T>>>> {
        // No panic can leave the table half changed, so a poisoned lock is safe to use.
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[path = "../exercises/checks/single_flight.rs"]
mod check;
