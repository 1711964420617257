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

/// The result of `percentile` in whole milliseconds.
fn percentile_ms(latencies: &[Duration], p: f64) -> Option<u128> {
    percentile(latencies, p).map(|latency| latency.as_millis())
}

#[test]
fn the_order_of_the_responses_does_not_matter() {
    assert_eq!(
        percentile_ms(&ms([5, 1, 4, 2, 3]), 50.0),
        percentile_ms(&ms(1..=5), 50.0),
        "5, 1, 4, 2 and 3 ms have the same p50 as 1, 2, 3, 4 and 5 ms: the list is in the order of the \
         responses, so sort a copy of it first"
    );
}

#[test]
fn a_rank_counts_from_one_and_an_index_from_zero() {
    let latencies = ms(1..=4);
    for (p, expected) in [(25.0, 1), (50.0, 2), (75.0, 3)] {
        assert_eq!(
            percentile_ms(&latencies, p),
            Some(expected),
            "p{p} of 1, 2, 3 and 4 ms is {expected} ms, because {p} % of them are that or less: rank \
             {expected} is index {}",
            expected - 1
        );
    }
}

#[test]
fn at_least_p_percent_is_not_about_p_percent() {
    let latencies = ms(1..=4);
    assert_eq!(
        percentile_ms(&latencies, 51.0),
        Some(3),
        "p51 of 1, 2, 3 and 4 ms is 3 ms, because only 50 % are 2 ms or less: round the rank up, with \
         `ceil`"
    );
    assert_eq!(
        percentile_ms(&ms(1..=100), 99.5),
        Some(100),
        "p99.5 of 1 to 100 ms is 100 ms, because only 99 % are 99 ms or less: keep the fraction of `p`"
    );
}

#[test]
fn it_is_a_latency_that_a_client_had() {
    let latencies = ms([1, 10, 100]);
    for p in 1..=99 {
        let got = percentile(&latencies, f64::from(p));
        assert!(
            got.is_some_and(|got| latencies.contains(&got)),
            "p{p} of 1, 10 and 100 ms became {got:?}, which no client had: take a latency of the list, \
             neither a mean nor a point between two of them"
        );
    }
}

#[test]
fn p0_is_the_shortest_and_p100_the_longest() {
    let latencies = ms(1..=4);
    // A panic counts as a wrong result, so that these sentences are also printed then.
    let percentile = |p| catch_unwind(|| percentile_ms(&latencies, p)).ok().flatten();
    assert_eq!(
        percentile(0.0),
        Some(1),
        "p0 of 1 to 4 ms is 1 ms, the shortest: its rank is 0, so let `rank - 1` stop at 0"
    );
    assert_eq!(
        percentile(100.0),
        Some(4),
        "p100 of 1 to 4 ms is 4 ms, the longest: its rank is 4, so its index is 3; and `p` is in percent"
    );
}

#[test]
fn rounding_of_floats_does_not_move_the_rank() {
    assert_eq!(
        percentile_ms(&ms(1..=100), 6.0),
        Some(6),
        "p6 of 1 to 100 ms is 6 ms, because 6 % of them are that or less: rank 6 is index 5"
    );
    let whole = (1..=100_u32).map(|p| (100, f64::from(p), u128::from(p)));
    for (responses, p, expected) in whole.chain([(1_000, 99.9, 999)]) {
        assert_eq!(
            percentile_ms(&ms(1..=responses), p),
            Some(expected),
            "p{p} of 1 to {responses} ms is {expected} ms, because exactly {p} % of them are that or less: \
             `{p} / 100.0` is not exact, so multiply by the number of latencies first, and divide last"
        );
    }
}

#[test]
fn an_empty_list_has_no_percentile_and_no_summary() {
    for p in [0.0, 50.0, 100.0] {
        assert_eq!(
            catch_unwind(|| percentile(&[], p)).ok(),
            Some(None),
            "no response came, so p{p} is `None`: neither a panic nor a latency of zero"
        );
    }
    assert_eq!(
        catch_unwind(|| summary(&[])).ok(),
        Some(None),
        "no response came, so there is no summary: return `None` before the mean divides by zero"
    );
}

#[test]
fn the_mean_is_a_latency_that_no_client_had() {
    let summary = summary(&hundred(5)).expect("100 responses have a summary, so return `Some`");
    assert!(
        summary.mean.abs_diff(Duration::from_micros(8_095)) <= Duration::from_micros(1),
        "95 responses of 0.1 ms and 5 of 160 ms have a mean of 8.095 ms, not {:?}: divide the sum by the \
         number of responses",
        summary.mean
    );
    assert_eq!(
        summary.p50, QUICK,
        "95 of 100 responses took 0.1 ms, so the median is 0.1 ms: it is the 50th percentile, not the mean"
    );
    assert_eq!(
        summary.p99, SLOW,
        "only 95 of 100 responses took 0.1 ms, so p99 is 160 ms: ask for the percentile at 99.0, as `p` is \
         in percent"
    );
}

#[test]
fn p99_hides_the_slowest_one_of_a_hundred() {
    let p99 = |slow| summary(&hundred(slow)).map(|summary| summary.p99);
    assert_eq!(
        p99(1),
        Some(QUICK),
        "99 of 100 responses took 0.1 ms, so p99 is 0.1 ms: count equal latencies one by one, and do \
         not take the longest one, which is p100"
    );
    assert_eq!(
        p99(2),
        Some(SLOW),
        "98 of 100 responses took 0.1 ms, which is less than 99 %, so p99 is 160 ms: ask for the \
         percentile at 99.0"
    );
}
