//! The watch: a worker that will not begin, go on or end by itself is ended.
//!
//! Each worker's event loop counts heartbeats on the scoreboard. If the number stays the same for
//! too long, the loop stands still: some request blocks it, and all others wait. A long computation
//! does not stop it, as it has a thread of its own.

use std::time::Duration;

use crate::{scoreboard::slot::State, support::settings::Settings};

/// How long a worker may take to become ready.
const START_WITHIN: Duration = Duration::from_secs(30);

/// How long an aborted worker may take to end.
const ABORT_WITHIN: Duration = Duration::from_secs(1);

/// How much longer than `graceful_timeout` one that is retired may take. Workers keep to it
/// themselves; this is for those that cannot any more.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// What was seen of a worker, up to the last look.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// By the settings that the worker was started with: after a reload there may be others.
    timeout: Option<Duration>,
    stop_within: Duration,
    heartbeats: u64,
    /// For how long the beat did not change.
    silent: Duration,
    /// How long ago its abort was asked for.
    aborted: Option<Duration>,
}

/// What there is to see of a worker.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// What it is doing.
    pub state: State,
    /// How often its event loop came round.
    pub heartbeats: u64,
    /// How long ago it was started.
    pub age: Duration,
    /// How long ago it was asked to stop, if it was.
    pub retired: Option<Duration>,
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing.
    Fine,
    /// It is to be aborted, for this reason.
    Abort(String),
    /// It was, and did not end.
    Kill,
}

impl Watch {
    /// Nothing seen yet of a worker with these settings.
    pub fn new(settings: &Settings) -> Self {
        let stop_within = settings.graceful_timeout + STOP_WITHIN;
        let (heartbeats, silent, aborted) = (0, Duration::ZERO, None);
        Self { timeout: settings.timeout, stop_within, heartbeats, silent, aborted }
    }

    /// Looks again. `elapsed` is the time since the last look, as far as the master was awake: if the
    /// whole machine slept, no worker was silent.
    pub fn look(&mut self, sight: Sight, elapsed: Duration) -> Remedy {
        let is_starting = sight.state == State::Starting;
        let is_silent = sight.heartbeats == self.heartbeats && !is_starting;
        self.heartbeats = sight.heartbeats;
        self.silent = if is_silent { self.silent + elapsed } else { Duration::ZERO };
        if let Some(ago) = &mut self.aborted {
            *ago += elapsed;
            return if *ago > ABORT_WITHIN { Remedy::Kill } else { Remedy::Fine };
        }
        let too_silent = self.timeout.filter(|timeout| self.silent > *timeout);
        let problem = if is_starting {
            (sight.age > START_WITHIN).then(|| format!("is not ready after {START_WITHIN:?}"))
        } else if let Some(timeout) = too_silent {
            Some(format!("stands still: its event loop is blocked for {timeout:?} (--timeout)"))
        } else {
            let is_late = sight.retired.is_some_and(|ago| ago > self.stop_within);
            is_late.then(|| format!("does not end in {:?} (--graceful-timeout)", self.stop_within))
        };
        let Some(problem) = problem else { return Remedy::Fine };
        self.aborted = Some(Duration::ZERO);
        Remedy::Abort(problem)
    }

    /// Whether its end was asked for.
    pub fn has_aborted(&self) -> bool {
        self.aborted.is_some()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn watch(flags: &[&str]) -> Watch {
        Watch::new(&Settings::parse_from([&["test"], flags].concat()))
    }

    fn ready(heartbeats: u64) -> Sight {
        Sight { state: State::Ready, heartbeats, age: SECOND, retired: None }
    }

    #[test]
    fn one_whose_beat_stands_still_is_aborted_and_then_killed() {
        let mut watch = watch(&["--timeout=3"]);
        let starting = Sight { state: State::Starting, ..ready(0) };
        for _ in 0..9 {
            assert_eq!(watch.look(starting, SECOND), Remedy::Fine, "it has not begun to beat");
        }
        for _ in 0..3 {
            assert_eq!(watch.look(ready(0), SECOND), Remedy::Fine);
        }
        assert!(matches!(watch.look(ready(0), SECOND), Remedy::Abort(_)));
        assert_eq!(watch.look(ready(0), SECOND), Remedy::Fine);
        assert_eq!(watch.look(ready(0), SECOND), Remedy::Kill);
    }

    #[test]
    fn a_beat_now_and_then_is_enough_and_without_a_timeout_none_is_needed() {
        let mut with = watch(&["--timeout=3"]);
        for look in 0..100 {
            assert_eq!(with.look(ready(look / 3), SECOND), Remedy::Fine);
        }
        let mut without = watch(&["--timeout=0"]);
        for _ in 0..1000 {
            assert_eq!(without.look(ready(0), SECOND), Remedy::Fine);
        }
    }

    #[test]
    fn one_that_does_not_begin_or_does_not_end_is_aborted_too() {
        let watch = || watch(&["--timeout=0", "--graceful-timeout=5"]);
        let late = Sight { state: State::Starting, age: START_WITHIN + SECOND, ..ready(0) };
        assert!(matches!(watch().look(late, SECOND), Remedy::Abort(_)));
        let retired = |seconds| Sight { retired: Some(seconds * SECOND), ..ready(0) };
        assert_eq!(watch().look(retired(7), SECOND), Remedy::Fine);
        assert!(matches!(watch().look(retired(8), SECOND), Remedy::Abort(_)));
    }
}
