//! Stores the results of all requests as a histogram, because a mean alone hides the slow ones.
//!
//! An HDR histogram (<https://hdrhistogram.github.io/HdrHistogram/>) counts every value in a bucket
//! that is at most 0.1% wide, so 10 million latencies take no more memory than 10 thousand.

use std::{collections::BTreeMap, time::Duration};

use axum::http::HeaderValue;
use hdrhistogram::Histogram;

use crate::client::Trouble;

/// The outcome of one request.
pub struct Outcome {
    /// When the request was sent (closed loop) or due (open loop), since the start.
    pub at: Duration,
    /// The time from that moment to the end of the response.
    pub latency: Duration,
    /// How late the open loop was ready to send it. This is the load generator's own error.
    pub late: Option<Duration>,
    /// The `Server-Timing` of a response below 400, or the error.
    pub result: Result<Option<HeaderValue>, Trouble>,
}

/// The outcomes of a loop. All histograms are in nanoseconds.
pub struct Record {
    /// The latency of every response. Errors are not included, because many of them are fast.
    pub latency: Histogram<u64>,
    /// How late each request was ready to send.
    pub late: Histogram<u64>,
    /// How many times each error happened.
    pub errors: BTreeMap<Trouble, u64>,
    /// The latencies again, by the time at which the requests were sent or due.
    pub slices: Vec<Histogram<u64>>,
    /// How long requests were sent.
    pub length: Duration,
    /// When the last response arrived, since the start. It is at least `length`.
    pub end: Duration,
}

impl Record {
    /// An empty record of a loop that sends for this long.
    pub fn new(length: Duration) -> Self {
        const SLICES: usize = 100;
        let empty = |digits| Histogram::new(digits).expect("it takes up to 5 digits");
        Self {
            latency: empty(3),
            late: empty(3),
            errors: BTreeMap::new(),
            slices: vec![empty(2); SLICES],
            length,
            end: length,
        }
    }

    /// Adds the outcome of one request.
    pub fn add(&mut self, Outcome { at, latency, late, result }: Outcome) {
        if let Some(late) = late {
            self.late += nanoseconds(late);
        }
        match result {
            Ok(_) => {
                self.latency += nanoseconds(latency);
                self.end = self.end.max(at + latency);
                let slices = self.slices.len();
                let slice = at.as_nanos() * slices as u128 / self.length.as_nanos();
                self.slices[(slice as usize).min(slices - 1)] += nanoseconds(latency);
            }
            Err(trouble) => *self.errors.entry(trouble).or_default() += 1,
        }
    }

    /// All requests, with and without a response.
    pub fn requests(&self) -> u64 {
        self.latency.len() + self.failed()
    }

    /// The requests that ended in an error.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
