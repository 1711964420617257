//! Calls, counted: how often, and how long all in all, since the server was started.
//!
//! A sampler sees where time goes, but not how often one goes there: a function that is called once
//! and takes a second looks like one that is called a million times. Counting is exact, and costs each
//! call a little; so it is done for the few that matter. (A request whose client left has no answer, and
//! is not counted; what was computed for it is.)
//!
//! Each worker counts in its own slot of the shared memory, which is never reset: the sum over all
//! slots is of all workers that ever were.

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use serde::Serialize;

/// Most things that can be counted.
pub const KINDS: usize = 24;

/// One worker's counts.
#[repr(C, align(64))]
#[derive(Default)]
pub struct Calls([Call; KINDS]);

#[repr(C)]
#[derive(Default)]
struct Call {
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Calls {
    /// Calls a function, and counts it as this kind.
    pub fn time<T>(&self, kind: usize, function: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = function();
        self.add(kind, start.elapsed());
        value
    }

    /// Counts a call of this kind.
    pub fn add(&self, kind: usize, time: Duration) {
        let Some(call) = self.0.get(kind) else { return };
        call.count.fetch_add(1, Relaxed);
        call.nanoseconds.fetch_add(time.as_nanos() as u64, Relaxed);
    }
}

/// One kind of call, as people see it.
#[derive(Clone, Debug, Serialize)]
pub struct Row<'a> {
    name: &'a str,
    calls: u64,
    total_seconds: f64,
    /// `null` if there was none.
    mean_seconds: Option<f64>,
}

/// The totals of all workers, in the order of their names, which is that of the kinds.
pub fn rows<'a>(slots: &[Calls], names: &'a [String]) -> Vec<Row<'a>> {
    let total = |kind: usize| {
        let calls = slots.iter().filter_map(|slot| slot.0.get(kind));
        calls.fold((0, 0), |(count, time), call| {
            (count + call.count.load(Relaxed), time + call.nanoseconds.load(Relaxed))
        })
    };
    let row = |(kind, name): (usize, &'a String)| {
        let (calls, time) = total(kind);
        let total_seconds = Duration::from_nanos(time).as_secs_f64();
        let mean_seconds = (calls > 0).then(|| total_seconds / calls as f64);
        Row { name, calls, total_seconds, mean_seconds }
    };
    names.iter().enumerate().map(row).collect()
}

/// A table.
pub fn text(rows: &[Row<'_>]) -> String {
    let mut text =
        "Calls since the server was started, in all workers. The time of a route is the \
                    time until its answer, waiting included.\n\n"
            .to_owned();
    let _ = writeln!(text, "{:>12}  {:>12}  {:>12}  call", "calls", "total s", "mean ms");
    for Row { name, calls, total_seconds, mean_seconds } in rows {
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
        let names = ["one", "two"].map(str::to_owned);
        for (slot, kind, milliseconds) in [(0, 0, 5), (2, 0, 15), (1, 1, 1), (1, KINDS, 1)] {
            slots[slot].add(kind, Duration::from_millis(milliseconds));
        }
        let rows = rows(&slots, &names);
        assert_eq!((rows[0].calls, rows[1].calls), (2, 1));
        assert_eq!((rows[0].total_seconds, rows[0].mean_seconds), (0.02, Some(0.01)));
        let text = text(&rows);
        assert!(text.contains("           2         0.020       10.0000  one\n"), "{text}");
    }
}
