//! Counts calls and their total time since the server started.
//!
//! A sampler sees where time goes, but not how often a function is called. A function that is
//! called once and takes a second looks the same as one that is called a million times. Counting is
//! exact but costs each call a little, so we count only a few important functions. A request whose
//! client has left gets no response and is not counted, but its computation is.
//!
//! Each worker counts in its own slot of the shared memory, which is never reset. So the sum over
//! all slots includes workers that have ended.

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use serde::Serialize;

/// The largest number of rows.
pub const MAX_ROWS: usize = 24;

/// One worker's counts.
#[repr(C, align(64))]
#[derive(Default)]
pub struct Calls([Call; MAX_ROWS]);

#[repr(C)]
#[derive(Default)]
struct Call {
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Calls {
    /// Calls a function, and counts the call in this row.
    pub fn time<T>(&self, row: usize, function: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = function();
        self.add(row, start.elapsed());
        value
    }

    /// The calls in this row so far.
    pub fn count(&self, row: usize) -> u64 {
        self.0.get(row).map_or(0, |call| call.count.load(Relaxed))
    }

    /// Counts a call in this row.
    pub fn add(&self, row: usize, time: Duration) {
        let Some(call) = self.0.get(row) else { return };
        call.count.fetch_add(1, Relaxed);
        call.nanoseconds.fetch_add(time.as_nanos() as u64, Relaxed);
    }
}

/// The row of a route or a function.
#[derive(Clone, Debug, Serialize)]
pub struct CallRow {
    name: &'static str,
    calls: u64,
    total_seconds: f64,
    /// `null` without calls.
    mean_seconds: Option<f64>,
}

/// The totals of all workers. `names` has the name of each row.
pub fn rows(slots: &[Calls], names: &[&'static str]) -> Vec<CallRow> {
    let total = |row: usize| {
        let calls = slots.iter().filter_map(|slot| slot.0.get(row));
        calls.fold((0, 0), |(count, time), call| {
            (count + call.count.load(Relaxed), time + call.nanoseconds.load(Relaxed))
        })
    };
    let row = |(index, &name): (usize, &&'static str)| {
        let (calls, time) = total(index);
        let total_seconds = Duration::from_nanos(time).as_secs_f64();
        let mean_seconds = (calls > 0).then(|| total_seconds / calls as f64);
        CallRow { name, calls, total_seconds, mean_seconds }
    };
    names.iter().enumerate().map(row).collect()
}

/// The rows as a table of text.
pub fn text(rows: &[CallRow]) -> String {
    let mut text =
        "Calls since the server started, in all workers. The time of a route is the time \
                    until its response, waiting included.\n\n"
            .to_owned();
    let _ = writeln!(text, "{:>12}  {:>12}  {:>12}  call", "calls", "total s", "mean ms");
    for CallRow { name, calls, total_seconds, mean_seconds } in rows {
        let mean = mean_seconds.map_or("-".to_owned(), |mean| format!("{:.4}", mean * 1000.0));
        let _ = writeln!(text, "{calls:>12}  {total_seconds:>12.3}  {mean:>12}  {name}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_every_worker_is_counted() {
        let slots: [Calls; 3] = Default::default();
        for (slot, row, milliseconds) in [(0, 0, 5), (2, 0, 15), (1, 1, 1), (1, MAX_ROWS, 1)] {
            slots[slot].add(row, Duration::from_millis(milliseconds));
        }
        let rows = rows(&slots, &["one", "two"]);
        assert_eq!((rows[0].calls, rows[1].calls), (2, 1));
        assert_eq!((rows[0].total_seconds, rows[0].mean_seconds), (0.02, Some(0.01)));
        let text = text(&rows);
        assert!(text.contains("           2         0.020       10.0000  one\n"), "{text}");
    }
}
