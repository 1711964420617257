//! Checks `BoundedDict`.

use super::*;

/// A full dict with the keys 1, 2 and 3, in this order. Each value is ten times its key.
fn full() -> BoundedDict<u32> {
    let mut dict = BoundedDict::new(NonZeroUsize::MIN.saturating_add(2));
    for key in 1..=3 {
        dict.insert(key, 10 * key);
    }
    dict
}

/// The keys of 1..=9 that are in the dict.
fn keys(mut dict: BoundedDict<u32>) -> Vec<u32> {
    (1..=9).filter(|key| dict.get(*key).is_some()).collect()
}

#[test]
fn what_was_inserted_is_found() {
    let mut dict = full();
    assert_eq!(dict.get(2), Some(&20), "return the value that was inserted for the key");
    assert_eq!(dict.get(4), None, "return None for a key that was never inserted");
}

#[test]
fn the_capacity_is_never_exceeded() {
    let mut dict = full();
    for key in 4..=100 {
        dict.insert(key, 10 * key);
        assert_eq!(dict.len(), 3, "a full dict of three stays at three: one new key, one eviction");
        assert_eq!(dict.get(key), Some(&(10 * key)), "the new key has to be there: evict another");
    }
}

#[test]
fn a_dict_of_one_keeps_the_last() {
    let mut dict = BoundedDict::new(NonZeroUsize::MIN);
    dict.insert(1, 10);
    dict.insert(2, 20);
    assert_eq!(keys(dict), [2], "with room for one, the new key takes the place of the old one");
}

#[test]
fn the_least_recently_used_goes_first() {
    let mut dict = full();
    dict.insert(4, 40);
    assert_eq!(keys(dict), [2, 3, 4], "nobody asked since, so key 1, the oldest, has to go");
}

#[test]
fn asking_for_a_key_is_use() {
    let mut dict = full();
    dict.get(1);
    dict.insert(4, 40);
    assert_eq!(keys(dict), [1, 3, 4], "key 1 was asked for, so 2 has to go: note a use in `get`");
}

#[test]
fn inserting_a_key_again_replaces_its_value_and_evicts_nothing() {
    let mut dict = full();
    dict.insert(3, 33);
    assert_eq!(dict.get(3), Some(&33), "the newer value of a key is the one that counts");
    assert_eq!(
        keys(dict),
        [1, 2, 3],
        "the key was there, so it needs no room: evict only for a new one"
    );
}

#[test]
fn inserting_a_key_again_is_use() {
    let mut dict = full();
    dict.insert(1, 11);
    dict.insert(4, 40);
    assert_eq!(
        keys(dict),
        [1, 3, 4],
        "key 1 was stored anew, so 2 has to go: note a use in `insert`"
    );
}

#[test]
fn after_many_uses_the_order_still_holds() {
    let mut dict = full();
    // The keys in order of use, the latest last. This is neither the order of size nor that of
    // insertion.
    let mut by_use = vec![1, 2, 3];
    for step in 0..1_000_u32 {
        let key = step * step % 7 + step % 3;
        let known = by_use.contains(&key);
        by_use.retain(|other| *other != key);
        if step % 2 == 0 {
            dict.insert(key, 10 * key);
            if by_use.len() == 3 {
                by_use.remove(0);
            }
            by_use.push(key);
        } else {
            let found = dict.get(key).is_some();
            assert_eq!(
                found,
                known,
                "in step {step}, key {key} should be {}: evict the one whose last use is longest ago",
                if known { "there" } else { "gone" }
            );
            if known {
                by_use.push(key);
            }
        }
    }
}
