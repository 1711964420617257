//! One worker's slot on the scoreboard.
//!
//! The counters in a slot are never reset. When a worker dies, the next one in its slot counts on from
//! there. So the sum over all slots is the sum over all workers that ever ran. It never goes backwards,
//! even when a worker dies while another reads. A worker's own count is the slot's count minus the
//! count that the worker found there when it started.

use std::{
    ops::Deref,
    sync::atomic::{
        AtomicU64,
        Ordering::{Relaxed, SeqCst},
    },
};

use super::Scoreboard;

/// The events that a slot counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Responses.
    Requests,
    /// Responses that came from the cache.
    Hits,
    /// Responses that had to be computed.
    Misses,
    /// Requests that waited for another request's computation.
    Collapsed,
    /// Expired responses that were sent, as hits or instead of an error.
    Stale,
    /// Computations in the background.
    Refreshes,
    /// Entries evicted to make room for others.
    Evictions,
    /// Entries dropped at the end of their lifetime.
    Expirations,
    /// Failures of the shared cache.
    CacheErrors,
}

const COUNTERS: usize = Counter::CacheErrors as usize + 1;

/// The state of a slot's worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The slot has no worker.
    Free,
    /// It has been started, but is not ready.
    Starting,
    /// It accepts connections.
    Ready,
    /// It accepts connections, but asks to be replaced, because it has served its `max_requests`.
    Spent,
    /// It accepts no more connections, and finishes its requests.
    Draining,
}

impl State {
    /// All states, with their names in `/stats`.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Free, "free"),
        (Self::Starting, "starting"),
        (Self::Ready, "ready"),
        (Self::Spent, "spent"),
        (Self::Draining, "draining"),
    ];

    /// The name in `/stats`.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Whether it accepts new connections.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Ready | Self::Spent)
    }
}

/// One worker's slot, aligned so that no two workers write to the same cache line.
#[repr(C, align(128))]
pub struct Slot {
    state: AtomicU64,
    /// The worker's process id.
    pub pid: AtomicU64,
    /// Its number among all workers ever started. A newer worker has a greater number.
    pub number: AtomicU64,
    /// The generation of the worker: 1 for the first ones, and a new number for each reload.
    pub generation: AtomicU64,
    /// When it was started, in seconds since 1970.
    pub started: AtomicU64,
    /// The heartbeats of its event loop. If the number stays the same, the loop is stuck. (With a
    /// timestamp instead, processes would have to agree on a clock.)
    pub heartbeats: AtomicU64,
    /// Open connections.
    pub connections: AtomicU64,
    /// Connections in its mailbox, handed over by siblings.
    pub in_mailbox: AtomicU64,
    /// 1 while it can accept no more connections, because it has no file descriptors left.
    pub is_full: AtomicU64,
    /// Closed connections, of this worker and the earlier ones in this slot.
    pub closed: AtomicU64,
    /// When it last got a connection; see [`Scoreboard::next_connection`](super::Scoreboard::next_connection).
    pub last_connection: AtomicU64,
    /// Entries in its cache.
    pub entries: AtomicU64,
    /// The epoch that [`entries`](Self::entries) are from.
    pub entries_epoch: AtomicU64,
    counts: [AtomicU64; COUNTERS],
    at_start: [AtomicU64; COUNTERS],
}

impl Slot {
    /// The worker's state. (All processes see changes of this and of [`in_mailbox`](Self::in_mailbox) in the
    /// same order. A sibling counts a connection before it reads the state. A leaving worker sets its
    /// state before it reads the count. So at least one of them sees the other's change.)
    pub fn state(&self) -> State {
        State::ALL[(self.state.load(SeqCst) as usize).min(State::ALL.len() - 1)].0
    }

    /// Sets the worker's state.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u64, SeqCst);
    }

    /// How many connections its worker has, or is about to have.
    pub fn open_connections(&self) -> u64 {
        self.connections.load(Relaxed) + self.in_mailbox.load(Relaxed)
    }

    /// One connection less is in the mailbox. (A worker that was killed may have left a wrong count.)
    pub fn count_out(&self) {
        let _ = self.in_mailbox.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1));
    }

    /// Prepares the slot for a worker that is about to start.
    pub fn move_in(&self, number: u64, generation: u64, now: u64) {
        for (at_start, count) in self.at_start.iter().zip(&self.counts) {
            at_start.store(count.load(Relaxed), Relaxed);
        }
        self.number.store(number, Relaxed);
        self.generation.store(generation, Relaxed);
        self.started.store(now, Relaxed);
        self.last_connection.store(0, Relaxed);
        self.is_full.store(0, Relaxed);
        self.set_state(State::Starting);
    }

    /// Adds one to this counter.
    pub fn add(&self, counter: Counter) {
        self.counts[counter as usize].fetch_add(1, Relaxed);
    }

    /// Sets the count of this worker alone.
    pub fn set_own(&self, counter: Counter, count: u64) {
        let at_start = self.at_start[counter as usize].load(Relaxed);
        self.counts[counter as usize].store(at_start + count, Relaxed);
    }

    /// The count of this worker alone.
    pub fn own(&self, counter: Counter) -> u64 {
        self.count(counter).saturating_sub(self.at_start[counter as usize].load(Relaxed))
    }

    /// The count of all workers that this slot has had.
    pub fn count(&self, counter: Counter) -> u64 {
        self.counts[counter as usize].load(Relaxed)
    }
}

/// A slot, and the scoreboard that it is on.
#[derive(Clone, Copy)]
pub struct OwnSlot {
    /// The scoreboard.
    pub board: &'static Scoreboard,
    /// The number of the slot.
    pub index: usize,
}

impl OwnSlot {
    /// The slot that the master took for this process.
    pub fn new(board: &'static Scoreboard, index: usize) -> Self {
        Self { board, index }
    }
}

impl Deref for OwnSlot {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        self.board.slot(self.index)
    }
}
