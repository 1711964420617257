//! Checks `flat_and_cumulative`.

use super::*;

const PROFILE: &str = "\
main;answer;count_primes;is_prime 90
main;answer;count_primes 8
main;accept 2
";

/// The flat and the cumulative samples of a function.
fn of(folded: &str, function: &str) -> Option<(u64, u64)> {
    flat_and_cumulative(folded).get(function).map(|samples| (samples.flat, samples.cumulative))
}

#[test]
fn flat_counts_for_the_innermost_function_alone() {
    let flat = |function| of(PROFILE, function).map(|(flat, _)| flat);
    assert_eq!(
        ["main", "answer", "count_primes", "is_prime", "accept"].map(flat),
        [0, 0, 8, 90, 2].map(Some),
        "a sample's flat time is that of the last name in the line; the others are there, with 0"
    );
}

#[test]
fn cumulative_counts_for_all_functions_of_the_stack() {
    let cumulative = |function| of(PROFILE, function).map(|(_, cumulative)| cumulative);
    assert_eq!(
        ["main", "answer", "count_primes", "is_prime", "accept"].map(cumulative),
        [100, 98, 98, 90, 2].map(Some),
        "a sample counts for every name in its line, the last one included: add up over all lines"
    );
}

#[test]
fn a_function_that_calls_itself_is_counted_once_a_sample() {
    assert_eq!(
        of("main;walk;walk;walk 5\nmain;walk;read;walk 2\nmain;walk;read 1", "walk"),
        Some((7, 8)),
        "`walk` is in eight samples, however often in each: count a name once a line"
    );
}

#[test]
fn a_name_may_hold_spaces() {
    assert_eq!(
        of("main;<Vec<u8> as Write>::write 3", "<Vec<u8> as Write>::write"),
        Some((3, 3)),
        "only the last space of a line comes before the count: split from the right"
    );
}

#[test]
fn all_flat_samples_together_are_all_samples() {
    let flat: u64 = flat_and_cumulative(PROFILE).values().map(|samples| samples.flat).sum();
    assert_eq!(flat, 100, "each sample is the flat one of exactly one function");
}

#[test]
fn what_is_no_stack_is_left_out() {
    let functions = flat_and_cumulative("\nmain 1\n\nno count here\nnonsense\n");
    let names: Vec<_> = functions.into_keys().collect();
    assert_eq!(
        names,
        ["main"],
        "leave out lines without a count, rather than panic or count them as 0"
    );
}
