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
                "with a TTL of 10 s, a response is fresh at an age of {age:?}, whatever the windows are"
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
        "at an age of 0.1 s, it is within a TTL or window of 0.5 s: keep the fractions of a second"
    );
}

#[test]
fn at_exactly_the_ttl_it_has_expired() {
    let got = expired(s(0), s(5), s(0));
    let why = match got {
        Serve => "you served it as fresh, but at exactly its TTL a response has expired",
        _ => "a `while_revalidate` of 5 s begins at that moment",
    };
    assert_eq!(got, ServeAndRefresh, "the age is exactly the TTL: {why}");
}

#[test]
fn in_the_first_window_it_is_served_and_refreshed() {
    for if_error in [s(0), s(10), s(60)] {
        assert_eq!(
            expired(s(20), s(30), if_error),
            ServeAndRefresh,
            "it expired 20 s ago, which is within a `while_revalidate` of 30 s, whatever `if_error` is"
        );
    }
}

#[test]
fn both_windows_count_from_the_expiry() {
    for ago in [s(0), s(2), s(5) - NANOSECOND] {
        for (got, expected, window) in [
            (expired(ago, s(5), s(0)), ServeAndRefresh, "while_revalidate"),
            (expired(ago, s(0), s(5)), Compute { stale_on_error: true }, "if_error"),
        ] {
            let why = match got {
                Compute { stale_on_error: false } => {
                    "you compared the window with the age, which began when the response was stored"
                }
                _ => "the other window is zero",
            };
            assert_eq!(
                got, expected,
                "it expired {ago:?} ago, which is within a `{window}` of 5 s: {why}"
            );
        }
    }
}

#[test]
fn at_exactly_its_end_a_window_is_over() {
    assert_eq!(
        expired(s(30), s(30), s(60)),
        Compute { stale_on_error: true },
        "exactly 30 s after the expiry, a `while_revalidate` of 30 s is over"
    );
    assert_eq!(
        expired(s(60), s(0), s(60)),
        Compute { stale_on_error: false },
        "exactly 60 s after the expiry, an `if_error` of 60 s is over"
    );
}

#[test]
fn a_window_of_zero_contains_nothing() {
    for ago in [s(0), NANOSECOND, s(1)] {
        assert_eq!(
            expired(ago, s(0), s(0)),
            Compute { stale_on_error: false },
            "it expired {ago:?} ago, and both windows are zero, so nothing stale may be served"
        );
    }
}

#[test]
fn if_error_alone_serves_nothing_before_computing_has_failed() {
    let got = expired(s(1), s(0), s(60));
    let why = match got {
        ServeAndRefresh => "you served it at once, but no computation has failed yet",
        _ => "compute first, and allow the stored response if computing fails",
    };
    assert_eq!(
        got,
        Compute { stale_on_error: true },
        "it is within an `if_error` of 60 s, and `while_revalidate` is zero: {why}"
    );
}

#[test]
fn if_error_does_not_wait_for_the_end_of_while_revalidate() {
    let got = [expired(s(35), s(30), s(40)), expired(s(50), s(30), s(40))];
    let why = match got {
        [Compute { stale_on_error: true }, Compute { stale_on_error: true }] => {
            "you let `if_error` begin after the other window, but both begin at the expiry"
        }
        _ => "`while_revalidate` is over, and `if_error` ends 40 s after the expiry",
    };
    assert_eq!(
        got,
        [Compute { stale_on_error: true }, Compute { stale_on_error: false }],
        "it expired 35 s and 50 s ago, with windows of 30 s and 40 s: {why}"
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
                "the sum or the difference of two durations did not fit into a `Duration`: compare the \
                 time since the expiry, and add nothing to a window"
            )
        };
        assert_eq!(
            got, expected,
            "wrong at an age of {age:?}, with a TTL of {ttl:?} and windows of {while_revalidate:?} and \
             {if_error:?}: long durations follow the same rules"
        );
    }
}
