//! The order: one worker asks for a profile, and all of them hear it.
//!
//! Only one profile is taken at a time. Whoever asks first holds the profiler until the answer is
//! ready; the others are told what runs, and for how long.
//!
//! A worker that has nothing to record sleeps on the number of the turn, in shared memory, and is
//! woken when it changes (futex(2)): an idle profiler costs no CPU time at all.

use std::{
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

/// What is being recorded, by whose wish.
#[repr(C, align(64))]
pub struct Order {
    /// Odd while something is recorded. It changes at the beginning and at the end.
    turn: AtomicU32,
    frequency: AtomicU32,
    /// The only worker that is to record, or 0 for all.
    worker: AtomicU32,
    /// The worker that asked, until it has its answer; 0 for none.
    holder: AtomicU32,
    began: AtomicU64,
    until: AtomicU64,
}

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How many samples in a second of CPU time.
    pub frequency: u32,
    /// The only worker that is to record; `None` for all.
    pub worker: Option<u32>,
    /// For how long.
    pub period: Duration,
}

/// What runs already.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    /// The worker that asked for it.
    pub holder: u32,
    /// For how long it has been running.
    pub since: Duration,
    /// For how long it is going to, all in all.
    pub period: Duration,
}

impl Order {
    /// Takes the profiler for this worker. `is_alive` tells whether a process id is a worker's: one
    /// that has died holds nothing.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn claim(&self, own_pid: u32, is_alive: impl Fn(u32) -> bool) -> Result<(), Busy> {
        let mut holder = self.holder.load(Acquire);
        loop {
            if holder != 0 && is_alive(holder) {
                return Err(self.busy(holder));
            }
            match self.holder.compare_exchange(holder, own_pid, AcqRel, Acquire) {
                Ok(_) => break,
                Err(other) => holder = other,
            }
        }
        // Whoever died with it has perhaps not ended its turn.
        self.end();
        self.began.store(now(), Relaxed);
        self.until.store(now(), Relaxed);
        Ok(())
    }

    /// What runs, if anything does.
    pub fn running(&self) -> Option<Busy> {
        Some(self.holder.load(Acquire))
            .filter(|holder| *holder != 0)
            .map(|holder| self.busy(holder))
    }

    fn busy(&self, holder: u32) -> Busy {
        let began = self.began.load(Relaxed);
        let [since, period] = [now(), self.until.load(Relaxed)]
            .map(|end| Duration::from_nanos(end.saturating_sub(began)));
        Busy { holder, since, period }
    }

    /// Tells all workers to record. The number of the turn is the recording's name.
    pub fn begin(&self, wish: Wish) -> u32 {
        let began = now();
        self.frequency.store(wish.frequency, Relaxed);
        self.worker.store(wish.worker.unwrap_or(0), Relaxed);
        self.began.store(began, Relaxed);
        self.until.store(began + wish.period.as_nanos() as u64, Relaxed);
        let turn = self.turn.fetch_add(1, AcqRel) + 1;
        self.wake_all();
        turn
    }

    /// Tells all workers to stop, if they record.
    pub fn end(&self) {
        let turn = self.turn.load(Acquire);
        if is_running(turn) {
            self.turn.store(turn + 1, Release);
            self.wake_all();
        }
    }

    /// Gives the profiler back, if this worker still has it.
    pub fn release(&self, own_pid: u32) {
        let _ = self.holder.compare_exchange(own_pid, 0, AcqRel, Relaxed);
    }

    /// The turn, and what is wanted in it if something is.
    pub fn look(&self) -> (u32, Option<Wish>) {
        loop {
            let turn = self.turn.load(Acquire);
            let wish = Wish {
                frequency: self.frequency.load(Relaxed),
                worker: Some(self.worker.load(Relaxed)).filter(|worker| *worker != 0),
                period: Duration::from_nanos(self.until.load(Relaxed).saturating_sub(now())),
            };
            // Not of two turns.
            if self.turn.load(Acquire) == turn {
                return (turn, is_running(turn).then_some(wish));
            }
        }
    }

    /// Sleeps until the turn is another one, or the time is over.
    pub fn sleep(&self, turn: u32, time: Option<Duration>) {
        let until = time.map(|time| now() + time.as_nanos() as u64);
        while self.turn.load(Acquire) == turn {
            let left = until.map(|until| until.saturating_sub(now()));
            if left == Some(0) {
                return;
            }
            let timeout = left.map(|left| Timespec {
                tv_sec: (left / 1_000_000_000) as i64,
                tv_nsec: (left % 1_000_000_000) as i64,
            });
            // However it ends, the loop looks why.
            let _ = futex::wait(&self.turn, futex::Flags::empty(), turn, timeout.as_ref());
        }
    }

    fn wake_all(&self) {
        // It cannot fail: the address is that of an atomic.
        let _ = futex::wake(&self.turn, futex::Flags::empty(), i32::MAX as u32);
    }
}

fn is_running(turn: u32) -> bool {
    !turn.is_multiple_of(2)
}

/// The system's clock that all processes share, in nanoseconds.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
