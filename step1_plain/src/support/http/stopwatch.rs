//! What a request waits for, timed and within a time limit.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{Instant, timeout_at};

use super::{
    activity::Activity,
    problem::Problem,
    timing::{Timed, Timing},
};

/// Times the parts of one request's work, which all together have a time limit.
pub struct Stopwatch {
    limit: Duration,
    deadline: Instant,
    timing: Timing,
    activity: Activity,
}

impl Stopwatch {
    /// The time limit begins now. The parts count for the request whose task calls this.
    pub fn start(limit: Duration) -> Self {
        let (deadline, timing) = (Instant::now() + limit, Timing::default());
        Self { limit, deadline, timing, activity: Activity::current() }
    }

    /// Awaits `part`, and records under this name how long that took, even if it took too long.
    ///
    /// # Errors
    /// 503 when the time limit is over. `part` is dropped then.
    pub async fn time<T>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = T>,
    ) -> Result<T, Problem> {
        let start = Instant::now();
        let done = self.activity.during(name, timeout_at(self.deadline, part)).await;
        self.timing.push(name, start.elapsed());
        done.map_err(|_| {
            let detail = format!("no response within {:?}; try a smaller n, or later", self.limit);
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1);
            problem.timed(self.timing.clone())
        })
    }

    /// The value, with the parts timed so far.
    pub fn stop<T>(self, value: T) -> Timed<T> {
        Timed { value, timing: self.timing }
    }
}
