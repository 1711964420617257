//! Wrong solutions of step 1's exercises that are tempting. Each check has to refuse them.
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

mod off_the_loop {
    mod async_is_enough;
    mod blocking_join;
    mod channel_without_the_panic;
    mod literal_messages_only;
    mod panic_in_a_box;
    mod spawned_task;
    mod unwrapped_error;
    mod zero_for_a_panic;
}

mod percentile {
    mod fraction_first;
    mod interpolated;
    mod middle_of_the_list;
    mod not_sorted;
    mod of_the_gaps;
    mod rank_as_index;
    mod rounded_rank;
}

mod predictions {
    mod second;
    mod third;
    mod usual;
}
