//! Checks `Backoff`.

use std::panic::catch_unwind;

use super::*;

const AT_ITS_START: Duration = Duration::from_millis(5);

/// The wait after the death of each of these workers, in milliseconds. `lives` says how long each
/// one lived.
fn waits(lives: impl IntoIterator<Item = Duration>) -> Vec<u128> {
    let mut backoff = Backoff::default();
    lives.into_iter().map(|lived| backoff.after_death(lived).as_millis()).collect()
}

#[test]
fn the_first_wait_is_short() {
    let got = waits([AT_ITS_START]);
    let why = match got[..] {
        [200] => "you doubled it already, but there was no death before this one",
        _ => "no other wait comes before it",
    };
    assert_eq!(got, [100], "the wait after the first death is FIRST: {why}");
}

#[test]
fn each_death_in_a_row_doubles_the_wait() {
    let got = waits([AT_ITS_START; 5]);
    let why = match got[..] {
        [100, 200, 300, 400, 500] => {
            "you added the same time for each death, which is too slow to help a busy machine"
        }
        _ => "it starts at 100 ms, and each one is twice the one before",
    };
    assert_eq!(got, [100, 200, 400, 800, 1_600], "five workers died at startup: {why}");
}

#[test]
fn the_wait_has_an_upper_limit() {
    let got = &waits([AT_ITS_START; 12])[8..];
    let why = match got {
        [25_600, 51_200, ..] => {
            "a wait was longer than LONGEST, so a server stays down for too long"
        }
        _ => "from the tenth one on, the waits are LONGEST",
    };
    assert_eq!(got, [25_600, 30_000, 30_000, 30_000], "twelve workers died at startup: {why}");
}

#[test]
fn even_a_thousand_deaths_are_counted() {
    // Caught, so that this sentence is also printed after a panic.
    let Ok(got) = catch_unwind(|| waits([AT_ITS_START; 1_000])) else {
        panic!(
            "after some deaths, the wait did not fit into its type: 2³² is too large for a `u32`"
        )
    };
    let wrong = got.iter().skip(9).position(|wait| *wait != 30_000);
    let wrong = wrong.map(|place| (place + 10, got[place + 9]));
    assert_eq!(
        wrong, None,
        "from the tenth death in a row on, each wait is LONGEST, but one is not (`left` has its number \
         and its milliseconds)"
    );
}

#[test]
fn good_service_resets_the_wait() {
    for lived in [GOOD_SERVICE, GOOD_SERVICE * 100] {
        let got = waits([AT_ITS_START, AT_ITS_START, AT_ITS_START, lived]);
        let why = if lived == GOOD_SERVICE && got[3] == 800 {
            "it lived for exactly GOOD_SERVICE, which is long enough"
        } else {
            "it did not die at startup"
        };
        assert_eq!(
            got[3], 100,
            "after a worker that lived for {lived:?}, the wait is FIRST: {why}"
        );
    }
}

#[test]
fn good_service_resets_the_count() {
    let got = waits([AT_ITS_START, AT_ITS_START, GOOD_SERVICE, AT_ITS_START, AT_ITS_START]);
    let why = match got[2..] {
        [100, 800, 1_600] => {
            "you changed only one wait, but the deaths before the good worker no longer count"
        }
        _ => "the death of the good worker counts as the first one again",
    };
    assert_eq!(got[2..], [100, 200, 400], "a good worker died, then two at startup: {why}");
}

#[test]
fn a_life_that_is_not_quite_long_enough_resets_nothing() {
    let short = GOOD_SERVICE - Duration::from_nanos(1);
    assert_eq!(
        waits([AT_ITS_START, AT_ITS_START, short])[2],
        400,
        "the third worker lived for a little less than GOOD_SERVICE, so its death is the third in a row"
    );
}
