//! Checks `percentile` and `summary`.

use std::panic::catch_unwind;

use super::*;

const QUICK: Duration = Duration::from_micros(100);
const SLOW: Duration = Duration::from_millis(160);

/// Latencies of these lengths, in milliseconds.
fn ms(latencies: impl IntoIterator<Item = u64>) -> Vec<Duration> {
    latencies.into_iter().map(Duration::from_millis).collect()
}

/// A hundred latencies. This many of them are slow.
fn hundred(slow: usize) -> Vec<Duration> {
    [vec![QUICK; 100 - slow], vec![SLOW; slow]].concat()
}

/// The result of `percentile` in whole milliseconds. A panic counts as `None`, so that the sentence
/// of the check is also printed then.
fn percentile_ms(latencies: &[Duration], p: f64) -> Option<u128> {
    let got = catch_unwind(|| percentile(latencies, p)).ok().flatten();
    got.map(|latency| latency.as_millis())
}

#[test]
fn the_order_of_the_responses_does_not_matter() {
    let got = percentile_ms(&ms([5, 1, 4, 2, 3]), 50.0);
    let why = if percentile_ms(&ms(1..=5), 50.0) == Some(3) {
        "the list is in the order of the responses, so sort a copy first"
    } else {
        "two of the five are shorter and two are longer"
    };
    assert_eq!(got, Some(3), "p50 of 5, 1, 4, 2 and 3 ms is 3 ms: {why}");
}

#[test]
fn a_rank_counts_from_one_and_an_index_from_zero() {
    for (p, expected) in [(25.0, 1), (50.0, 2), (75.0, 3)] {
        let got = percentile_ms(&ms(1..=4), p);
        let why = match got {
            // The rank as an index would be too high for p75, too.
            Some(2) if p == 25.0 && percentile_ms(&ms(1..=4), 75.0) == Some(3) => {
                "you took `p` as if it were a share of the three gaps between them. Count the four \
                 latencies"
            }
            Some(got) if got == expected + 1 => {
                "you took the latency after it: ranks count from 1, but indexes from 0"
            }
            _ => "that many of the four latencies are as short or shorter",
        };
        assert_eq!(got, Some(expected), "p{p} of 1, 2, 3 and 4 ms is {expected} ms: {why}");
    }
}

#[test]
fn at_least_p_percent_is_not_about_p_percent() {
    let got = percentile(&ms(1..=4), 51.0).map(|got| got.as_secs_f64() * 1e3);
    let why = match got {
        Some(2.0) => "only 50% are 2 ms or less, which is too few, so never round a rank down",
        _ => "it is the shortest latency with at least 51% of the list at or below it",
    };
    assert_eq!(got, Some(3.0), "p51 of 1, 2, 3 and 4 ms is 3 ms: {why}");
    let got = percentile_ms(&ms(1..=100), 99.5);
    let why = match got {
        Some(99) => "only 99% are 99 ms or less, which is too few, so keep the fraction of `p`",
        _ => "it is the shortest latency with at least 99.5% of the list at or below it",
    };
    assert_eq!(got, Some(100), "p99.5 of 1 to 100 ms is 100 ms: {why}");
}

#[test]
fn it_is_a_latency_that_a_client_had() {
    let latencies = ms([1, 10, 100]);
    for p in 1..=99 {
        let got = catch_unwind(|| percentile(&latencies, f64::from(p))).ok().flatten();
        let Some(got) = got else {
            panic!("p{p} of 1, 10 and 100 ms is one of the three, but there was no result")
        };
        assert!(
            latencies.contains(&got),
            "p{p} of 1, 10 and 100 ms became {got:?}, which is none of them: take a latency from the \
             list, not a point between two"
        );
    }
}

#[test]
fn p0_is_the_shortest_and_p100_the_longest() {
    assert_eq!(
        percentile_ms(&ms(1..=4), 0.0),
        Some(1),
        "p0 of 1 to 4 ms is 1 ms, the shortest: the formula gives rank 0, so take the first one"
    );
    assert_eq!(
        percentile_ms(&ms(1..=4), 100.0),
        Some(4),
        "p100 of 1 to 4 ms is 4 ms, the longest: its rank is 4, the last one of the list"
    );
}

#[test]
fn rounding_of_floats_does_not_move_the_rank() {
    assert_eq!(
        percentile_ms(&ms(1..=100), 6.0),
        Some(6),
        "p6 of 1 to 100 ms is 6 ms, because exactly 6% of the list are 6 ms or less"
    );
    let whole = (1..=100_u32).map(|p| (100, f64::from(p), u128::from(p)));
    for (responses, p, expected) in whole.chain([(1_000, 99.9, 999)]) {
        assert_eq!(
            percentile_ms(&ms(1..=responses), p),
            Some(expected),
            "p{p} of 1 to {responses} ms is {expected} ms: a float such as {p} / 100 is not exact, and \
             rounding it up adds a rank, so divide last"
        );
    }
}

#[test]
fn an_empty_list_has_no_percentile_and_no_summary() {
    for p in [0.0, 50.0, 100.0] {
        assert_eq!(
            catch_unwind(|| percentile(&[], p)).ok(),
            Some(None),
            "p{p} of an empty list is `None`, neither a panic nor a latency of zero"
        );
    }
    assert_eq!(
        catch_unwind(|| summary(&[])).ok(),
        Some(None),
        "an empty list has no summary: return `None` before you divide by its length"
    );
}

#[test]
fn the_mean_is_a_latency_that_no_client_had() {
    let summary = summary(&hundred(5)).expect("100 responses have a summary, so return `Some`");
    assert!(
        summary.mean.abs_diff(Duration::from_micros(8_095)) <= Duration::from_micros(1),
        "95 responses of 0.1 ms and 5 of 160 ms have a mean of 8.095 ms, not {:?}",
        summary.mean
    );
    assert_eq!(
        summary.p50, QUICK,
        "95 of 100 responses took 0.1 ms, so p50 is 0.1 ms: half of the clients waited no longer"
    );
    assert_eq!(
        summary.p99, SLOW,
        "only 95 of 100 responses took 0.1 ms, so p99 is 160 ms (and `p` is in percent)"
    );
}

#[test]
fn the_summary_is_that_of_any_list() {
    let list = ms([4, 1, 3, 2]);
    let got = summary(&list).map(|summary| [summary.p50, summary.p99]);
    let why = match [50.0, 99.0].map(|p| percentile_ms(&list, p)) {
        [Some(2), Some(4)] => "your `percentile` is right, so let `summary` call `percentile`",
        _ => "first pass the checks for `percentile`",
    };
    let expected = [2, 4].map(Duration::from_millis);
    assert_eq!(got, Some(expected), "p50 and p99 of 4, 1, 3 and 2 ms are 2 and 4 ms: {why}");
}

#[test]
fn p99_hides_the_slowest_one_of_a_hundred() {
    let p99 = |slow| summary(&hundred(slow)).map(|summary| summary.p99);
    assert_eq!(
        p99(1),
        Some(QUICK),
        "99 of 100 responses took 0.1 ms, so p99 is 0.1 ms: the longest one is p100"
    );
    assert_eq!(
        p99(2),
        Some(SLOW),
        "only 98 of 100 responses took 0.1 ms, so p99 is 160 ms: count each of two equal latencies"
    );
}
