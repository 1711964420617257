//! Checks `flat_and_cumulative`.

use super::*;

const PROFILE: &str = "\
main;slow;count_primes;is_prime 90
main;slow;count_primes 8
main;accept 2
";

/// The flat and the cumulative samples of a function.
fn of(folded: &str, function: &str) -> Option<(u64, u64)> {
    flat_and_cumulative(folded).get(function).map(|samples| (samples.flat, samples.cumulative))
}

#[test]
fn flat_counts_for_the_innermost_function_alone() {
    let flat = |function| of(PROFILE, function).map(|(flat, _)| flat);
    let got = ["main", "slow", "count_primes", "is_prime", "accept"].map(flat);
    let why = match got[0] {
        Some(100) => "you counted them for the outermost function, but it only calls the others",
        _ => "the last function of a line gets them, and the others get 0",
    };
    assert_eq!(got, [0, 0, 8, 90, 2].map(Some), "wrong flat samples: {why}");
}

#[test]
fn cumulative_counts_for_all_functions_of_the_stack() {
    let cumulative = |function| of(PROFILE, function).map(|(_, cumulative)| cumulative);
    let got = ["main", "slow", "count_primes", "is_prime", "accept"].map(cumulative);
    let why = match got {
        [Some(100), Some(98), Some(90), Some(0), Some(0)] => {
            "you left out the innermost function, whose own time is part of the whole, too"
        }
        _ => "every function in a line gets the samples of that line",
    };
    assert_eq!(got, [100, 98, 98, 90, 2].map(Some), "wrong cumulative samples: {why}");
}

#[test]
fn a_recursive_function_is_counted_once_a_sample() {
    let got = of("main;walk;walk;walk 5\nmain;walk;read;walk 2\nmain;walk;read 1", "walk");
    let why = match got {
        Some((_, 20)) => "you counted a sample once for each call, so 20 instead of 8",
        _ => "the function is in eight samples, and the innermost one in seven",
    };
    assert_eq!(got, Some((7, 8)), "`walk` calls itself: {why}");
}

#[test]
fn a_name_may_contain_spaces() {
    let got = of("main;<Vec<u8> as Write>::write 3", "<Vec<u8> as Write>::write");
    let why = match got {
        None => "the name was cut at a space, but only the last space of a line ends the stack",
        _ => "all three samples are in this function, and in no function that it calls",
    };
    assert_eq!(got, Some((3, 3)), "wrong for `<Vec<u8> as Write>::write`: {why}");
}

#[test]
fn all_flat_samples_together_are_all_samples() {
    let flat: u64 = flat_and_cumulative(PROFILE).values().map(|samples| samples.flat).sum();
    assert_eq!(flat, 100, "each of the 100 samples is the flat sample of exactly one function");
}

#[test]
fn other_lines_are_ignored() {
    let functions = flat_and_cumulative("\nmain 1\n\nno count here\nnonsense\n");
    let names: Vec<_> = functions.into_keys().collect();
    assert_eq!(
        names,
        ["main"],
        "a line without a number at its end became a function, but it is not a stack"
    );
}
