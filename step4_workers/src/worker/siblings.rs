//! What a worker knows about its siblings, from the scoreboard.

use std::sync::atomic::Ordering::Relaxed;

use crate::{
    scoreboard::{SLOTS, slot::OwnSlot},
    support::{cores::cores, hearts::Hearts, pace::Pace},
};

/// Whether workers can hand connections over. macOS may close a descriptor on its way to a sibling when
/// the sender closes its own copy, so there each worker keeps what it accepts.
const HANDS_OVER: bool = !cfg!(target_os = "macos");

/// All workers, by slot.
pub struct Siblings {
    own: OwnSlot,
    /// How many of them have a mailbox that this worker knows.
    reachable: usize,
    hearts: Hearts,
    pace: Pace,
}

impl Siblings {
    /// All workers, of which this one can reach those in the first `reachable` slots.
    pub fn new(own: OwnSlot, reachable: usize) -> Self {
        let pace = Pace::new(own.closed.load(Relaxed));
        Self { own, reachable, hearts: Hearts::new(SLOTS), pace }
    }

    /// A worker without a heartbeat since the last check counts as stuck.
    pub fn check_heartbeats(&mut self) {
        self.hearts
            .check(self.own.board.used_slots().iter().map(|slot| slot.heartbeats.load(Relaxed)));
    }

    /// Whether the worker in this slot takes new connections.
    pub fn is_available(&self, index: usize) -> bool {
        let slot = self.own.board.slot(index);
        self.hearts.is_beating(index) && slot.state().accepts() && slot.is_full.load(Relaxed) == 0
    }

    /// Whether this worker should watch the sockets. The newest workers of a generation do, one for
    /// every two cores, because the network keeps the other cores busy. The oldest leave first.
    pub fn should_watch(&self) -> bool {
        let [number, generation] =
            [&self.own.number, &self.own.generation].map(|it| it.load(Relaxed));
        let is_newer = |index: &usize| {
            let slot = self.own.board.slot(*index);
            self.is_available(*index)
                && slot.generation.load(Relaxed) == generation
                && slot.number.load(Relaxed) > number
        };
        let newer = (0..self.own.board.used_slots().len()).filter(is_newer).count();
        !HANDS_OVER || newer < (cores() / 2).max(1)
    }

    /// The slot of the worker with the fewest connections or, among equals, of the one that has waited
    /// longest. But this worker keeps a connection if it will close all its own in 2.5 ms, which is about
    /// the time to wake a sibling.
    pub fn least_loaded(&mut self) -> usize {
        let (own, board) = (self.own.index, self.own.board);
        let is_fast = self.own.open_connections() < self.pace.at(self.own.closed.load(Relaxed));
        if is_fast || !HANDS_OVER {
            return own;
        }
        let candidates =
            (0..self.reachable).filter(|&index| index == own || self.is_available(index));
        let load = |index: &usize| {
            let slot = board.slot(*index);
            (slot.open_connections(), slot.last_connection.load(Relaxed))
        };
        candidates.min_by_key(load).unwrap_or(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoreboard::{Scoreboard, slot::State};

    /// Three ready workers, one after the other, and what the first knows about them.
    fn three() -> ([OwnSlot; 3], Siblings) {
        let (_, board) = Scoreboard::create().unwrap();
        let slots = [(); 3].map(|()| OwnSlot::new(board, board.take_slot(1, 0).unwrap()));
        for slot in slots {
            slot.set_state(State::Ready);
            slot.heartbeats.store(1, Relaxed);
        }
        (slots, Siblings::new(slots[0], 3))
    }

    #[test]
    fn a_connection_goes_to_the_worker_with_the_fewest_and_then_to_the_one_that_waited_longest() {
        let ([first, second, third], mut siblings) = three();
        first.connections.store(2, Relaxed);
        second.connections.store(1, Relaxed);
        third.in_mailbox.store(1, Relaxed);
        second.last_connection.store(7, Relaxed);
        third.last_connection.store(3, Relaxed);
        assert_eq!(siblings.least_loaded(), third.index);
        third.last_connection.store(8, Relaxed);
        assert_eq!(siblings.least_loaded(), second.index);
        first.connections.store(0, Relaxed);
        assert_eq!(siblings.least_loaded(), first.index);
    }

    #[test]
    fn who_drains_or_is_stuck_gets_nothing_and_neither_counts_as_a_watcher() {
        let ([first, second, third], mut siblings) = three();
        first.connections.store(9, Relaxed);
        second.set_state(State::Draining);
        siblings.check_heartbeats();
        assert_eq!(siblings.least_loaded(), third.index);
        first.heartbeats.store(2, Relaxed);
        siblings.check_heartbeats();
        assert_eq!(siblings.least_loaded(), first.index);
        assert!(siblings.should_watch(), "it is the newest that is left");
    }

    #[test]
    fn only_newer_workers_of_the_same_generation_watch_instead_of_this_one() {
        let ([first, second, third], siblings) = three();
        let at_once = (cores() / 2).max(1);
        assert_eq!(siblings.should_watch(), at_once > 2);
        for newer in [second, third] {
            newer.generation.store(2, Relaxed);
        }
        assert!(siblings.should_watch());
        assert!(Siblings::new(third, 3).should_watch());
        first.generation.store(2, Relaxed);
        assert_eq!(siblings.should_watch(), at_once > 2);
    }

    #[test]
    fn a_worker_that_closes_connections_fast_keeps_new_ones() {
        let ([first, ..], mut siblings) = three();
        first.connections.store(3, Relaxed);
        assert_ne!(siblings.least_loaded(), first.index);
        first.closed.store(40, Relaxed);
        assert_eq!(siblings.least_loaded(), first.index);
    }
}
