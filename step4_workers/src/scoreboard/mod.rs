//! The scoreboard: memory that the master and all workers share, in which each worker says how it is
//! doing. The word and the idea are Apache's.
//!
//! It consists of atomics, and has no lock. So a worker that is killed at any moment leaves nothing
//! locked, and nothing half written. Each worker process has a [slot](Slot) of its own while it lives.
//! During a reload, the old workers and the new ones are there at the same time.
//!
//! | file | idea |
//! |---|---|
//! | [`slot`], [`own_slot`] | what one worker says, and where it says it |
//! | [`stats`] | what all workers say together: `/stats` |

pub mod own_slot;
pub mod slot;
pub mod stats;

use std::{
    io,
    os::fd::OwnedFd,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use slot::{Counter, Slot, State};

use crate::support::{
    cores::MAX_WORKERS,
    shared_memory::{self, Shared},
};

/// How many worker processes there can be at once: in a reload, twice as many as usual, and some
/// that still finish a request from before the reload before.
pub const SLOTS: usize = 4 * MAX_WORKERS;

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

/// The shared memory, as all processes see it. Fresh memory is zeros, and that is how it starts.
#[repr(C)]
pub struct Scoreboard {
    layout: AtomicU64,
    /// How many slots were ever used: those after them need not be looked at.
    used: AtomicU64,
    /// How often `DELETE /cache` was asked for; see [`epoch`](Self::epoch).
    epoch: AtomicU64,
    /// How many workers there ever were.
    workers: AtomicU64,
    /// How many connections workers ever got.
    turns: AtomicU64,
    /// How many workers were replaced, by [`Reason`].
    pub restarts: [AtomicU64; Reason::ALL.len()],
    slots: [Slot; SLOTS],
}

// SAFETY: all fields are atomics, or arrays of them.
#[allow(unsafe_code, reason = "nobody but us can know that these bytes are a scoreboard")]
unsafe impl Shared for Scoreboard {
    /// Another one also when a worker inherits something else besides.
    const LAYOUT: u64 = 0x0004_0003 << 32 | size_of::<Self>() as u64;

    fn layout(&self) -> &AtomicU64 {
        &self.layout
    }
}

impl Scoreboard {
    /// A new one, and the descriptor by which other processes [`open`](Self::open) it.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn create() -> io::Result<(OwnedFd, &'static Self)> {
        let memory = shared_memory::create("scoreboard", size_of::<Self>())?;
        let board = Self::open(&memory)?;
        Ok((memory, board))
    }

    /// The one that another process created.
    ///
    /// # Errors
    /// When this is none, or that of another version of this program.
    pub fn open(memory: &OwnedFd) -> io::Result<&'static Self> {
        shared_memory::map(memory)
    }

    /// Takes a free slot for a worker that is about to be started. Only the master does.
    pub fn take_slot(&self, generation: u64, now: u64) -> Option<usize> {
        let index = self.slots.iter().position(|slot| slot.state() == State::Free)?;
        self.slots[index].move_in(self.workers.fetch_add(1, Relaxed), generation, now);
        self.used.fetch_max(index as u64 + 1, Relaxed);
        Some(index)
    }

    /// Gives the slot of a dead worker back. Only the master does.
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
    /// If there is none: numbers come from [`take_slot`](Self::take_slot).
    pub fn slot(&self, index: usize) -> &Slot {
        &self.slots[index]
    }

    fn used(&self) -> &[Slot] {
        &self.slots[..(self.used.load(Relaxed) as usize).min(SLOTS)]
    }

    /// The next [turn](Slot::turn) to get a connection.
    pub fn next_turn(&self) -> u64 {
        self.turns.fetch_add(1, Relaxed) + 1
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
    fn what_is_no_scoreboard_is_not_read_as_one() {
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
