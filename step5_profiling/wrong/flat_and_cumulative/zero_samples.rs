//! Wrong: a line without a number is taken for a stack with no samples.
//!
//! Refused with: a line without a number at its end became a function

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    pub flat: u64,
    pub cumulative: u64,
}

pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    let mut functions = BTreeMap::<&str, Samples>::new();
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let count = count.parse::<u64>().unwrap_or(0);
        if let Some(innermost) = stack.split(';').next_back() {
            functions.entry(innermost).or_default().flat += count;
        }
        for function in stack.split(';').collect::<BTreeSet<_>>() {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../../exercises/checks/flat_and_cumulative.rs"]
mod check;
