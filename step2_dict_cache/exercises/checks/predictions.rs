//! Checks the predictions. The ranges allow for other machines.

use step1_plain::support::testing::prediction::Prediction;

use super::*;

#[test]
fn prediction_1_hit_speedup() {
    Prediction { number: 1, is: hit_speedup(), measured: 1_000.0..=40_000.0 }.judge(&[
        (
            2.0..=30.0,
            "A hit is not a shorter computation. It computes nothing, and finding a key takes \
             microseconds.",
        ),
        (
            100.0..=600.0,
            "That may be right by the clock of a client. The header leaves out the connection and \
             the network.",
        ),
    ]);
}

#[test]
fn prediction_2_computations() {
    Prediction { number: 2, is: computations(), measured: 32.0..=32.0 }.judge(&[
        (
            1.0..=1.0,
            "The first request stores its response only when it is computed. The others do not \
             wait for that.",
        ),
        (
            2.0..=31.0,
            "A request is a hit only if the response is stored when it arrives. Think of the time \
             that one computation takes.",
        ),
    ]);
}

#[test]
fn prediction_3_responses_with_the_cache() {
    Prediction { number: 3, is: responses_with_the_cache(), measured: 90.0..=110.0 }.judge(&[
        (
            1.5..=2.5,
            "99% less time is not 99% more responses. Divide the time before by the time after.",
        ),
        (
            1_000.0..=10_000.0,
            "That is for hits alone. The misses are few, but they still take nearly all of the \
             time.",
        ),
    ]);
}

#[test]
fn prediction_4_hits() {
    Prediction { number: 4, is: hits(), measured: 0.0..=0.0 }.judge(&[
        (
            3.0..=3.0,
            "There is room for two responses, so not all three can still be stored in the second \
             round.",
        ),
        (
            1.0..=2.0,
            "Room for two of three does not mean that two stay. Write down what is stored after \
             each request.",
        ),
    ]);
}
