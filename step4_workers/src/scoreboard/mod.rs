//! The scoreboard: memory that the master and all workers share, where each worker reports its state.
//! The name and the idea are Apache's.
//!
//! It consists of atomics and has no lock. So a worker that is killed at any moment leaves nothing
//! locked or half written. Each worker process has its own [slot](Slot) while it lives. During a
//! reload, the old and the new workers have slots at the same time.
//!
//! | file | idea |
//! |---|---|
//! | [`slot`] | the figures of one worker, and where it writes them |
//! | [`latency`] | how long responses take, for percentiles of the whole server |
//! | [`stats`], [`mod@metrics`] | the figures of all workers together: `/stats` and `/metrics` |

pub mod latency;
pub mod metrics;
pub mod slot;
pub mod stats;

use std::{
    io,
    os::fd::OwnedFd,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use latency::Latency;
use slot::{Counter, Slot, State};

use crate::support::{
    cores::MAX_WORKERS,
    shared_memory::{self, Shared},
};

/// How many worker processes can exist at once. A reload needs twice the usual number, and workers from
/// earlier reloads may still be finishing a request.
pub const SLOTS: usize = 4 * MAX_WORKERS;

/// Why a worker was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A signal ended it.
    Signal,
    /// It ended by itself, without being asked.
    Exit,
    /// Its event loop was stuck for longer than `timeout`.
    Timeout,
    /// It had served its `max_requests`.
    MaxRequests,
    /// A reload replaced it.
    Reload,
}

impl Reason {
    /// All reasons, with their names in `/stats`.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Signal, "signal"),
        (Self::Exit, "exit"),
        (Self::Timeout, "timeout"),
        (Self::MaxRequests, "max_requests"),
        (Self::Reload, "reload"),
    ];
}

/// The shared memory, as all processes see it. All its fields start as zero, like new memory.
#[repr(C)]
pub struct Scoreboard {
    layout: AtomicU64,
    /// How many slots were ever used. Readers skip the slots after them.
    used: AtomicU64,
    /// How many times a client sent `DELETE /cache`; see [`epoch`](Self::epoch).
    epoch: AtomicU64,
    /// How many workers the master has ever started.
    workers: AtomicU64,
    /// How many connections the workers have ever received.
    connections: AtomicU64,
    /// How many workers were replaced, by [`Reason`].
    restarts: [AtomicU64; Reason::ALL.len()],
    slots: [Slot; SLOTS],
    latencies: [Latency; SLOTS],
}

// SAFETY: all fields are atomics, or arrays of them.
#[allow(unsafe_code, reason = "only this module knows that these bytes are a scoreboard")]
unsafe impl Shared for Scoreboard {
    /// It also changes when the rest of a worker's inheritance changes.
    const LAYOUT: u64 = 0x0004_0004 << 32 | size_of::<Self>() as u64;

    fn layout(&self) -> &AtomicU64 {
        &self.layout
    }
}

impl Scoreboard {
    /// A new scoreboard, and the descriptor that other processes use to [`open`](Self::open) it.
    ///
    /// # Errors
    /// When the system has no memory left.
    pub fn create() -> io::Result<(OwnedFd, &'static Self)> {
        let memory = shared_memory::create("scoreboard", size_of::<Self>())?;
        let board = Self::open(&memory)?;
        Ok((memory, board))
    }

    /// The scoreboard that another process created.
    ///
    /// # Errors
    /// When this is not a scoreboard, or another version of this program created it.
    pub fn open(memory: &OwnedFd) -> io::Result<&'static Self> {
        shared_memory::map(memory)
    }

    /// Takes a free slot for a worker that is about to start. Only the master calls this.
    pub fn take_slot(&self, generation: u64, now: u64) -> Option<usize> {
        let index = self.slots.iter().position(|slot| slot.state() == State::Free)?;
        self.slots[index].move_in(self.workers.fetch_add(1, Relaxed), generation, now);
        self.used.fetch_max(index as u64 + 1, Relaxed);
        Some(index)
    }

    /// Frees the slot of a dead worker. Only the master calls this.
    pub fn free_slot(&self, index: usize) {
        let slot = self.slot(index);
        slot.connections.store(0, Relaxed);
        slot.entries.store(0, Relaxed);
        slot.pid.store(0, Relaxed);
        slot.set_state(State::Free);
    }

    /// The slot with this number.
    ///
    /// # Panics
    /// If there is no such slot. Numbers come from [`take_slot`](Self::take_slot).
    pub fn slot(&self, index: usize) -> &Slot {
        &self.slots[index]
    }

    /// The slots that have ever had a worker.
    pub fn used_slots(&self) -> &[Slot] {
        &self.slots[..(self.used.load(Relaxed) as usize).min(SLOTS)]
    }

    /// The next number for [`Slot::last_connection`].
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Relaxed) + 1
    }

    /// The slots that have a worker.
    pub fn workers(&self) -> impl Iterator<Item = &Slot> {
        self.used_slots().iter().filter(|slot| slot.state() != State::Free)
    }

    /// The total over all workers, dead ones included.
    pub fn total(&self, counter: Counter) -> u64 {
        self.used_slots().iter().map(|slot| slot.count(counter)).sum()
    }

    /// The entries of all workers, except old ones that a worker has not cleared yet.
    pub fn entries(&self) -> u64 {
        let current = |slot: &&Slot| slot.entries_epoch.load(Relaxed) == self.epoch();
        self.workers().filter(current).map(|slot| slot.entries.load(Relaxed)).sum()
    }

    /// The current epoch. It changes with every `DELETE /cache`, and workers must not use entries from
    /// an older epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }

    /// Begins the next epoch.
    pub fn next_epoch(&self) {
        self.epoch.fetch_add(1, Relaxed);
    }

    /// How many workers were replaced, by the name of the [`Reason`].
    pub fn restarts(&self) -> [(&'static str, u64); Reason::ALL.len()] {
        Reason::ALL.map(|(reason, name)| (name, self.restarts[reason as usize].load(Relaxed)))
    }

    /// Counts a worker's replacement.
    pub fn count_restart(&self, reason: Reason) {
        self.restarts[reason as usize].fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write, ptr, thread};

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
    fn memory_that_is_no_scoreboard_is_refused() {
        for short in [0, size_of::<Scoreboard>() - 1] {
            let memory = shared_memory::create("test", short).unwrap();
            assert!(Scoreboard::open(&memory).is_err(), "{short}");
        }
        let memory = shared_memory::create("test", size_of::<Scoreboard>()).unwrap();
        let another = Scoreboard::LAYOUT + 1;
        File::from(memory.try_clone().unwrap()).write_all(&another.to_ne_bytes()).unwrap();
        assert!(Scoreboard::open(&memory).is_err(), "of another version");
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
        for _ in 0..2000 {
            let index = board.take_slot(1, 0).unwrap();
            let slot = board.slot(index);
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
    fn workers_that_overlap_have_their_own_slots_until_none_is_left() {
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
