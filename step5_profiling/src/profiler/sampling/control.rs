//! The control block: one worker asks for a profile, and all workers record it.
//!
//! Only one profile is taken at a time. The worker that asks first owns the profiler until its response
//! is ready. Others are told what is running, and for how long.
//!
//! A worker with nothing to record sleeps on the session's number in shared memory until it changes
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

/// What is being recorded, and for which worker.
#[repr(C, align(64))]
pub struct Control {
    /// The number of the session. Odd while one is being recorded, and raised by one at each start and
    /// end.
    session: AtomicU32,
    frequency: AtomicU32,
    /// The only worker to record, or 0 for all.
    worker: AtomicU32,
    /// The worker that asked, until it has its profile; 0 for none.
    owner: AtomicU32,
    began: AtomicU64,
    until: AtomicU64,
}

/// Which profile to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileRequest {
    /// Samples per second of CPU time.
    pub frequency: u32,
    /// The process id of the only worker to record; `None` for all.
    pub worker: Option<u32>,
    /// For how long.
    pub duration: Duration,
}

/// The profile that is being taken.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    /// The process id of the worker that takes it.
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
    /// Makes this worker the owner. `is_alive` tells whether a process id is a worker's: a dead worker
    /// owns nothing.
    ///
    /// # Errors
    /// If another worker is the owner.
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

    /// What is running, if anything is.
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

    /// Has all workers start to record. Returns the number of the session.
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

    /// Has all workers stop, if they record.
    pub fn end(&self) {
        let session = self.session.load(Acquire);
        if is_running(session) {
            self.session.store(session + 1, Release);
            self.wake_all();
        }
    }

    /// Gives the profiler back, if this worker still owns it.
    pub fn release(&self, own_pid: u32) {
        let _ = self.owner.compare_exchange(own_pid, 0, AcqRel, Relaxed);
    }

    /// The number of the session, and the request if it is running. The request's duration is the time
    /// that is left.
    pub fn current(&self) -> (u32, Option<ProfileRequest>) {
        loop {
            let session = self.session.load(Acquire);
            let request = ProfileRequest {
                frequency: self.frequency.load(Relaxed),
                worker: Some(self.worker.load(Relaxed)).filter(|worker| *worker != 0),
                duration: Duration::from_nanos(self.until.load(Relaxed).saturating_sub(now())),
            };
            // If the number changed while we read, the fields may be of two sessions.
            if self.session.load(Acquire) == session {
                return (session, is_running(session).then_some(request));
            }
        }
    }

    /// Waits until this is no longer the current session, or the time is over.
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
            // Whatever ends the wait, the loop checks both conditions again.
            let _ = futex::wait(&self.session, futex::Flags::empty(), session, timeout.as_ref());
        }
    }

    fn wake_all(&self) {
        // It cannot fail, because the address is that of an atomic.
        let _ = futex::wake(&self.session, futex::Flags::empty(), i32::MAX as u32);
    }
}

fn is_running(session: u32) -> bool {
    !session.is_multiple_of(2)
}

/// Nanoseconds on the clock that all processes share.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
