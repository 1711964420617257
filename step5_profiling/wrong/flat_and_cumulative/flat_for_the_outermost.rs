//! Wrong: the first function of a line is taken for the innermost one.
//!
//! Refused with: you counted them for the outermost function

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    pub flat: u64,
    pub cumulative: u64,
}

pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    let mut functions = BTreeMap::<&str, Samples>::new();
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let Ok(count) = count.parse::<u64>() else { continue };
        if let Some(outermost) = stack.split(';').next() {
            functions.entry(outermost).or_default().flat += count;
        }
        for function in stack.split(';').collect::<BTreeSet<_>>() {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../../exercises/checks/flat_and_cumulative.rs"]
mod check;
