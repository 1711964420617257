//! Solution: flat and cumulative samples.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Samples in which it was the innermost function.
    pub flat: u64,
    /// Samples in which it was anywhere in the stack.
    pub cumulative: u64,
}

/// The samples of each function, by its name, which may contain spaces (`<A as B>::c`).
///
/// Lines that are not folded stacks, such as empty lines, are ignored.
pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    let mut functions = BTreeMap::<&str, Samples>::new();
    // From the right, because a name may contain a space but a count does not.
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let Ok(count) = count.parse::<u64>() else { continue };
        if let Some(innermost) = stack.split(';').next_back() {
            functions.entry(innermost).or_default().flat += count;
        }
        // A set, so that a recursive function counts once.
        for function in stack.split(';').collect::<BTreeSet<_>>() {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../exercises/checks/flat_and_cumulative.rs"]
mod check;
