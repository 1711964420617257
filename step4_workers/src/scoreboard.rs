//! The scoreboard: memory that the master and all workers share, and in which each worker says how
//! it is doing. The word is Apache's, and so is the idea.
//!
//! It is all atomics, so nobody locks anything: a worker that is killed in the middle of whatever
//! it does leaves nothing locked and nothing half written.
//!
//! Each worker process has a slot of its own while it lives; in a reload the old and the new ones
//! are there at once. The counters in a slot are never reset. When a worker dies, the next one in
//! its slot counts on from there, so the sum over all slots is the sum over all workers that ever
//! were, and never goes backwards, whoever dies while it is read. What a worker itself did is what
//! the slot says now, less what the worker found when it came.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    ptr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use rustix::{
    fs::ftruncate,
    mm::{MapFlags, ProtFlags, mmap},
};

use crate::cores::MAX_WORKERS;

/// How many worker processes there can be at once: in a reload, twice as many as usual, and some
/// that still finish a request from before the reload before.
pub const SLOTS: usize = 4 * MAX_WORKERS;

/// Changes whenever [`Scoreboard`] does: a worker that was built after its master must not read
/// the one thing for the other.
const LAYOUT: u64 = 0x0004_0001 << 32 | size_of::<Scoreboard>() as u64;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Requests that were answered.
    Requests,
    /// Answers that were in the cache.
    Hits,
    /// Answers that had to be computed.
    Misses,
    /// Requests that waited for another one's computation.
    Collapsed,
    /// Answers given up for a new one.
    Evictions,
    /// Answers given up because their time was over.
    Expirations,
    /// Times that the shared cache failed.
    CacheErrors,
}

const COUNTERS: usize = 7;

/// Why a worker was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A signal ended it.
    Signal,
    /// It ended by itself, unasked.
    Exit,
    /// Its event loop stood still for longer than `timeout`.
    Timeout,
    /// It had answered its `max_requests`.
    MaxRequests,
    /// A reload.
    Reload,
}

impl Reason {
    /// All of them, and their names in `/stats`.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Signal, "signal"),
        (Self::Exit, "exit"),
        (Self::Timeout, "timeout"),
        (Self::MaxRequests, "max_requests"),
        (Self::Reload, "reload"),
    ];
}

/// What a slot's worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Free,
    /// It has been started.
    Starting,
    /// It accepts connections.
    Ready,
    /// It does too, but would like to be replaced: it has answered its `max_requests`.
    Spent,
    /// It accepts nothing more, and finishes what it has.
    Draining,
}

impl State {
    const ALL: [Self; 5] = [Self::Free, Self::Starting, Self::Ready, Self::Spent, Self::Draining];

    /// The name in `/stats`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Spent => "spent",
            Self::Draining => "draining",
        }
    }

    /// Whether it takes new connections.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Ready | Self::Spent)
    }
}

/// The shared memory, as all processes see it. Fresh memory is zeros, and that is how it starts.
#[repr(C)]
pub struct Scoreboard {
    layout: AtomicU64,
    /// How many slots were ever used: those after them need not be looked at.
    used: AtomicU64,
    /// How often `DELETE /cache` was asked for; see [`epoch`](Self::epoch).
    epoch: AtomicU64,
    restarts: [AtomicU64; Reason::ALL.len()],
    slots: [Slot; SLOTS],
}

/// One worker's place. Aligned so that no two workers write to the same cache line.
#[repr(C, align(128))]
pub struct Slot {
    state: AtomicU64,
    /// The worker's process id.
    pub pid: AtomicU64,
    /// Which reload it came with; the first workers are generation 1.
    pub generation: AtomicU64,
    /// When it was started, in seconds since 1970.
    pub started: AtomicU64,
    /// How often its event loop came round; see [`beat`](Self::beat).
    beats: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Answers in its cache, and the epoch of which they are.
    pub entries: AtomicU64,
    /// The epoch that [`entries`](Self::entries) is from.
    pub entries_epoch: AtomicU64,
    counts: [AtomicU64; COUNTERS],
    found: [AtomicU64; COUNTERS],
}

impl Scoreboard {
    /// A new one, and the descriptor by which other processes [`open`](Self::open) it.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn create() -> io::Result<(OwnedFd, &'static Self)> {
        let memory = anonymous_memory()?;
        ftruncate(&memory, size_of::<Self>() as u64)?;
        let board = Self::map(&memory)?;
        board.layout.store(LAYOUT, Relaxed);
        Ok((memory, board))
    }

    /// The one that another process created.
    ///
    /// # Errors
    /// When this is none, or that of another version of this program.
    pub fn open(memory: &OwnedFd) -> io::Result<&'static Self> {
        let size = rustix::fs::fstat(memory)?.st_size;
        // Both before anything is read: beyond the end of the memory there is only SIGBUS.
        if usize::try_from(size) == Ok(size_of::<Self>()) {
            let board = Self::map(memory)?;
            if board.layout.load(Relaxed) == LAYOUT {
                return Ok(board);
            }
        }
        Err(io::Error::other(
            "the running master is of another version than this program: a reload cannot bridge \
             that, stop the master and start it anew",
        ))
    }

    #[allow(unsafe_code, reason = "memory that processes share can only be had from the system")]
    fn map(memory: impl AsFd) -> io::Result<&'static Self> {
        let (size, rights) = (size_of::<Self>(), ProtFlags::READ | ProtFlags::WRITE);
        // SAFETY: the system chooses a place where nothing is yet.
        let place = unsafe { mmap(ptr::null_mut(), size, rights, MapFlags::SHARED, memory, 0) }?;
        // SAFETY: a mapping starts at a page, which is aligned enough, and has the size of `Self`;
        // nobody unmaps it, and its memory was never made smaller than that. `Self` is atomics all
        // through: any bytes in it are valid, and others may write to them at any time.
        Ok(unsafe { &*place.cast::<Self>() })
    }

    /// Takes a free slot for a worker that is about to be started. Only the master does.
    pub fn take_slot(&self, generation: u64, now: u64) -> Option<usize> {
        let index = self.slots.iter().position(|slot| slot.state() == State::Free)?;
        let slot = &self.slots[index];
        slot.pid.store(0, Relaxed);
        slot.generation.store(generation, Relaxed);
        slot.started.store(now, Relaxed);
        slot.set_state(State::Starting);
        self.used.fetch_max(index as u64 + 1, Relaxed);
        Some(index)
    }

    /// Gives the slot of a dead worker back. Only the master does.
    pub fn free_slot(&self, index: usize) {
        let slot = self.slot(index);
        slot.connections.store(0, Relaxed);
        slot.entries.store(0, Relaxed);
        slot.set_state(State::Free);
    }

    /// The slot with this number.
    ///
    /// # Panics
    /// If there is none: numbers come from [`take_slot`](Self::take_slot).
    pub fn slot(&self, index: usize) -> &Slot {
        &self.slots[index]
    }

    fn used(&self) -> &[Slot] {
        &self.slots[..(self.used.load(Relaxed) as usize).min(SLOTS)]
    }

    /// The slots that have a worker.
    pub fn workers(&self) -> impl Iterator<Item = &Slot> {
        self.used().iter().filter(|slot| slot.state() != State::Free)
    }

    /// The total over all workers that ever were.
    pub fn total(&self, counter: Counter) -> u64 {
        self.used().iter().map(|slot| slot.count(counter)).sum()
    }

    /// The entries of all workers, except those that a worker has yet to forget.
    pub fn entries(&self) -> u64 {
        let current = |slot: &&Slot| slot.entries_epoch.load(Relaxed) == self.epoch();
        self.workers().filter(current).map(|slot| slot.entries.load(Relaxed)).sum()
    }

    /// Changes with every `DELETE /cache`: what a worker has kept from an older one is not to be
    /// used any more.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }

    /// Begins the next epoch.
    pub fn next_epoch(&self) {
        self.epoch.fetch_add(1, Relaxed);
    }

    /// Counts a worker's replacement.
    pub fn count_restart(&self, reason: Reason) {
        self.restarts[reason as usize].fetch_add(1, Relaxed);
    }

    /// How many workers were replaced for this reason.
    pub fn restarts(&self, reason: Reason) -> u64 {
        self.restarts[reason as usize].load(Relaxed)
    }
}

impl Slot {
    /// What its worker is doing.
    pub fn state(&self) -> State {
        State::ALL[(self.state.load(Relaxed) as usize).min(State::ALL.len() - 1)]
    }

    /// Says what its worker is doing.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u64, Relaxed);
    }

    /// Says that the event loop of its worker goes round.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Relaxed);
    }

    /// How often it did. Who sees the same number again and again knows that it stands still; what
    /// the number is, or what the time is in which process, does not matter.
    pub fn beats(&self) -> u64 {
        self.beats.load(Relaxed)
    }

    /// Moves in: a worker says who it is, and what it found counted.
    pub fn move_in(&self, pid: u32) {
        for (found, count) in self.found.iter().zip(&self.counts) {
            found.store(count.load(Relaxed), Relaxed);
        }
        self.pid.store(pid.into(), Relaxed);
    }

    /// Counts one more.
    pub fn add(&self, counter: Counter) {
        self.counts[counter as usize].fetch_add(1, Relaxed);
    }

    /// Says how many there are since this worker moved in.
    pub fn set_own(&self, counter: Counter, count: u64) {
        let found = self.found[counter as usize].load(Relaxed);
        self.counts[counter as usize].store(found + count, Relaxed);
    }

    /// How many this worker has counted itself.
    pub fn own(&self, counter: Counter) -> u64 {
        self.count(counter).saturating_sub(self.found[counter as usize].load(Relaxed))
    }

    fn count(&self, counter: Counter) -> u64 {
        self.counts[counter as usize].load(Relaxed)
    }
}

/// Memory with a descriptor and without a name.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn anonymous_memory() -> io::Result<OwnedFd> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("scoreboard", MemfdFlags::CLOEXEC)?)
}

/// Memory with a descriptor, whose name is taken away at once.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn anonymous_memory() -> io::Result<OwnedFd> {
    use rustix::{fs::Mode, shm};
    let name = format!("/scoreboard-{}", std::process::id());
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    let memory = shm::open(&name, flags, Mode::RUSR | Mode::WUSR)?;
    shm::unlink(&name)?;
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write, thread};

    use super::*;

    #[test]
    fn two_mappings_of_one_descriptor_are_the_same_memory() {
        let (memory, here) = Scoreboard::create().unwrap();
        let there = Scoreboard::open(&memory).unwrap();
        assert!(!ptr::eq(here, there), "they are two mappings");
        let index = here.take_slot(1, 0).unwrap();
        there.slot(index).add(Counter::Hits);
        here.next_epoch();
        assert_eq!((here.total(Counter::Hits), there.epoch()), (1, 1));
    }

    #[test]
    fn what_is_no_scoreboard_is_not_read_as_one() {
        let memory = anonymous_memory().unwrap();
        assert!(Scoreboard::open(&memory).is_err(), "too small");
        ftruncate(&memory, size_of::<Scoreboard>() as u64).unwrap();
        assert!(Scoreboard::open(&memory).is_err(), "nothing in it");
        File::from(memory.try_clone().unwrap()).write_all(&LAYOUT.to_ne_bytes()).unwrap();
        assert!(Scoreboard::open(&memory).is_ok());
        let master_of_another_size = anonymous_memory().unwrap();
        ftruncate(&master_of_another_size, size_of::<Scoreboard>() as u64 + 1).unwrap();
        assert!(Scoreboard::open(&master_of_another_size).is_err());
    }

    #[test]
    fn totals_never_go_backwards_while_workers_come_and_go() {
        let (_, board) = Scoreboard::create().unwrap();
        let reading = thread::spawn(|| {
            let mut last = 0;
            while last < 20_000 {
                let total = board.total(Counter::Requests);
                assert!(total >= last, "{last} and then {total}");
                last = total;
            }
        });
        for worker in 0..2000 {
            let index = board.take_slot(1, 0).unwrap();
            let slot = board.slot(index);
            slot.move_in(worker);
            for _ in 0..10 {
                slot.add(Counter::Requests);
            }
            assert_eq!(slot.own(Counter::Requests), 10);
            board.free_slot(index);
        }
        reading.join().unwrap();
        assert_eq!(board.total(Counter::Requests), 20_000);
    }

    #[test]
    fn workers_that_overlap_have_slots_of_their_own_and_there_is_an_end_of_them() {
        let (_, board) = Scoreboard::create().unwrap();
        let mut slots: Vec<_> = (0..SLOTS).map(|_| board.take_slot(1, 0).unwrap()).collect();
        slots.dedup();
        assert_eq!(slots.len(), SLOTS);
        assert_eq!(board.take_slot(1, 0), None);
        board.free_slot(7);
        assert_eq!(board.take_slot(2, 0), Some(7));
    }

    #[test]
    fn entries_from_before_a_clear_are_not_counted() {
        let (_, board) = Scoreboard::create().unwrap();
        let slot = board.slot(board.take_slot(1, 0).unwrap());
        slot.entries.store(5, Relaxed);
        assert_eq!(board.entries(), 5);
        board.next_epoch();
        assert_eq!(board.entries(), 0);
        slot.entries_epoch.store(board.epoch(), Relaxed);
        assert_eq!(board.entries(), 5);
    }
}
