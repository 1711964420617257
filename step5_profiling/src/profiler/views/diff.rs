//! The differential flamegraph compares this profile with the last one
//! (<https://www.brendangregg.com/blog/2014-11-09/differential-flame-graphs.html>).
//!
//! Width is the share of CPU time in one of the two profiles. Colour compares the flat time. A red
//! function has a larger share after than before, and a blue one has a smaller share. We compare
//! shares because the two profiles may differ in length and in load.

use serde::Deserialize;

use super::{flamegraph, folded::Folded};
use crate::profiler::sampling::profile::Profile;

/// The profile to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Its stacks.
    pub folded: Folded,
    /// Its summary.
    pub summary: String,
}

impl Baseline {
    /// The baseline as lines of text, first the summary and then the stacks.
    pub fn lines(profile: &Profile) -> Vec<String> {
        [vec![profile.summary()], Folded::of(profile).lines()].concat()
    }

    /// Parses these lines.
    pub fn parse(text: &str) -> Self {
        let (summary, stacks) = text.split_once('\n').unwrap_or((text, ""));
        Self { folded: Folded::parse(stacks), summary: summary.to_owned() }
    }
}

/// Which of the two profiles the widths show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// The last one, which still has the functions that have since disappeared.
    Before,
    /// This one, which has the new functions.
    #[default]
    After,
}

/// The picture as SVG.
///
/// # Errors
/// If inferno can't draw it.
pub fn svg(baseline: &Baseline, profile: &Profile, shape: Shape) -> Result<Vec<u8>, String> {
    let (before, after) = (&baseline.folded, Folded::of(profile));
    let (title, summary, lines) = match shape {
        Shape::After => ("After (red: more than before)", profile.summary(), lines(before, &after)),
        Shape::Before => {
            ("Before (blue: less afterwards)", baseline.summary.clone(), lines(&after, before))
        }
    };
    let mut options = flamegraph::options(title, summary);
    options.negate_differentials = shape == Shape::Before;
    options.count_name = "µs per second of CPU time".to_owned();
    flamegraph::draw(&mut options, &lines)
}

/// Lines with two numbers, the microseconds per second in `one` and in `other`. inferno takes the
/// widths from the second number.
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
    fn a_baseline_is_read_from_its_lines() {
        let baseline = Baseline::parse("12 samples; dropped 0\na;b 30\n");
        assert_eq!(baseline.summary, "12 samples; dropped 0");
        assert_eq!(baseline.folded, Folded::parse("a;b 30"));
    }

    #[test]
    fn shares_are_compared_and_a_stack_of_only_one_profile_is_zero_in_the_other() {
        let (before, after) = (Folded::parse("a 30\nb 10"), Folded::parse("a 1\nc 1"));
        assert_eq!(lines(&before, &after), ["a 750000 500000", "b 250000 0", "c 0 500000"]);
    }
}
