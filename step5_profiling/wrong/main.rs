//! Wrong solutions of step 5's exercises that are tempting. Each check has to refuse them.
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

mod amdahl {
    mod added_speeds;
    mod gain_of_the_part;
    mod most_of_the_part;
    mod negative_speed;
    mod time_saved;
}

mod flat_and_cumulative {
    mod callers_only;
    mod each_call;
    mod first_space;
    mod flat_for_the_outermost;
    mod zero_samples;
}

mod predictions {
    mod fourth;
    mod second;
    mod third;
    mod usual;
}

mod profile_on_trial {
    mod computed_once;
    mod ends_at_the_line;
    mod faster_for_slower;
    mod line_of_another_function;
    mod outermost_call;
    mod part_added_once_too_often;
    mod share_of_all;
}

mod sieve {
    mod one_is_prime;
    mod square_of_a_u32;
    mod still_dividing;
    mod stops_before_the_root;
    mod without_n;
}
