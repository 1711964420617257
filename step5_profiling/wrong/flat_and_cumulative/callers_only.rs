//! Wrong: cumulative samples are taken for those of the functions that it calls.
//!
//! Refused with: you left out the innermost function

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
        let mut calls: Vec<_> = stack.split(';').collect();
        if let Some(innermost) = calls.pop() {
            functions.entry(innermost).or_default().flat += count;
        }
        for function in calls.into_iter().collect::<BTreeSet<_>>() {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../../exercises/checks/flat_and_cumulative.rs"]
mod check;
