//! Wrong: a recursive function gets a sample for each of its calls.
//!
//! Refused with: you counted a sample once for each call

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    pub flat: u64,
    pub cumulative: u64,
}

pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    let mut functions = BTreeMap::<&str, Samples>::new();
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let Ok(count) = count.parse::<u64>() else { continue };
        if let Some(innermost) = stack.split(';').next_back() {
            functions.entry(innermost).or_default().flat += count;
        }
        for function in stack.split(';') {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../../exercises/checks/flat_and_cumulative.rs"]
mod check;
