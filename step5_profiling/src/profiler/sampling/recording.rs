//! The recording is memory that all workers share. Each worker writes its samples there, and the
//! worker that takes the profile reads them.
//!
//! All of it consists of atomics, as in the scoreboard. A worker that is killed during a write
//! leaves a sample without a stamp, which no reader counts. A page that was never written to uses
//! no memory, and after each profile the pages of the samples go back to the system. If the owner
//! dies, they go back before the next profile.

use std::{
    io,
    os::fd::OwnedFd,
    sync::atomic::{
        AtomicU32, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use rustix::fs::{FallocateFlags, fallocate};
use step4_workers::{
    scoreboard::SLOTS,
    support::shared_memory::{self, Shared},
};

use super::{calls::Calls, control::Control, gauges::Gauges, previous::Previous};

/// The maximum depth of a stack. A deeper stack loses its outermost functions.
pub const DEPTH: usize = 110;

/// The number of words that are copied from the top of the stack.
pub const STACK_WORDS: usize = 64;

/// The most samples in one profile, which is more than 16 cores produce in a minute at the default
/// frequency. Further samples are counted as dropped.
pub const SAMPLES: usize = 96 * 1024;

/// The shared memory, as all processes see it. It starts as zeros.
#[repr(C)]
pub struct Recording {
    layout: AtomicU64,
    /// The session, and its settings.
    pub control: Control,
    /// The progress of each worker.
    statuses: [WorkerStatus; SLOTS],
    /// The counted calls, which are independent of samples.
    pub calls: [Calls; SLOTS],
    /// The states of the requests of each worker.
    pub gauges: [Gauges; SLOTS],
    /// The last flamegraph, for comparison.
    pub previous: Previous,
    /// How many samples were taken, including those for which there was no room.
    taken: AtomicU64,
    samples: [SampleSlot; SAMPLES],
}

/// One worker's progress in a session.
#[repr(C, align(64))]
#[derive(Default)]
pub struct WorkerStatus {
    /// The last session that it started to record.
    pub started: AtomicU32,
    /// The last session that it finished.
    pub finished: AtomicU32,
    /// Its process ID.
    pub pid: AtomicU32,
    /// The CPU time that it used in that session, in nanoseconds.
    pub cpu: AtomicU64,
}

/// Room for one sample, with the interrupted thread and its stack.
#[repr(C, align(64))]
struct SampleSlot {
    /// The session of the sample. It is written last, so once it is there, the rest is complete.
    stamp: AtomicU32,
    pid: AtomicU32,
    thread: AtomicU32,
    depth: AtomicU32,
    stack_top: [AtomicU64; STACK_WORDS],
    frames: [AtomicU64; DEPTH],
}

/// A sample whose addresses have no names yet.
#[derive(Clone, Debug)]
pub struct RawSample {
    /// The worker's process ID. Its slot may belong to another worker by now.
    pub pid: u32,
    /// The thread's number in the system.
    pub thread: u32,
    /// The addresses, with the innermost first. All others point into a call instruction.
    pub addresses: Vec<u64>,
    /// The top of the stack, beginning with the last word that was pushed.
    pub stack_top: [u64; STACK_WORDS],
}

// SAFETY: all fields are atomics, or structs and arrays of them.
#[allow(unsafe_code, reason = "only this module knows that these bytes are a recording")]
unsafe impl Shared for Recording {
    const LAYOUT: u64 = 0x0005_0001 << 32 | size_of::<Self>() as u64;

    fn layout(&self) -> &AtomicU64 {
        &self.layout
    }
}

impl Recording {
    /// Maps this memory into this process.
    ///
    /// # Errors
    /// If the memory belongs to another version of this program, or the process may not map that
    /// much.
    pub fn map(memory: &OwnedFd) -> io::Result<&'static Self> {
        shared_memory::map(memory).map_err(|error| match error.raw_os_error() {
            None => error,
            Some(_) => io::Error::other(format!(
                "no room for the profiler's recording, {} MiB of shared memory ({error}): raise the \
                 limit on virtual memory (ulimit -v), or use --no-profiler",
                size_of::<Self>().div_ceil(1024 * 1024)
            )),
        })
    }

    /// The status of the worker in this slot.
    pub fn status(&self, slot: usize) -> &WorkerStatus {
        &self.statuses[slot]
    }

    /// The statuses of the workers that have started this session.
    pub fn statuses_of(&self, session: u32) -> impl Iterator<Item = &WorkerStatus> {
        self.statuses.iter().filter(move |status| status.started.load(Acquire) == session)
    }

    /// Writes a sample. A signal handler calls this, so it neither waits nor allocates.
    pub fn record(
        &self,
        session: u32,
        pid: u32,
        write: impl FnOnce(&[AtomicU64], &[AtomicU64; STACK_WORDS]) -> usize,
    ) {
        let index = self.taken.fetch_add(1, Relaxed);
        let Some(sample) = usize::try_from(index).ok().and_then(|index| self.samples.get(index))
        else {
            return;
        };
        sample.pid.store(pid, Relaxed);
        sample.thread.store(thread_id(), Relaxed);
        let depth = write(&sample.frames, &sample.stack_top);
        sample.depth.store(depth as u32, Relaxed);
        sample.stamp.store(session, Release);
    }

    /// The samples of this session, and the number of samples taken.
    pub fn samples(&self, session: u32) -> (impl Iterator<Item = RawSample>, u64) {
        let taken = self.taken.load(Acquire);
        let there = usize::try_from(taken).map_or(SAMPLES, |taken| taken.min(SAMPLES));
        let written = self.samples[..there].iter();
        let samples = written.filter(move |sample| sample.stamp.load(Acquire) == session);
        (samples.map(SampleSlot::read), taken)
    }

    /// Drops all samples, and returns their memory to the system.
    ///
    /// # Errors
    /// If the memory can't be returned.
    pub fn clear(&self, memory: &OwnedFd) -> io::Result<()> {
        let offset = std::mem::offset_of!(Self, samples) as u64;
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        fallocate(memory, flags, offset, size_of_val(&self.samples) as u64)?;
        self.taken.store(0, Release);
        Ok(())
    }
}

impl SampleSlot {
    fn read(&self) -> RawSample {
        let depth = (self.depth.load(Relaxed) as usize).min(DEPTH);
        RawSample {
            pid: self.pid.load(Relaxed),
            thread: self.thread.load(Relaxed),
            addresses: self.frames[..depth].iter().map(|frame| frame.load(Relaxed)).collect(),
            stack_top: std::array::from_fn(|index| self.stack_top[index].load(Relaxed)),
        }
    }
}

#[allow(unsafe_code, reason = "a signal handler may make this system call, but not use std's")]
fn thread_id() -> u32 {
    // SAFETY: gettid(2) has no arguments and cannot fail.
    unsafe { libc::gettid() as u32 }
}
