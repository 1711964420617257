//! Wrong: the last caller to leave removes the cell, as it would free memory.
//!
//! Refused with: the first computation was over, but

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OnceCell;

pub struct SingleFlight<T> {
    in_flight: Mutex<HashMap<u32, Arc<OnceCell<T>>>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { in_flight: Mutex::default() }
    }
}

impl<T: Clone> SingleFlight<T> {
    pub async fn get_or_compute(&self, key: u32, compute: impl Future<Output = T>) -> T {
        let cell = self.lock().entry(key).or_default().clone();
        let result = cell.get_or_init(|| compute).await.clone();
        let mut in_flight = self.lock();
        if Arc::strong_count(&cell) == 2 {
            in_flight.remove(&key);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Arc<OnceCell<T>>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[path = "../../exercises/checks/single_flight.rs"]
mod check;
