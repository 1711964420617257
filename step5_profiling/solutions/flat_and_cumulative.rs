//! Solution: flat and cumulative samples.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Those in which it was the innermost function.
    pub flat: u64,
    /// Those in which it was anywhere in the stack.
    pub cumulative: u64,
}

/// The samples of each function by its name, which may hold spaces (`<A as B>::c`).
///
/// What is no folded stack, an empty line for instance, is left out.
pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    let mut functions = BTreeMap::<&str, Samples>::new();
    // From the right, since a name may hold a space and a count does not.
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let Ok(count) = count.parse::<u64>() else { continue };
        if let Some(innermost) = stack.split(';').next_back() {
            functions.entry(innermost).or_default().flat += count;
        }
        // A set, in which a function that calls itself is only once.
        for function in stack.split(';').collect::<BTreeSet<_>>() {
            functions.entry(function).or_default().cumulative += count;
        }
    }
    functions
}

#[path = "../exercises/checks/flat_and_cumulative.rs"]
mod check;
