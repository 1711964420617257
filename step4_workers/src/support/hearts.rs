//! Which event loops are still alive.

/// Which of several counters have changed between the last two checks. Before the first one, all have.
pub struct Hearts(Vec<(u64, bool)>);

impl Hearts {
    /// This many counters.
    pub fn new(count: usize) -> Self {
        Self(vec![(u64::MAX, true); count])
    }

    /// Compares the counters with those of the last check.
    pub fn check(&mut self, beats: impl Iterator<Item = u64>) {
        for (heart, beats) in self.0.iter_mut().zip(beats) {
            *heart = (beats, beats != heart.0);
        }
    }

    /// Whether this counter had changed at the last check.
    pub fn is_beating(&self, index: usize) -> bool {
        self.0[index].1
    }
}
