//! Wrong: a lock around the computation is taken for sharing it.
//!
//! Refused with: key 2 had to wait until key 1 was computed

use std::collections::HashMap;

use tokio::sync::Mutex;

pub struct SingleFlight<T> {
    in_flight: Mutex<HashMap<u32, T>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { in_flight: Mutex::default() }
    }
}

impl<T: Clone> SingleFlight<T> {
    pub async fn get_or_compute(&self, key: u32, compute: impl Future<Output = T>) -> T {
        let mut in_flight = self.in_flight.lock().await;
        let result = compute.await;
        in_flight.insert(key, result.clone());
        result
    }
}

#[path = "../../exercises/checks/single_flight.rs"]
mod check;
