//! Checks the predictions. The ranges allow for other machines.

use step1_plain::support::testing::prediction::Prediction;

use super::*;

#[test]
fn prediction_1_failed_requests() {
    Prediction { number: 1, is: failed_requests(), measured: 0.0..=0.0 }.judge(&[
        (
            1.0..=40.0,
            "A worker finishes its requests before it stops, and new workers already listen on \
             the same port.",
        ),
        (
            41.0..=1e9,
            "There is no moment without a worker. The new ones start before the old ones stop.",
        ),
    ]);
}

#[test]
fn prediction_2_responses_of_8_workers() {
    Prediction { number: 2, is: responses_of_8_workers(), measured: 1.6..=2.3 }.judge(&[
        (
            7.0..=8.5,
            "A worker that computes needs a core of its own, and the others wait for their turn.",
        ),
        (
            0.9..=1.1,
            "Each worker is a process with a compute thread of its own, so two of them can \
             compute at once.",
        ),
    ]);
}

#[test]
fn prediction_3_p99_ms() {
    Prediction { number: 3, is: p99_ms(), measured: 22.0..=48.0 }.judge(&[
        (
            85.0..=120.0,
            "A computation takes as long as before, but p99 is mostly a wait, and two workers \
             shorten the queue.",
        ),
        (
            49.0..=70.0,
            "You halved it. Each worker has three times as much time left to empty its queue, and \
             a burst rarely finds it full.",
        ),
        (
            0.0..=20.0,
            "That would be a computation without any wait. Requests still come at random, so some \
             have to wait.",
        ),
    ]);
}

#[test]
fn prediction_4_hits() {
    Prediction { number: 4, is: hits(), measured: 38.0..=44.0 }.judge(&[
        (
            53.0..=57.0,
            "That would be one cache for all. Each worker has to compute each response once \
             itself.",
        ),
        (
            12.0..=16.0,
            "You divided the hits by the number of workers. Count the misses of each worker \
             instead.",
        ),
        (
            0.0..=0.0,
            "A worker that has computed a response does find it again. Count how often each one \
             gets each `n`.",
        ),
    ]);
}
