//! Checks `mean_time` and `hit_ratio_for`.

use super::*;

const HIT: Duration = Duration::from_millis(1);
const MISS: Duration = Duration::from_millis(201);

/// Whether two times are the same except for rounding.
fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= Duration::from_micros(1)
}

#[test]
fn all_hits_take_the_time_of_a_hit_and_all_misses_that_of_a_miss() {
    let (hits, misses) = (mean_time(1.0, HIT, MISS), mean_time(0.0, HIT, MISS));
    assert!(
        near(hits, HIT),
        "with ratio 1 the mean is a hit's time, not {hits:?}: weigh hits by the ratio"
    );
    assert!(near(misses, MISS), "with ratio 0 the mean is a miss's time, not {misses:?}");
}

#[test]
fn the_mean_weighs_both_by_how_often_they_come() {
    let mean = mean_time(0.75, HIT, MISS);
    assert!(
        near(mean, Duration::from_millis(51)),
        "three hits of 1 ms and one miss of 201 ms are 51 ms in the mean, not {mean:?}: hits count by the \
         ratio, misses by what is left of 1"
    );
}

#[test]
fn the_last_nine_percent_are_worth_a_factor_of_ten_as_the_first_ninety_are() {
    let mean = |ratio| mean_time(ratio, Duration::ZERO, Duration::from_millis(200));
    assert!(
        near(mean(0.9), mean(0.0) / 10) && near(mean(0.99), mean(0.9) / 10),
        "with hits that take no time, 90 % hits should divide the mean by ten, and 99 % by ten again"
    );
}

#[test]
fn the_ratio_for_a_mean_gives_that_mean() {
    for wanted in [1, 2, 20, 51, 101, 200].map(Duration::from_millis) {
        let ratio = hit_ratio_for(wanted, HIT, MISS).unwrap_or_else(|error| {
            panic!("{wanted:?} is possible, so give a ratio, not: {error}")
        });
        let mean = HIT.mul_f64(ratio) + MISS.mul_f64(1.0 - ratio);
        assert!(
            (0.0..=1.0).contains(&ratio) && near(mean, wanted),
            "{wanted:?} is wanted, and ratio {ratio} gives {mean:?}: solve the mean's formula for the ratio"
        );
    }
}

#[test]
fn what_misses_fulfil_already_needs_no_hits() {
    for wanted in [MISS, 2 * MISS] {
        assert_eq!(
            hit_ratio_for(wanted, HIT, MISS),
            Ok(0.0),
            "{wanted:?} is reached without a cache: the ratio is 0, neither negative nor an error"
        );
    }
}

#[test]
fn a_mean_below_a_hits_time_is_an_impossible_wish() {
    let error = hit_ratio_for(Duration::from_micros(500), HIT, MISS)
        .expect_err("a mean of 500 µs is impossible with hits of 1 ms: return an error");
    assert!(
        error.contains("500µs") && error.contains("1ms"),
        "name what is wanted, 500µs, and what a hit takes, 1ms, with {{:?}}; the error was: {error}"
    );
}

#[test]
fn a_cache_that_is_no_faster_fulfils_no_wish() {
    for hit in [MISS, 2 * MISS] {
        assert!(
            hit_ratio_for(MISS / 2, hit, MISS).is_err(),
            "hits take {hit:?} and misses {MISS:?}, so no ratio halves the mean: return an error"
        );
        assert_eq!(
            hit_ratio_for(MISS, hit, MISS),
            Ok(0.0),
            "with misses as fast as is wanted the ratio is 0, however slow a hit: look at that first, \
             and mind a division by zero"
        );
    }
}
