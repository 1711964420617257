//! Through the control block, one worker requests a profile and all workers record it.
//!
//! Only one profile is taken at a time. The first worker to request one owns the profiler until its
//! response is ready. Other workers learn which profile is running, and for how long.
//!
//! A worker with nothing to record sleeps until the session's number in shared memory changes
//! (futex(2)), so an idle profiler costs no CPU time.

use std::{
    fmt,
    sync::atomic::{
        AtomicU32, AtomicU64,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
    time::Duration,
};

use rustix::{
    thread::futex,
    time::{ClockId, Timespec, clock_gettime},
};

/// The session, and its settings.
#[repr(C, align(64))]
pub struct Control {
    /// The number of the session. It is odd during a recording, and goes up by one at each start
    /// and end.
    session: AtomicU32,
    frequency: AtomicU32,
    /// The only worker to record, or 0 for all.
    worker: AtomicU32,
    /// The worker that takes the profile, until it has finished. 0 means none.
    owner: AtomicU32,
    began: AtomicU64,
    until: AtomicU64,
}

/// The settings of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileRequest {
    /// Samples per second of CPU time.
    pub frequency: u32,
    /// The process ID of the only worker to record, or `None` for all.
    pub worker: Option<u32>,
    /// How long to record.
    pub duration: Duration,
}

/// The profile that is being taken.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    /// The process ID of the worker that takes it.
    pub owner: u32,
    /// How long it has been running.
    pub elapsed: Duration,
    /// How long it runs in all.
    pub duration: Duration,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, elapsed, duration } = self;
        let [elapsed, duration] = [elapsed, duration].map(Duration::as_secs_f64);
        write!(
            f,
            "a profile of {duration:.0} s is being taken by worker {owner}, for {elapsed:.1} s already"
        )
    }
}

impl Control {
    /// Makes this worker the owner, unless there is one already. `is_alive` returns whether a
    /// process ID belongs to a worker, because a dead owner does not count.
    pub fn claim(&self, own_pid: u32, is_alive: impl Fn(u32) -> bool) -> Result<(), Busy> {
        let mut owner = self.owner.load(Acquire);
        loop {
            if owner != 0 && is_alive(owner) {
                return Err(self.busy(owner));
            }
            match self.owner.compare_exchange(owner, own_pid, AcqRel, Acquire) {
                Ok(_) => break,
                Err(other) => owner = other,
            }
        }
        // An owner that died may have left its session running.
        self.end();
        self.began.store(now(), Relaxed);
        self.until.store(now(), Relaxed);
        Ok(())
    }

    /// The profile that is being taken, if there is one.
    pub fn running(&self) -> Option<Busy> {
        let owner = self.owner.load(Acquire);
        (owner != 0).then(|| self.busy(owner))
    }

    fn busy(&self, owner: u32) -> Busy {
        let began = self.began.load(Relaxed);
        let [elapsed, duration] = [now(), self.until.load(Relaxed)]
            .map(|end| Duration::from_nanos(end.saturating_sub(began)));
        Busy { owner, elapsed, duration }
    }

    /// Makes all workers start to record. Returns the number of the session.
    pub fn begin(&self, request: ProfileRequest) -> u32 {
        let began = now();
        self.frequency.store(request.frequency, Relaxed);
        self.worker.store(request.worker.unwrap_or(0), Relaxed);
        self.began.store(began, Relaxed);
        self.until.store(began + request.duration.as_nanos() as u64, Relaxed);
        let session = self.session.fetch_add(1, AcqRel) + 1;
        self.wake_all();
        session
    }

    /// Makes all workers stop, if they are recording.
    pub fn end(&self) {
        let session = self.session.load(Acquire);
        if is_running(session) {
            self.session.store(session + 1, Release);
            self.wake_all();
        }
    }

    /// Releases the profiler, if this worker still owns it.
    pub fn release(&self, own_pid: u32) {
        let _ = self.owner.compare_exchange(own_pid, 0, AcqRel, Relaxed);
    }

    /// The number of the session, and its settings if it is running. Their duration is the time
    /// that is left.
    pub fn current(&self) -> (u32, Option<ProfileRequest>) {
        loop {
            let session = self.session.load(Acquire);
            let request = ProfileRequest {
                frequency: self.frequency.load(Relaxed),
                worker: Some(self.worker.load(Relaxed)).filter(|worker| *worker != 0),
                duration: Duration::from_nanos(self.until.load(Relaxed).saturating_sub(now())),
            };
            // If the number changed while we read, the fields may come from two sessions.
            if self.session.load(Acquire) == session {
                return (session, is_running(session).then_some(request));
            }
        }
    }

    /// Waits until `session` is no longer the current session, or `time` has passed.
    pub fn wait(&self, session: u32, time: Option<Duration>) {
        let until = time.map(|time| now() + time.as_nanos() as u64);
        while self.session.load(Acquire) == session {
            let left = until.map(|until| until.saturating_sub(now()));
            if left == Some(0) {
                return;
            }
            let timeout = left.map(|left| Timespec {
                tv_sec: (left / 1_000_000_000) as i64,
                tv_nsec: (left % 1_000_000_000) as i64,
            });
            // A wait may end for any reason, so the loop checks both conditions again.
            let _ = futex::wait(&self.session, futex::Flags::empty(), session, timeout.as_ref());
        }
    }

    fn wake_all(&self) {
        // It can't fail, because the address is that of an atomic.
        let _ = futex::wake(&self.session, futex::Flags::empty(), i32::MAX as u32);
    }
}

fn is_running(session: u32) -> bool {
    !session.is_multiple_of(2)
}

/// Nanoseconds on a clock that all processes share.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
