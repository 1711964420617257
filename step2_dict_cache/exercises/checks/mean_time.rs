//! Checks `mean_time` and `hit_ratio_for`.

use super::*;

const HIT: Duration = Duration::from_millis(1);
const MISS: Duration = Duration::from_millis(201);

/// Whether two times are the same except for rounding.
fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= Duration::from_micros(1)
}

/// A usual mistake in the mean for this ratio, as a sentence.
fn mistake(mean: Duration, ratio: f64) -> &'static str {
    let [hits, misses] = [ratio, 1.0 - ratio].map(|part| [HIT.mul_f64(part), MISS.mul_f64(part)]);
    match mean {
        _ if near(mean, (HIT + MISS) / 2) => {
            "that is halfway between both times. They do not occur equally often, so weight them"
        }
        _ if near(mean, misses[1]) => {
            "you added only the misses, as if a hit took no time. A hit takes 1 ms"
        }
        _ if near(mean, hits[1] + misses[0]) => {
            "you weighted the misses by the hit ratio, so the two shares are swapped"
        }
        _ => "multiply the time of a hit by the ratio, and that of a miss by 1 minus the ratio",
    }
}

#[test]
fn all_hits_take_the_time_of_a_hit_and_all_misses_that_of_a_miss() {
    for (ratio, expected) in [(1.0, HIT), (0.0, MISS)] {
        let mean = mean_time(ratio, HIT, MISS);
        assert!(
            near(mean, expected),
            "with a hit ratio of {ratio}, the mean is {expected:?}, not {mean:?}: {}",
            mistake(mean, ratio)
        );
    }
}

#[test]
fn the_mean_weighs_both_by_how_often_they_occur() {
    let mean = mean_time(0.75, HIT, MISS);
    assert!(
        near(mean, Duration::from_millis(51)),
        "three hits of 1 ms and one miss of 201 ms have a mean of 51 ms, not {mean:?}: {}",
        mistake(mean, 0.75)
    );
}

#[test]
fn less_than_a_millisecond_counts() {
    let [hit, mean, miss] = [50, 100, 150].map(Duration::from_micros);
    let longer = Duration::from_millis(51);
    let why = match hit_ratio_for(longer, HIT, MISS) {
        Ok(ratio) if (ratio - 0.75).abs() < 1e-6 && near(mean_time(0.75, HIT, MISS), longer) => {
            "keep the fractions of a millisecond"
        }
        _ => "first pass the checks with whole milliseconds",
    };
    let (got, ratio) = (mean_time(0.5, hit, miss), hit_ratio_for(mean, hit, miss));
    assert!(
        near(got, mean),
        "as many hits of {hit:?} as misses of {miss:?} have a mean of {mean:?}, not {got:?}: {why}"
    );
    assert!(
        ratio.as_ref().is_ok_and(|ratio| (ratio - 0.5).abs() < 1e-6),
        "with hits of {hit:?} and misses of {miss:?}, a mean of {mean:?} needs a ratio of 0.5, not \
         {ratio:?}: {why}"
    );
}

#[test]
fn the_last_nine_percent_are_worth_a_factor_of_ten_as_the_first_ninety_are() {
    let mean = |ratio| mean_time(ratio, Duration::ZERO, Duration::from_millis(200));
    assert!(
        near(mean(0.9), mean(0.0) / 10) && near(mean(0.99), mean(0.9) / 10),
        "if hits take no time, 90% hits divide the mean by ten, and 99% divide it by ten again"
    );
}

#[test]
fn the_ratio_for_a_mean_gives_that_mean() {
    for wanted in [1, 2, 20, 51, 101, 200].map(Duration::from_millis) {
        let ratio = hit_ratio_for(wanted, HIT, MISS).unwrap_or_else(|error| {
            panic!("a mean of {wanted:?} is possible, but you returned the error {error:?}")
        });
        let mean = HIT.mul_f64(ratio) + MISS.mul_f64(1.0 - ratio);
        let without_hits = 1.0 - wanted.as_secs_f64() / MISS.as_secs_f64();
        let why = if (ratio - without_hits).abs() < 1e-9 {
            "your ratio would be right if hits took no time"
        } else {
            "solve the formula of the mean for the ratio"
        };
        assert!(
            (0.0..=1.0).contains(&ratio) && near(mean, wanted),
            "you wanted a mean of {wanted:?}, but your ratio of {ratio:.3} gives {mean:?}: {why}"
        );
    }
}

#[test]
fn a_mean_that_misses_alone_reach_needs_no_hits() {
    for wanted in [MISS, 2 * MISS] {
        let got = hit_ratio_for(wanted, HIT, MISS);
        let why = match got {
            Ok(ratio) if ratio < 0.0 => "no hit ratio is below 0, so misses alone are fast enough",
            _ => "misses alone are fast enough",
        };
        assert_eq!(
            got,
            Ok(0.0),
            "a mean of {wanted:?} with misses of {MISS:?} needs a ratio of 0: {why}"
        );
    }
}

#[test]
fn a_mean_below_the_time_of_a_hit_is_impossible() {
    let got = hit_ratio_for(Duration::from_micros(500), HIT, MISS);
    let error = got.expect_err(
        "hits take 1 ms, so no hit ratio gives a mean of 500 µs, not even 1: return an error",
    );
    assert!(
        error.contains("500µs") && error.contains("1ms"),
        "the error {error:?} lacks the wanted mean, 500µs, or the time of a hit, 1ms"
    );
}

#[test]
fn a_cache_that_is_no_faster_than_a_miss_does_not_help() {
    for hit in [MISS, 2 * MISS] {
        assert!(
            hit_ratio_for(MISS / 2, hit, MISS).is_err(),
            "with hits of {hit:?} and misses of {MISS:?}, no ratio halves the mean: return an error"
        );
        assert_eq!(
            hit_ratio_for(MISS, hit, MISS),
            Ok(0.0),
            "misses alone reach a mean of {MISS:?}, so the ratio is 0, however slow hits are"
        );
    }
}
