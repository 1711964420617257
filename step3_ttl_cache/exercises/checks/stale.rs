//! Checks `decide`.

use std::panic::catch_unwind;

use super::{
    Decision::{Compute, Serve, ServeAndRefresh},
    *,
};

const NANOSECOND: Duration = Duration::from_nanos(1);
const TTL: Duration = Duration::from_secs(10);

/// This many seconds.
fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The decision about a response that expired this long ago, with these windows.
fn expired(ago: Duration, while_revalidate: Duration, if_error: Duration) -> Decision {
    decide(TTL + ago, TTL, while_revalidate, if_error)
}

#[test]
fn a_fresh_response_is_served_whatever_the_windows_are() {
    for window in [s(0), s(5), s(60)] {
        for age in [s(0), s(5), TTL - NANOSECOND] {
            assert_eq!(
                decide(age, TTL, window, window),
                Serve,
                "with a TTL of 10 s and windows of {window:?}, a response is fresh at an age of {age:?}: \
                 compare the age with the TTL first"
            );
        }
    }
}

#[test]
fn less_than_a_second_counts() {
    let (tenth, half) = (s(1) / 10, s(1) / 2);
    assert_eq!(
        [decide(tenth, half, s(0), s(0)), decide(tenth, s(0), half, s(0))],
        [Serve, ServeAndRefresh],
        "a TTL or a window may be half a second: compare durations, not their whole seconds"
    );
}

#[test]
fn at_exactly_the_ttl_it_has_expired() {
    assert_ne!(
        expired(s(0), s(5), s(0)),
        Serve,
        "at exactly its TTL a response has expired, so somebody has to compute: it is fresh while \
         `age < ttl`"
    );
    assert_eq!(
        expired(s(0), s(5), s(0)),
        ServeAndRefresh,
        "at exactly its TTL a response expires, and a `while_revalidate` of 5 s begins: serve and refresh it"
    );
}

#[test]
fn in_the_first_window_it_is_served_and_refreshed() {
    for if_error in [s(0), s(10), s(60)] {
        assert_eq!(
            expired(s(20), s(30), if_error),
            ServeAndRefresh,
            "20 s after the expiry, it is within a `while_revalidate` of 30 s: serve and refresh it, whether \
             `if_error`, here {if_error:?}, is longer or shorter"
        );
    }
}

#[test]
fn both_windows_count_from_the_expiry() {
    for ago in [s(2), s(5) - NANOSECOND] {
        let age = TTL + ago;
        assert_eq!(
            expired(ago, s(5), s(0)),
            ServeAndRefresh,
            "at an age of {age:?} with a TTL of 10 s it expired {ago:?} ago, which is within a `while_revalidate` \
             of 5 s: count from the expiry, not from the storing"
        );
        assert_eq!(
            expired(ago, s(0), s(5)),
            Compute { stale_on_error: true },
            "at an age of {age:?} with a TTL of 10 s it expired {ago:?} ago, which is within an `if_error` of \
             5 s: count from the expiry, not from the storing"
        );
    }
}

#[test]
fn at_exactly_the_end_of_a_window_it_is_outside() {
    assert_eq!(
        expired(s(30), s(30), s(60)),
        Compute { stale_on_error: true },
        "exactly 30 s after the expiry, a `while_revalidate` of 30 s is over: compare with `<`"
    );
    assert_eq!(
        expired(s(60), s(0), s(60)),
        Compute { stale_on_error: false },
        "exactly 60 s after the expiry, an `if_error` of 60 s is over: compare with `<`"
    );
}

#[test]
fn a_window_of_zero_contains_nothing() {
    for ago in [s(0), NANOSECOND, s(1)] {
        assert_eq!(
            expired(ago, s(0), s(0)),
            Compute { stale_on_error: false },
            "expired {ago:?} ago, with windows of zero: compute, and serve nothing stale, not even at exactly \
             the TTL"
        );
    }
}

#[test]
fn if_error_alone_serves_nothing_before_computing_has_failed() {
    assert_eq!(
        expired(s(1), s(0), s(60)),
        Compute { stale_on_error: true },
        "`if_error` serves a stale response only when computing has failed: compute first"
    );
}

#[test]
fn if_error_does_not_wait_for_the_end_of_while_revalidate() {
    assert_eq!(
        [expired(s(35), s(30), s(40)), expired(s(50), s(30), s(40))],
        [Compute { stale_on_error: true }, Compute { stale_on_error: false }],
        "an `if_error` of 40 s ends 40 s after the expiry, not 70 s: both windows begin at the expiry, and \
         neither moves the other"
    );
}

#[test]
fn no_duration_is_too_long() {
    let longest = Duration::MAX;
    for (age, ttl, while_revalidate, if_error, expected) in [
        (s(15), longest, longest, longest, Serve),
        (s(15), TTL, longest, longest, ServeAndRefresh),
        (s(15), TTL, s(0), longest, Compute { stale_on_error: true }),
        (longest, TTL, s(30), s(60), Compute { stale_on_error: false }),
    ] {
        // Caught, so that this sentence is also printed after a panic.
        let Ok(got) = catch_unwind(|| decide(age, ttl, while_revalidate, if_error)) else {
            panic!(
                "`+` and `-` of `Duration` panic when the result does not fit: subtract the TTL from the \
                 age with `checked_sub`, and add nothing to a window"
            )
        };
        assert_eq!(
            got, expected,
            "wrong at an age of {age:?}, with a TTL of {ttl:?} and windows of {while_revalidate:?} and \
             {if_error:?}: a longer duration changes nothing else"
        );
    }
}
