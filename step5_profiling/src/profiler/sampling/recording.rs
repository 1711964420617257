//! The recording: memory that all workers share, in which each writes its samples, and from which
//! whoever asked for a profile reads them.
//!
//! It is all atomics, as the scoreboard is: a worker that is killed while it writes leaves one sample
//! without its stamp, and nothing else. Pages that nobody has written to yet cost no memory, and after
//! each profile the pages of the samples are given back; if who asked has died, before the next one.

use std::{
    io,
    os::fd::OwnedFd,
    sync::atomic::{
        AtomicU32, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use rustix::fs::{FallocateFlags, fallocate};
use step4_workers::{scoreboard::SLOTS, support::shared_memory};

use super::{calls::Calls, order::Order, previous::Previous};

/// How deep a stack may be; of a deeper one, the outermost functions are missing.
pub const DEPTH: usize = 110;

/// How many words of the end of the stack are written down.
pub const END: usize = 64;

/// How many samples there can be in one profile: more than 16 cores give in a minute at the default
/// frequency. What is more is counted, and said.
pub const SAMPLES: usize = 96 * 1024;

/// Changes whenever [`Recording`] does: a worker that was built after its master must not read one
/// thing for the other.
const LAYOUT: u64 = 0x0005_0001 << 32 | size_of::<Recording>() as u64;

/// The shared memory, as all processes see it. Fresh memory is zeros, and that is how it starts.
#[repr(C)]
pub struct Recording {
    layout: AtomicU64,
    /// What is being recorded.
    pub order: Order,
    /// What each worker did for it.
    tracks: [Track; SLOTS],
    /// What was called, and how often; it has nothing to do with samples.
    pub calls: [Calls; SLOTS],
    /// The last flamegraph, to compare with.
    pub previous: Previous,
    /// How many samples were to be written, the last ones perhaps in vain.
    taken: AtomicU64,
    samples: [Sample; SAMPLES],
}

/// One worker's part in a profile.
#[repr(C, align(64))]
#[derive(Default)]
pub struct Track {
    /// The turn that it has begun to record.
    pub begun: AtomicU32,
    /// The turn that it has recorded to the end.
    pub done: AtomicU32,
    /// Its process id.
    pub pid: AtomicU32,
    /// How much CPU time it used meanwhile, in nanoseconds.
    pub cpu: AtomicU64,
}

/// One sample: who was interrupted, and where.
#[repr(C, align(64))]
struct Sample {
    /// The turn that it is of. Written last: then the rest is there, too.
    stamp: AtomicU32,
    pid: AtomicU32,
    thread: AtomicU32,
    depth: AtomicU32,
    end: [AtomicU64; END],
    frames: [AtomicU64; DEPTH],
}

/// A sample, read.
#[derive(Clone, Debug)]
pub struct Interruption {
    /// The worker's process id. (Its slot may be another one's by now.)
    pub pid: u32,
    /// The thread, as the system numbers them.
    pub thread: u32,
    /// The addresses, the innermost first, all others in the call.
    pub addresses: Vec<u64>,
    /// The end of the stack, from its last word.
    pub end: [u64; END],
}

impl Recording {
    /// Where this memory is to be found in this process.
    ///
    /// # Errors
    /// When it is that of another version of this program.
    #[allow(unsafe_code, reason = "nobody but us can know that these bytes are a recording")]
    pub fn map(memory: &OwnedFd) -> io::Result<&'static Self> {
        let other_version = || {
            io::Error::other(
                "the running master is of another version than this program: a reload cannot \
                 bridge that, stop the master and start it anew",
            )
        };
        if shared_memory::size(memory)? < size_of::<Self>() {
            return Err(other_version());
        }
        let place = shared_memory::map(memory, size_of::<Self>())?;
        // SAFETY: a mapping starts at a page, which is aligned enough, and has the size of `Self`;
        // it lasts as long as the process, and nobody makes the memory behind it smaller. `Self` is
        // atomics all through: any bytes in it are valid, and others may write to them at any time.
        let recording = unsafe { place.cast::<Self>().as_ref() };
        match recording.layout.compare_exchange(0, LAYOUT, Relaxed, Relaxed) {
            Ok(_) | Err(LAYOUT) => Ok(recording),
            Err(_) => Err(other_version()),
        }
    }

    /// One worker's track.
    pub fn track(&self, slot: usize) -> &Track {
        &self.tracks[slot]
    }

    /// The tracks of those who have begun this turn.
    pub fn tracks_of(&self, turn: u32) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |track| track.begun.load(Acquire) == turn)
    }

    /// Writes a sample. This is called by a signal handler: it waits for nobody and allocates nothing.
    pub fn record(
        &self,
        turn: u32,
        pid: u32,
        write: impl FnOnce(&[AtomicU64], &[AtomicU64; END]) -> usize,
    ) {
        let index = self.taken.fetch_add(1, Relaxed);
        let Some(sample) = usize::try_from(index).ok().and_then(|index| self.samples.get(index))
        else {
            return;
        };
        sample.pid.store(pid, Relaxed);
        sample.thread.store(thread_id(), Relaxed);
        let depth = write(&sample.frames, &sample.end);
        sample.depth.store(depth as u32, Relaxed);
        sample.stamp.store(turn, Release);
    }

    /// The samples of this turn, and how many there should have been.
    pub fn samples(&self, turn: u32) -> (impl Iterator<Item = Interruption>, u64) {
        let taken = self.taken.load(Acquire);
        let there = usize::try_from(taken).map_or(SAMPLES, |taken| taken.min(SAMPLES));
        let written = self.samples[..there].iter();
        let samples = written.filter(move |sample| sample.stamp.load(Acquire) == turn);
        (samples.map(Sample::read), taken)
    }

    /// Forgets all samples, and gives their memory back to the system.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&self, memory: &OwnedFd) -> io::Result<()> {
        let offset = std::mem::offset_of!(Self, samples) as u64;
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        fallocate(memory, flags, offset, size_of_val(&self.samples) as u64)?;
        self.taken.store(0, Release);
        Ok(())
    }
}

impl Sample {
    fn read(&self) -> Interruption {
        let depth = (self.depth.load(Relaxed) as usize).min(DEPTH);
        Interruption {
            pid: self.pid.load(Relaxed),
            thread: self.thread.load(Relaxed),
            addresses: self.frames[..depth].iter().map(|frame| frame.load(Relaxed)).collect(),
            end: std::array::from_fn(|index| self.end[index].load(Relaxed)),
        }
    }
}

#[allow(unsafe_code, reason = "a signal handler may make this system call, but not use std's")]
fn thread_id() -> u32 {
    // SAFETY: gettid(2) has no arguments and cannot fail.
    unsafe { libc::gettid() as u32 }
}
