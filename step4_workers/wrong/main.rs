//! Wrong solutions of step 4's exercises that are tempting. Each check has to refuse them.
//!
//! The head of each file says what the misunderstanding is, and with which sentence the check has
//! to refuse it. `step5_profiling/tests/documents/exercises.rs` holds that it does, and that no
//! other wrong solution of the same exercise gets this sentence.

#![allow(
    clippy::duplicate_mod,
    dead_code,
    unused_variables,
    reason = "each wrong solution includes its exercise's check, and leaves out what is not its subject"
)]

mod backoff {
    mod does_not_fit;
    mod doubled_at_once;
    mod grows_by_the_same;
    mod longer_than_good;
    mod no_limit;
    mod one_short_wait;
}

mod predictions {
    mod second;
    mod third;
    mod usual;
}
