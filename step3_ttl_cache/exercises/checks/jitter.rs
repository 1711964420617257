//! Checks `jittered`.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    panic::catch_unwind,
};

use super::*;

/// Numbers that look random but are the same in each run, and the smallest and the largest number.
fn randoms() -> impl Iterator<Item = u64> {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    (0..1_000_u32).map(move |i| hasher.hash_one(i)).chain([0, u64::MAX])
}

/// The TTLs with jitter for these numbers.
fn jittered_all(ttl: Duration) -> Vec<Duration> {
    randoms().map(|random| jittered(ttl, random)).collect()
}

#[test]
fn it_is_never_more_than_a_tenth_away() {
    for ttl in [7, 999, 10_000_000, 10_000_000_000, 86_400_000_000_000].map(Duration::from_nanos) {
        for random in randoms() {
            let got = jittered(ttl, random);
            assert!(
                got.abs_diff(ttl) <= ttl / 10 + Duration::from_nanos(1),
                "a TTL of {ttl:?} became {got:?} with the random number {random}: that is more than a \
                 tenth away"
            );
        }
    }
}

#[test]
fn it_is_zero_only_if_the_ttl_is_zero() {
    for ttl in [1, 2, 9, 10, 1_000, 1_000_000].map(Duration::from_nanos) {
        for got in jittered_all(ttl) {
            assert!(
                !got.is_zero(),
                "a TTL of {ttl:?} was rounded to zero, which means \"do not store it\""
            );
        }
    }
    for got in jittered_all(Duration::ZERO) {
        assert_eq!(
            got,
            Duration::ZERO,
            "a TTL of zero means \"do not store it\", so it stays zero"
        );
    }
}

#[test]
fn no_ttl_is_too_long() {
    // Caught, so that this sentence is also printed after a panic.
    let Ok(all) = catch_unwind(|| jittered_all(Duration::MAX)) else {
        panic!(
            "the TTL was `Duration::MAX`, and a longer one did not fit into a `Duration`, so stop at the \
             longest one"
        )
    };
    for got in all {
        assert!(
            got >= Duration::MAX / 10 * 9,
            "a TTL of `Duration::MAX` became {got:?}, which is more than a tenth away"
        );
    }
}

#[test]
fn it_lengthens_as_often_as_it_shortens() {
    let ttl = Duration::from_secs(10);
    let got = jittered_all(ttl);
    let mean = got.iter().sum::<Duration>() / got.len() as u32;
    let why = if got.iter().all(|got| *got >= ttl) {
        "none became shorter, so on average entries are older than you wanted"
    } else {
        "the middle of the range should be the TTL"
    };
    assert!(mean.abs_diff(ttl) < ttl / 100, "TTLs of 10 s became {mean:?} on average: {why}");
}

#[test]
fn it_uses_the_whole_range() {
    let ttl = Duration::from_secs(10);
    let got = jittered_all(ttl);
    let (shortest, longest) = (got.iter().min().copied(), got.iter().max().copied());
    let (shortest, longest) = (shortest.unwrap_or_default(), longest.unwrap_or_default());
    assert!(
        shortest < ttl / 100 * 91 && longest > ttl / 100 * 109,
        "TTLs of 10 s became {shortest:?} to {longest:?}, but the range is from 9 s to 11 s"
    );
}

#[test]
fn all_times_of_the_range_are_possible() {
    let ttls: BTreeSet<_> = jittered_all(Duration::from_secs(600)).into_iter().collect();
    let why = match ttls.len() {
        ..50 => "first make entries that were stored together expire at different times",
        _ if ttls.iter().all(|ttl| ttl.subsec_nanos() == 0) => "keep the fractions of a second",
        _ => "the range has far more nanoseconds than that",
    };
    assert!(
        ttls.len() > 900,
        "1,002 random numbers made only {} different times from a TTL of 600 s: {why}",
        ttls.len()
    );
}

#[test]
fn entries_that_were_stored_together_do_not_expire_together() {
    let slot = Duration::from_millis(100);
    let mut slots: Vec<_> = jittered_all(Duration::from_secs(600))
        .iter()
        .map(|ttl| ttl.as_nanos() / slot.as_nanos())
        .collect();
    slots.sort_unstable();
    let most = slots.chunk_by(|one, other| one == other).map(<[_]>::len).max().unwrap_or(0);
    slots.dedup();
    let why = match slots.len() {
        1 => "they have the same TTL, so they still expire together",
        2..50 => "there are only a few different TTLs, and each is a small stampede",
        _ => "make more of the TTLs different",
    };
    assert!(
        most <= 12,
        "of 1,000 entries that were stored together for 600 s, {most} expire within the same {slot:?}: \
         {why}"
    );
}
