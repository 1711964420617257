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
fn an_inserted_key_is_found() {
    let mut dict = full();
    assert_eq!(dict.get(2), Some(&20), "key 2 was inserted with the value 20");
    assert_eq!(dict.get(4), None, "key 4 was never inserted, so it is a miss");
}

#[test]
fn the_capacity_is_never_exceeded() {
    let mut dict = full();
    for key in 4..=100 {
        dict.insert(key, 10 * key);
        assert_eq!(
            dict.len(),
            3,
            "a dict for three entries does not have three after a new key: each new key evicts one entry"
        );
        assert_eq!(
            dict.get(key),
            Some(&(10 * key)),
            "key {key} was just inserted, but it is a miss"
        );
    }
}

#[test]
fn a_dict_of_one_keeps_the_last() {
    let mut dict = BoundedDict::new(NonZeroUsize::MIN);
    dict.insert(1, 10);
    dict.insert(2, 20);
    assert_eq!(keys(dict), [2], "with room for one entry, the new key replaces the old one");
}

#[test]
fn the_least_recently_used_is_evicted() {
    let mut dict = full();
    dict.insert(4, 40);
    assert_eq!(
        keys(dict),
        [2, 3, 4],
        "no key has been used since it was inserted, so key 1 is the oldest"
    );
}

#[test]
fn getting_a_key_is_use() {
    let mut dict = full();
    dict.get(1);
    dict.insert(4, 40);
    let keys = keys(dict);
    let why = if keys == [2, 3, 4] {
        "you evicted key 1, as if the order of insertion counted, but getting it was a use"
    } else {
        "key 2 is now the least recently used one"
    };
    assert_eq!(keys, [1, 3, 4], "1, 2 and 3 were inserted, then 1 was read: {why}");
}

#[test]
fn one_recent_use_counts_more_than_many_old_ones() {
    let mut dict = full();
    for key in [1, 1, 1, 2, 3] {
        dict.get(key);
    }
    dict.insert(4, 40);
    let keys = keys(dict);
    let why = if keys.len() == 3 && keys.contains(&1) {
        "you kept key 1, as if the number of uses counted. Compare the last uses"
    } else {
        "key 1 is now the least recently used one"
    };
    assert_eq!(keys, [2, 3, 4], "1 was read three times, and after that 2 and 3 once: {why}");
}

#[test]
fn inserting_a_key_again_replaces_its_value_and_evicts_nothing() {
    let mut dict = full();
    dict.insert(3, 33);
    assert_eq!(dict.get(3), Some(&33), "key 3 was inserted again with the value 33");
    assert_eq!(
        keys(dict),
        [1, 2, 3],
        "key 3 was in the full dict already, so inserting it again needs no room"
    );
}

#[test]
fn inserting_a_key_again_is_use() {
    let mut dict = full();
    dict.insert(1, 11);
    dict.insert(4, 40);
    let keys = keys(dict);
    let why = if keys == [2, 3, 4] {
        "you evicted key 1, although inserting it again was a use"
    } else {
        "key 2 is now the least recently used one"
    };
    assert_eq!(keys, [1, 3, 4], "key 1 was inserted again before 4 came: {why}");
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
                "in step {step}, key {key} should be {}: evict the least recently used entry",
                if known { "in the dict" } else { "evicted" }
            );
            if known {
                by_use.push(key);
            }
        }
    }
}
