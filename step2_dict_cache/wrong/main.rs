//! Wrong solutions of step 2's exercises that are tempting. Each check has to refuse them.
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

#[path = "../exercises/checks/zipf.rs"]
mod zipf;

mod bounded_dict {
    mod evicts_for_a_known_key;
    mod first_in_first_out;
    mod least_often_used;
    mod one_too_many;
}

mod characteristic_time {
    mod as_many_requests_as_entries;
    mod fixed_limit;
    mod mean_over_keys;
    mod misses_for_hits;
    mod most_popular_stay;
}

mod mean_time {
    mod below_zero;
    mod best_effort;
    mod halfway;
    mod hits_are_free;
    mod ratio_without_hits;
    mod shares_swapped;
    mod whole_milliseconds;
}

mod predictions {
    mod second;
    mod usual;
}

mod visited_bit {
    mod bit_for_good;
    mod counts_the_hits;
    mod evicts_after_it_came;
    mod hand_behind_the_newest;
    mod hand_starts_again;
    mod moves_on_a_hit;
    mod second_chance;
    mod swap_remove;
    mod visited_when_new;
}
