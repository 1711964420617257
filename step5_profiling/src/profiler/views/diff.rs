//! The differential flamegraph: this profile against the one before
//! (<https://www.brendangregg.com/blog/2014-11-09/differential-flame-graphs.html>).
//!
//! Width is the share of CPU time in one of the two. The colour is of a function's own time: red has a
//! larger share after than before, blue a smaller one. Shares, as the periods may differ, and the load
//! with them.

use super::{flamegraph, folded::Folded};
use crate::profiler::sampling::profile::Profile;

/// The flamegraph to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// Its stacks.
    pub folded: Folded,
    /// What one must know to read it.
    pub truth: String,
}

impl Before {
    /// As lines: the words first, then the stacks.
    pub fn lines(profile: &Profile) -> Vec<String> {
        [vec![profile.truth()], Folded::of(profile).lines()].concat()
    }

    /// Reads them again.
    pub fn parse(text: &str) -> Self {
        let (truth, stacks) = text.split_once('\n').unwrap_or((text, ""));
        Self { folded: Folded::parse(stacks), truth: truth.to_owned() }
    }
}

/// Whose time the widths are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// The one before: what has gone can be seen.
    Before,
    /// This one: what has come can be seen.
    #[default]
    After,
}

/// As SVG.
///
/// # Errors
/// What the drawing says.
pub fn svg(before: &Before, profile: &Profile, shape: Shape) -> Result<Vec<u8>, String> {
    let (folded, after) = (&before.folded, Folded::of(profile));
    let (title, truth, lines) = match shape {
        Shape::After => ("After (red: more than before)", profile.truth(), lines(folded, &after)),
        Shape::Before => {
            ("Before (blue: less afterwards)", before.truth.clone(), lines(&after, folded))
        }
    };
    let mut options = flamegraph::options(title, truth);
    options.negate_differentials = shape == Shape::Before;
    options.count_name = "µs in a second of CPU time".to_owned();
    flamegraph::draw(&mut options, &lines)
}

/// Lines with two numbers: the microseconds in a second of the one and of the other, whose are the
/// widths.
fn lines(one: &Folded, other: &Folded) -> Vec<String> {
    let share = |folded: &Folded, stack: &str| {
        let time = folded.0.get(stack).copied().unwrap_or(0);
        (time as f64 * 1e6 / folded.total().max(1) as f64).round() as u64
    };
    let mut stacks: Vec<_> = one.0.keys().chain(other.0.keys()).collect();
    stacks.sort();
    stacks.dedup();
    stacks
        .iter()
        .map(|stack| format!("{stack} {} {}", share(one, stack), share(other, stack)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let before = Before::parse("12 samples; dropped 0\na;b 30\n");
        assert_eq!(before.truth, "12 samples; dropped 0");
        assert_eq!(before.folded, Folded::parse("a;b 30"));
    }

    #[test]
    fn shares_are_compared_and_what_is_only_in_one_is_nothing_in_the_other() {
        let (before, after) = (Folded::parse("a 30\nb 10"), Folded::parse("a 1\nc 1"));
        assert_eq!(lines(&before, &after), ["a 750000 500000", "b 250000 0", "c 0 500000"]);
    }
}
