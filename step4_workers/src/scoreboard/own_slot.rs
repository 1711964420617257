//! A worker's own slot on the scoreboard, and how it compares with the others.

use std::{ops::Deref, sync::atomic::Ordering::Relaxed};

use super::{Scoreboard, slot::Slot};

/// Which slot of which scoreboard.
#[derive(Clone, Copy)]
pub struct OwnSlot {
    /// The scoreboard.
    pub board: &'static Scoreboard,
    index: usize,
}

impl OwnSlot {
    /// The slot that the master took for this process.
    pub fn new(board: &'static Scoreboard, index: usize) -> Self {
        Self { board, index }
    }

    /// The number of the slot.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whether a sibling that accepts connections has fewer than this worker, by two or more. With one
    /// less, both have their share.
    pub fn has_more_than_its_share(&self) -> bool {
        let own = self.connections.load(Relaxed);
        let accepting = self.board.workers().filter(|slot| slot.state().accepts());
        let fewest = accepting.map(|slot| slot.connections.load(Relaxed)).min();
        fewest.is_some_and(|fewest| own > fewest + 1)
    }
}

impl Deref for OwnSlot {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        self.board.slot(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoreboard::slot::State;

    #[test]
    fn a_share_is_what_the_idlest_sibling_has_and_one_more() {
        let (_, board) = Scoreboard::create().unwrap();
        let [one, two, gone] = [1, 1, 1]
            .map(|generation| OwnSlot::new(board, board.take_slot(generation, 0).unwrap()));
        for slot in [one, two] {
            slot.set_state(State::Ready);
        }
        gone.set_state(State::Draining);
        for (connections, more) in [(0, false), (1, false), (2, true), (9, true)] {
            one.connections.store(connections, Relaxed);
            assert_eq!(one.has_more_than_its_share(), more, "{connections} against 0");
            assert!(!two.has_more_than_its_share());
        }
    }
}
