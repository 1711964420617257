//! Checks `gain`, `most` and `faster_for`.

use super::*;

/// Whether two figures are the same except for rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6 * other.abs()
}

/// A usual mistake in this gain, as a sentence.
fn mistake(got: f64, part: f64, faster: f64) -> &'static str {
    match got {
        _ if near(got, faster) => "that is the gain of the part. The rest takes as long as before",
        _ if near(got, part * faster + 1.0 - part) => {
            "you added up speeds. Add up the times of part and rest, and divide afterwards"
        }
        _ if near(got, 1.0 / (1.0 - part * (1.0 - 1.0 / faster)) - 1.0)
            || near(got, part * (1.0 - 1.0 / faster)) =>
        {
            "that is how much you save. A program that is as fast as before has a gain of 1, not 0"
        }
        _ => "divide the time before by the time after",
    }
}

#[test]
fn the_gain_is_limited_by_the_rest() {
    for (part, faster, expected) in
        [(0.5, 2.0, 4.0 / 3.0), (0.9, 10.0, 1.0 / 0.19), (0.1, 1e9, 1.0 / 0.9)]
    {
        let got = gain(part, faster);
        assert!(
            near(got, expected),
            "a part of {part} that becomes {faster} times as fast gives a gain of {expected:.3}, not \
             {got:.3}: {}",
            mistake(got, part, faster)
        );
    }
}

#[test]
fn when_the_part_is_all_or_nothing_the_law_is_simple() {
    let got = [gain(1.0, 8.0), gain(0.0, 8.0)];
    assert!(near(got[0], 8.0), "the part is everything, so the gain is 8, not {:.3}", got[0]);
    assert!(near(got[1], 1.0), "the part is nothing, so the gain is 1, not {:.3}", got[1]);
}

#[test]
fn a_part_that_becomes_slower_makes_the_whole_slower() {
    let got = gain(0.5, 0.5);
    assert!(
        near(got, 2.0 / 3.0),
        "half of the work takes twice as long: the gain is 0.667, not {got:.3}"
    );
}

#[test]
fn the_most_is_the_gain_when_the_part_takes_no_time() {
    for (part, expected) in [(0.1, 1.0 / 0.9), (0.5, 2.0), (0.95, 20.0), (0.0, 1.0)] {
        let got = most(part);
        let why = match got {
            _ if near(got, 1.0 / part) => "that is the gain when the rest takes no time",
            _ => "only the rest takes time",
        };
        assert!(
            near(got, expected),
            "without a part of {part}, the whole is {expected:.3} times as fast, not {got:.3}: {why}"
        );
    }
    assert_eq!(most(1.0), f64::INFINITY, "if the part is everything, the gain has no limit");
}

#[test]
fn the_speed_for_a_gain_brings_that_gain() {
    for (part, wanted) in [(0.5, 1.5), (0.9, 5.0), (1.0, 100.0), (0.1, 1.1), (0.3, 1.0)] {
        let faster = faster_for(part, wanted).unwrap_or(f64::NAN);
        let got = 1.0 / ((1.0 - part) + part / faster);
        assert!(
            near(got, wanted),
            "you wanted a gain of {wanted} from a part of {part}, but {faster:.3} times as fast gives \
             {got:.3}"
        );
    }
}

#[test]
fn no_speed_is_enough_for_more_than_the_most() {
    for (part, wanted) in [(0.5, 2.0), (0.5, 3.0), (0.1, 1.2), (0.0, 1.5)] {
        let got = faster_for(part, wanted);
        let why = match got {
            Some(faster) if !(faster.is_finite() && faster > 0.0) => {
                "the rest alone takes too long, so no time is left for the part"
            }
            _ => "compare it with the upper limit, which no speed reaches",
        };
        assert_eq!(got, None, "a part of {part} cannot bring a gain of {wanted}: {why}");
    }
}

#[test]
fn a_gain_of_one_needs_no_change() {
    for part in [0.0, 0.5, 1.0] {
        assert_eq!(
            faster_for(part, 1.0),
            Some(1.0),
            "a gain of 1 changes nothing, so a part of {part} can stay as it is"
        );
    }
}
