//! Checks the predictions. The ranges allow for other machines.

use step1_plain::support::testing::prediction::Prediction;

use super::*;

#[test]
fn prediction_1_function() {
    let word = function().to_lowercase();
    if word.contains("is_prime") {
        return;
    }
    let usual = [
        (
            "count_primes",
            "It calls the function that does the work. Its own loop only goes from number to \
             number.",
        ),
        ("json", "Its work is three numbers for each response, which takes about a microsecond."),
        (
            "http",
            "It reads and writes a few hundred bytes for each response, but one computation takes \
             milliseconds.",
        ),
        ("system", "A request needs only a few of them, and each one takes microseconds."),
    ];
    let why = usual.iter().find(|(name, _)| word.contains(name)).map(|(_, why)| *why);
    panic!(
        "you predicted {word:?}. {} Compare with prediction 1 in *Run and measure*",
        why.unwrap_or("Choose one of the five that the guide names.")
    );
}

#[test]
fn prediction_2_rest_percent() {
    Prediction { number: 2, is: rest_percent(), measured: 0.0..=2.0 }.judge(&[
        (
            25.0..=100.0,
            "You expect that a web server spends its time on the web. Compare microseconds with \
             0.2 s.",
        ),
        (
            5.0..=24.0,
            "That is still far too much. HTTP and JSON take microseconds of the 0.2 s of a \
             request.",
        ),
    ]);
}

#[test]
fn prediction_3_computing_percent() {
    Prediction { number: 3, is: computing_percent(), measured: 15.0..=25.0 }.judge(&[
        (
            80.0..=100.0,
            "The threads are always busy, but a request is not. Ten of them share two threads.",
        ),
        (
            8.0..=12.0,
            "That would be right for one thread. Here two workers compute at the same time.",
        ),
    ]);
}

#[test]
fn prediction_4_responses_after_the_fix() {
    Prediction { number: 4, is: responses_after_the_fix(), measured: 50.0..=250.0 }.judge(&[
        (
            1.0..=4.0,
            "You expect the same work, done a little faster. A better algorithm does far less \
             work.",
        ),
        (
            5.0..=30.0,
            "That is a good guess for a faster division, but the fix needs no division at all.",
        ),
    ]);
}
