//! Times the parts of a request, within a time limit.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{Instant, timeout_at};

use super::{
    activity::Activity,
    problem::Problem,
    timing::{Timed, Timing},
};

/// Times the parts of one request's work. All parts together have a time limit.
pub struct Stopwatch {
    limit: Duration,
    deadline: Instant,
    timing: Timing,
    activity: Activity,
}

impl Stopwatch {
    /// Starts the time limit. The parts belong to the request that the calling task works on.
    pub fn start(limit: Duration) -> Self {
        let (deadline, timing) = (Instant::now() + limit, Timing::default());
        Self { limit, deadline, timing, activity: Activity::current() }
    }

    /// Awaits `part`, and records its duration as `name`, even if the time limit cuts it short.
    ///
    /// # Errors
    /// 503 when the time limit has passed. `part` is then dropped.
    pub async fn time<T>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = T>,
    ) -> Result<T, Problem> {
        let start = Instant::now();
        let done = self.activity.during(name, timeout_at(self.deadline, part)).await;
        self.timing.push(name, start.elapsed());
        done.map_err(|_| {
            let detail =
                format!("no response within {:?}; try a smaller n, or try later", self.limit);
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1);
            problem.timed(self.timing.clone())
        })
    }

    /// Returns `value` with the times of all parts so far.
    pub fn stop<T>(self, value: T) -> Timed<T> {
        Timed { value, timing: self.timing }
    }
}
