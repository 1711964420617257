//! Checks `jittered`.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

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
                "{ttl:?} with {random} became {got:?}: stay within a tenth of it, at both ends"
            );
        }
    }
}

#[test]
fn it_is_never_zero_unless_zero_was_asked_for() {
    for ttl in [1, 2, 9, 10, 1_000, 1_000_000].map(Duration::from_nanos) {
        for got in jittered_all(ttl) {
            assert!(
                !got.is_zero(),
                "{ttl:?} became zero, so nothing is kept: compute in nanoseconds"
            );
        }
    }
    for got in jittered_all(Duration::ZERO) {
        assert_eq!(got, Duration::ZERO, "a TTL of zero means not to keep it, and stays zero");
    }
}

#[test]
fn no_ttl_is_too_long_for_it() {
    for got in jittered_all(Duration::MAX) {
        assert!(
            got >= Duration::MAX / 10 * 9,
            "the longest TTL there is became {got:?}: let it saturate, with `saturating_add`"
        );
    }
}

#[test]
fn it_lengthens_as_often_as_it_shortens() {
    let ttl = Duration::from_secs(10);
    let got = jittered_all(ttl);
    let mean = got.iter().sum::<Duration>() / got.len() as u32;
    assert!(
        mean.abs_diff(ttl) < ttl / 100,
        "ten seconds became {mean:?} in the mean: let the jitter go both ways"
    );
}

#[test]
fn it_uses_the_whole_range() {
    let ttl = Duration::from_secs(10);
    let got = jittered_all(ttl);
    let (shortest, longest) = (got.iter().min().copied(), got.iter().max().copied());
    let (shortest, longest) = (shortest.unwrap_or_default(), longest.unwrap_or_default());
    assert!(
        shortest < ttl / 100 * 91 && longest > ttl / 100 * 109,
        "ten seconds became {shortest:?} to {longest:?}: spread it from 9 to 11 s"
    );
}

#[test]
fn what_was_stored_together_does_not_expire_together() {
    let slot = Duration::from_millis(100);
    let mut slots: Vec<_> = jittered_all(Duration::from_secs(600))
        .iter()
        .map(|ttl| ttl.as_nanos() / slot.as_nanos())
        .collect();
    slots.sort_unstable();
    let most = slots.chunk_by(|one, other| one == other).map(<[_]>::len).max().unwrap_or(0);
    assert!(
        most <= 12,
        "of 1,000 entries stored together for 600 s, {most} expire within the same {slot:?}: give each \
         random number a time of its own, rather than a few steps"
    );
}
