//! One worker's place on the scoreboard.
//!
//! The counters in a slot are never reset. When a worker dies, the next one in its slot counts on
//! from there. So the sum over all slots is the sum over all workers that ever were, and never goes
//! backwards, whichever worker dies while it is read. What a worker itself did is what the slot says,
//! less what the worker found when it came.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Responses.
    Requests,
    /// Responses that were in the cache.
    Hits,
    /// Responses that had to be computed.
    Misses,
    /// Requests that waited for another one's computation.
    Collapsed,
    /// Entries that made room for others.
    Evictions,
    /// Entries whose time to live was over.
    Expirations,
    /// Times that the shared cache failed.
    CacheErrors,
}

const COUNTERS: usize = 7;

/// What a slot's worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Free,
    /// It has been started.
    Starting,
    /// It accepts connections.
    Ready,
    /// It does too, but asks to be replaced, because it has served its `max_requests`.
    Spent,
    /// It accepts no more connections, and finishes its requests.
    Draining,
}

impl State {
    const ALL: [(Self, &str); 5] = [
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

    /// Whether it takes new connections.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Ready | Self::Spent)
    }
}

/// One worker's place. Aligned so that no two workers write to the same cache line.
#[repr(C, align(128))]
pub struct Slot {
    state: AtomicU64,
    /// The worker's process id.
    pub pid: AtomicU64,
    /// Of all workers that ever were, which one it is: a newer one has a greater number.
    pub number: AtomicU64,
    /// Which reload it came with; the first workers are generation 1.
    pub generation: AtomicU64,
    /// When it was started, in seconds since 1970.
    pub started: AtomicU64,
    /// How often its event loop came round. If the number stays the same, the loop stands still. (With a
    /// time instead, processes would have to agree on a clock.)
    pub heartbeats: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Connections in its mailbox: a sibling has handed them over.
    pub handed: AtomicU64,
    /// Connections that were closed, by this worker and those before it.
    pub closed: AtomicU64,
    /// When it last got a connection; see [`Scoreboard::next_turn`](super::Scoreboard::next_turn).
    pub turn: AtomicU64,
    /// Entries in its cache.
    pub entries: AtomicU64,
    /// The epoch that [`entries`](Self::entries) are from.
    pub entries_epoch: AtomicU64,
    counts: [AtomicU64; COUNTERS],
    found: [AtomicU64; COUNTERS],
}

impl Slot {
    /// What its worker is doing. (All processes see this and [`handed`](Self::handed) change in the same
    /// order. A sibling counts a connection before it looks at the state, and a worker that leaves
    /// looks at the count afterwards: one of them sees the other.)
    pub fn state(&self) -> State {
        State::ALL[(self.state.load(SeqCst) as usize).min(State::ALL.len() - 1)].0
    }

    /// Says what its worker is doing.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u64, SeqCst);
    }

    /// How many connections its worker has, or is about to have.
    pub fn load(&self) -> u64 {
        self.connections.load(Relaxed) + self.handed.load(Relaxed)
    }

    /// Makes it the slot of a worker that is about to be started.
    pub fn move_in(&self, number: u64, generation: u64, now: u64) {
        for (found, count) in self.found.iter().zip(&self.counts) {
            found.store(count.load(Relaxed), Relaxed);
        }
        self.number.store(number, Relaxed);
        self.generation.store(generation, Relaxed);
        self.started.store(now, Relaxed);
        self.turn.store(0, Relaxed);
        self.set_state(State::Starting);
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

    /// How many all workers of this slot have counted.
    pub fn count(&self, counter: Counter) -> u64 {
        self.counts[counter as usize].load(Relaxed)
    }
}
