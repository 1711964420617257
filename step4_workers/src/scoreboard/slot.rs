//! One worker's place on the scoreboard.
//!
//! The counters in a slot are never reset. When a worker dies, the next one in its slot counts on
//! from there, so the sum over all slots is the sum over all workers that ever were, and never goes
//! backwards, whoever dies while it is read. What a worker itself did is what the slot says now,
//! less what the worker found when it came.

use std::{
    sync::atomic::{
        AtomicU64,
        Ordering::{Relaxed, SeqCst},
    },
    time::SystemTime,
};

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
    heartbeats: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Connections in its worker's mailbox: a sibling has handed them over.
    pub handed: AtomicU64,
    /// Connections that were closed. It never goes back.
    pub closed: AtomicU64,
    number: AtomicU64,
    turn: AtomicU64,
    /// Answers in its cache, and the epoch of which they are.
    pub entries: AtomicU64,
    /// The epoch that [`entries`](Self::entries) is from.
    pub entries_epoch: AtomicU64,
    counts: [AtomicU64; COUNTERS],
    found: [AtomicU64; COUNTERS],
}

impl Slot {
    /// What its worker is doing. (In one order with [`handed`](Self::handed) for all processes: a sibling
    /// counts before it looks at the state, and a worker that leaves looks at the count afterwards.)
    pub fn state(&self) -> State {
        State::ALL[(self.state.load(SeqCst) as usize).min(State::ALL.len() - 1)]
    }

    /// Says what its worker is doing.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u64, SeqCst);
    }

    /// Of all workers that ever were, which one it is: a newer one has a greater number.
    pub fn number(&self) -> u64 {
        self.number.load(Relaxed)
    }

    /// How many connections its worker has, or is about to have.
    pub fn load(&self) -> u64 {
        self.connections.load(Relaxed) + self.handed.load(Relaxed)
    }

    /// When its worker got a connection last, as a number that rises with each that any worker gets.
    pub fn turn(&self) -> u64 {
        self.turn.load(Relaxed)
    }

    /// Says when its worker got a connection last.
    pub fn set_turn(&self, turn: u64) {
        self.turn.store(turn, Relaxed);
    }

    /// Says that the event loop of its worker goes round.
    pub fn heartbeat(&self) {
        self.heartbeats.fetch_add(1, Relaxed);
    }

    /// How often it did. A number that stays the same means that it stands still; so no
    /// process needs to know another one's time.
    pub fn heartbeats(&self) -> u64 {
        self.heartbeats.load(Relaxed)
    }

    /// Makes it the slot of a worker that is about to be started: of all that ever were, the one with
    /// this `number`. What the worker finds counted is remembered, to tell it from its own.
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

/// The time of the scoreboard: seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}
