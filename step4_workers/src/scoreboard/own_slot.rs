//! A worker's own slot on the scoreboard.

use std::ops::Deref;

use super::{Scoreboard, slot::Slot};

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
