//! Checks `Backoff`.

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
    assert_eq!(
        waits([AT_ITS_START]),
        [100],
        "after the first death wait FIRST, not yet twice that"
    );
}

#[test]
fn each_death_in_a_row_doubles_the_wait() {
    assert_eq!(
        waits([AT_ITS_START; 5]),
        [100, 200, 400, 800, 1_600],
        "five workers died at their start: multiply by two each time"
    );
}

#[test]
fn the_wait_has_an_upper_limit() {
    assert_eq!(
        waits([AT_ITS_START; 12])[8..],
        [25_600, 30_000, 30_000, 30_000],
        "from the tenth death on, wait LONGEST rather than twice as long"
    );
}

#[test]
fn even_a_thousand_deaths_are_counted() {
    let last = waits([AT_ITS_START; 1_000]).pop();
    assert_eq!(
        last,
        Some(30_000),
        "after very many deaths still wait LONGEST: saturate, do not overflow"
    );
}

#[test]
fn good_service_makes_up_for_the_deaths_before_it() {
    for lived in [GOOD_SERVICE, GOOD_SERVICE * 100] {
        assert_eq!(
            waits([AT_ITS_START, AT_ITS_START, AT_ITS_START, lived])[3],
            100,
            "the fourth worker lived for {lived:?}, GOOD_SERVICE or longer: wait FIRST after it"
        );
    }
}

#[test]
fn after_good_service_the_count_begins_anew() {
    assert_eq!(
        waits([AT_ITS_START, AT_ITS_START, GOOD_SERVICE, AT_ITS_START, AT_ITS_START])[2..],
        [100, 200, 400],
        "a good worker's death is the first of a new row: set the count back, not only this wait"
    );
}

#[test]
fn a_life_that_is_not_quite_long_enough_makes_up_for_nothing() {
    let short = GOOD_SERVICE - Duration::from_nanos(1);
    assert_eq!(
        waits([AT_ITS_START, AT_ITS_START, short])[2],
        400,
        "the third worker lived for less than GOOD_SERVICE, so its death counts as one more in the row"
    );
}
