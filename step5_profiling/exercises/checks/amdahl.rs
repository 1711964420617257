//! Checks `gain`, `most` and `faster_for`.

use super::*;

/// Whether two figures are the same except for rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6 * other.abs()
}

#[test]
fn the_gain_is_limited_by_what_stays_as_it_was() {
    for (part, faster, expected) in
        [(0.5, 2.0, 4.0 / 3.0), (0.9, 10.0, 1.0 / 0.19), (0.1, 1e9, 1.0 / 0.9)]
    {
        let got = gain(part, faster);
        assert!(
            near(got, expected),
            "{part} of the time, {faster} times faster, gains {expected:.3}, not {got:.3}: divide 1 by the \
             rest and the shortened part together"
        );
    }
}

#[test]
fn when_the_part_is_all_or_nothing_the_law_is_simple() {
    assert!(
        near(gain(1.0, 8.0), 8.0),
        "if the part is all of the time, the whole gains what it gains"
    );
    assert!(
        near(gain(0.0, 8.0), 1.0),
        "if the part is none of the time, the gain is 1: as fast as before"
    );
}

#[test]
fn a_part_that_becomes_slower_makes_the_whole_slower() {
    let got = gain(0.5, 0.5);
    assert!(
        near(got, 2.0 / 3.0),
        "half the time, twice as long, is 0.667 of the speed, not {got:.3}"
    );
}

#[test]
fn the_most_is_what_is_gained_when_the_part_takes_no_time() {
    for (part, expected) in [(0.0, 1.0), (0.1, 1.0 / 0.9), (0.5, 2.0), (0.95, 20.0)] {
        let got = most(part);
        assert!(
            near(got, expected),
            "with {part} of the time gone, the whole is {expected:.3} times as fast, not {got:.3}: only the \
             rest, 1 - part, is left"
        );
    }
    assert_eq!(most(1.0), f64::INFINITY, "if the part is all of the time, there is no limit");
}

#[test]
fn the_speed_for_a_gain_brings_that_gain() {
    for (part, wanted) in [(0.5, 1.5), (0.9, 5.0), (1.0, 100.0), (0.1, 1.1), (0.3, 1.0)] {
        let faster = faster_for(part, wanted).unwrap_or(f64::NAN);
        let got = 1.0 / ((1.0 - part) + part / faster);
        assert!(
            near(got, wanted),
            "for a gain of {wanted}, {part} of the time has to become some times faster, and {faster} times \
             brings {got:.3}: solve the law for it"
        );
    }
}

#[test]
fn no_speed_is_enough_for_more_than_the_most() {
    for (part, wanted) in [(0.5, 2.0), (0.5, 3.0), (0.1, 1.2), (0.0, 1.5)] {
        assert_eq!(
            faster_for(part, wanted),
            None,
            "{part} of the time gains less than {wanted} at any speed: return None where no time is left \
             for the part"
        );
    }
}

#[test]
fn what_is_fast_enough_need_not_become_faster() {
    for part in [0.0, 0.5, 1.0] {
        assert_eq!(
            faster_for(part, 1.0),
            Some(1.0),
            "a gain of 1 is no gain, and needs none, even if the part is {part} of the time"
        );
    }
}
