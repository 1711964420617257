//! Wrong: each caller removes the cell, whichever it is.
//!
//! Refused with: woke late and removed the second one

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
        self.lock().remove(&key);
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Arc<OnceCell<T>>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[path = "../../exercises/checks/single_flight.rs"]
mod check;
