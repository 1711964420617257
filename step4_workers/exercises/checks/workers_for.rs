//! Checks `workers_for`.

use super::*;

#[test]
fn with_enough_memory_it_is_gunicorns_formula() {
    for (cores, workers) in [(1, 3), (2, 5), (4, 9), (64, 129)] {
        assert_eq!(
            workers_for(cores, 1_000_000, 100),
            Ok(workers),
            "with {cores} cores and more memory than enough it is 2 × cores + 1 = {workers}"
        );
    }
}

#[test]
fn no_more_workers_than_the_memory_has_room_for() {
    for (memory, workers) in [(800, 8), (799, 7), (450, 4), (100, 1)] {
        assert_eq!(
            workers_for(4, memory, 100),
            Ok(workers),
            "{memory} MiB have room for {workers} workers of 100 MiB: round down, and take the smaller \
             one of this and the formula"
        );
    }
}

#[test]
fn when_not_even_one_has_room_the_error_says_so() {
    let error = workers_for(4, 300, 512).expect_err(
        "300 MiB have no room for a worker of 512 MiB: return an error rather than 0 or 1",
    );
    assert!(
        error.contains("300") && error.contains("512"),
        "say how much memory there is, 300 MiB, and what a worker needs, 512 MiB; the error was: {error}"
    );
}

#[test]
fn a_worker_that_needs_next_to_nothing_is_limited_by_the_cores_alone() {
    for memory in [0, 100] {
        assert_eq!(
            workers_for(2, memory, 0),
            Ok(5),
            "a worker of 0 MiB always has room: mind the division by zero"
        );
    }
}
