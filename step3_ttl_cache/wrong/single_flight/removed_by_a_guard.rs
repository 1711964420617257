//! Wrong: the caller that computes removes the cell whenever it leaves, done or not.
//!
//! Refused with: remove the cell only when its computation is done

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
        let computing = async {
            let _removes = Guard { of: self, key, cell: &cell };
            compute.await
        };
        cell.get_or_init(|| computing).await.clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Arc<OnceCell<T>>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Guard<'a, T: Clone> {
    of: &'a SingleFlight<T>,
    key: u32,
    cell: &'a Arc<OnceCell<T>>,
}

impl<T: Clone> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let mut in_flight = self.of.lock();
        if in_flight.get(&self.key).is_some_and(|current| Arc::ptr_eq(current, self.cell)) {
            in_flight.remove(&self.key);
        }
    }
}

#[path = "../../exercises/checks/single_flight.rs"]
mod check;
