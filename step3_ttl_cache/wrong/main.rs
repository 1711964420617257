//! Wrong solutions of step 3's exercises that are tempting. Each check has to refuse them.
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

mod entry_ttl {
    mod counts_what_is_left;
    mod extended_by_get;
    mod fresh_at_its_end;
    mod hidden_but_kept;
    mod two_kinds_of_fresh;
}

mod jitter {
    mod few_steps;
    mod not_random;
    mod only_longer;
    mod per_mille;
    mod too_long_a_float;
    mod whole_seconds;
}

mod predictions {
    mod second;
    mod third;
    mod usual;
}

mod single_flight {
    mod each_computes;
    mod lock_while_computing;
    mod never_removed;
    mod one_for_all_keys;
    mod removed_by_a_guard;
    mod removed_by_all;
    mod removed_by_the_last;
}

mod stale {
    mod fresh_at_its_ttl;
    mod from_the_storing;
    mod served_before_an_error;
    mod sums_of_durations;
    mod windows_in_a_row;
}
