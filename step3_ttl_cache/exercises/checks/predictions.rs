//! Checks the predictions. The ranges allow for other machines.

use step1_plain::support::testing::prediction::Prediction;

use super::*;

#[test]
fn prediction_1_misses_with_1s() {
    Prediction { number: 1, is: misses_with_1s(), measured: 9.0..=13.0 }.judge(&[
        (
            100.0..=121.0,
            "That is every request. A response is computed once, and then serves all requests \
             until it expires.",
        ),
        (
            0.0..=1.0,
            "That is the first request alone, but a response also expires and has to be computed \
             again.",
        ),
    ]);
}

#[test]
fn prediction_1_misses_with_3s() {
    Prediction { number: 1, is: misses_with_3s(), measured: 4.0..=5.0 }.judge(&[
        (
            37.0..=41.0,
            "You divided the requests by the TTL. Count how often the response expires, however \
             many requests come.",
        ),
        (35.0..=36.0, "You multiplied by the TTL, but a longer TTL means fewer misses, not more."),
        (
            100.0..=121.0,
            "No request would be a hit then. In one TTL, only the first request has to compute.",
        ),
    ]);
}

#[test]
fn prediction_2_computations() {
    Prediction { number: 2, is: computations(), measured: 1.0..=1.0 }.judge(&[
        (
            6.0..=6.0,
            "That was step 2. Here a request also looks for a computation of its response that \
             has begun.",
        ),
        (
            2.0..=5.0,
            "The later requests find either the stored response or the running computation. \
             Neither makes them compute.",
        ),
    ]);
}

#[test]
fn prediction_3_requests_that_reach_the_server() {
    Prediction { number: 3, is: requests_that_reach_the_server(), measured: 1.0..=1.0 }.judge(&[
        (
            2.0..=20.0,
            "The response says how long it may be used, so the browser does not need to send each \
             request.",
        ),
        (
            0.0..=0.0,
            "The cache of the browser is empty at first, so at least one request has to reach the \
             server.",
        ),
    ]);
}

#[test]
fn prediction_4_p99_ms() {
    Prediction { number: 4, is: p99_ms(), measured: 100.0..=260.0 }.judge(&[
        (
            0.0..=10.0,
            "You counted the misses, which are rarer than 1%. The requests that arrive during a \
             computation wait, too.",
        ),
        (
            11.0..=60.0,
            "That is nearer to the mean. Sort the waits, and look at the longest 1% of them.",
        ),
    ]);
}
