//! Checks the predictions. The ranges allow for other machines.

use step1_plain::support::testing::prediction::Prediction;

use super::*;

#[test]
fn prediction_1_responses_per_second() {
    Prediction { number: 1, is: responses_per_second(), measured: 3.5..=7.0 }.judge(&[
        (
            40.0..=60.0,
            "Ten clients send more requests, but they share one thread that computes. The others \
             only wait.",
        ),
        (
            0.3..=0.9,
            "That is the share of each single client. The question is about all ten together.",
        ),
    ]);
}

#[test]
fn prediction_2_largest_by_smallest() {
    Prediction { number: 2, is: largest_by_smallest(), measured: 8.0..=12.0 }.judge(&[
        (
            0.9..=1.5,
            "All ten computations take the same time, but the header also includes the wait in the \
             queue.",
        ),
        (
            5.0..=6.0,
            "That would be the mean of the ten. The last request waits for all the others.",
        ),
    ]);
}

#[test]
fn prediction_3_healthz_seconds() {
    Prediction { number: 3, is: healthz_seconds(), measured: 1.1..=1.45 }.judge(&[
        (
            0.0..=0.1,
            "The handler of `/healthz` is quick once it runs, but it needs the thread that is \
             busy with `/slow`.",
        ),
        (
            1.46..=1.6,
            "That is the whole computation, but a part of it was over when the request for \
             `/healthz` came.",
        ),
    ]);
}

#[test]
fn prediction_4_computations() {
    Prediction { number: 4, is: computations(), measured: 2.7..=3.3 }.judge(&[
        (
            0.9..=1.25,
            "The server is idle 20% of the time, but random requests often come together and then \
             wait for each other.",
        ),
        (
            1.35..=1.9,
            "You added the computation that is running at that moment. Others may already wait \
             behind it.",
        ),
        (
            4.7..=5.3,
            "That is right for computations of random length. Here they all take the same time.",
        ),
    ]);
}
