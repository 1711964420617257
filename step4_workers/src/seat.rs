//! A worker's seat: its slot on the scoreboard, and the view from there.

use std::sync::atomic::Ordering::Relaxed;

use crate::{scoreboard::Scoreboard, slot::Slot};

/// Which slot of which scoreboard.
#[derive(Clone, Copy)]
pub struct Seat {
    /// The scoreboard.
    pub board: &'static Scoreboard,
    index: usize,
}

impl Seat {
    /// The seat that the master took for this process.
    pub fn new(board: &'static Scoreboard, index: usize) -> Self {
        Self { board, index }
    }

    /// The number of its slot.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The slot.
    pub fn slot(&self) -> &'static Slot {
        self.board.slot(self.index)
    }

    /// Whether some sibling that accepts connections has fewer than this worker, by two or more:
    /// with one less, both have their share.
    pub fn has_more_than_its_share(&self) -> bool {
        let own = self.slot().connections.load(Relaxed);
        let accepting = self.board.workers().filter(|slot| slot.state().accepts());
        let fewest = accepting.map(|slot| slot.connections.load(Relaxed)).min();
        fewest.is_some_and(|fewest| own > fewest + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::State;

    #[test]
    fn a_share_is_what_the_idlest_sibling_has_and_one_more() {
        let (_, board) = Scoreboard::create().unwrap();
        let [one, two, gone] =
            [1, 1, 1].map(|generation| Seat::new(board, board.take_slot(generation, 0).unwrap()));
        for seat in [one, two] {
            seat.slot().set_state(State::Ready);
        }
        gone.slot().set_state(State::Draining);
        for (connections, more) in [(0, false), (1, false), (2, true), (9, true)] {
            one.slot().connections.store(connections, Relaxed);
            assert_eq!(one.has_more_than_its_share(), more, "{connections} against 0");
            assert!(!two.has_more_than_its_share());
        }
    }
}
