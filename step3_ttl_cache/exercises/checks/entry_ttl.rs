//! Checks `TtlDict`.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);

/// A dict with key 1 for 1 s, key 9 for 9 s and key 5 for 5 s, and the time at which they were
/// inserted.
fn three() -> (TtlDict<&'static str>, Instant) {
    let (mut dict, start) = (TtlDict::new(), Instant::now());
    for (key, value) in [(1, "one"), (9, "nine"), (5, "five")] {
        dict.insert(key, value, key * SECOND, start);
    }
    (dict, start)
}

#[test]
fn an_entry_is_fresh_until_just_before_its_end() {
    let (mut dict, start) = three();
    for now in [start, start + SECOND - NANOSECOND] {
        let age = now - start;
        assert_eq!(
            dict.get(1, now),
            Some(&"one"),
            "an entry with a TTL of 1 s is fresh at an age of {age:?}, but `get` did not return it"
        );
    }
}

#[test]
fn exactly_at_its_end_an_entry_has_expired() {
    let (mut dict, start) = three();
    let found = dict.get(1, start + SECOND);
    assert_eq!(
        found, None,
        "an entry with a TTL of 1 s was still fresh at an age of 1 s: it expires at exactly its TTL"
    );
}

#[test]
fn each_entry_has_its_own_ttl() {
    let (mut dict, start) = three();
    let now = start + 5 * SECOND;
    let found = [1, 5, 9].map(|key| dict.get(key, now).copied());
    assert_eq!(
        found,
        [None, None, Some("nine")],
        "of entries for 1, 5 and 9 s, only the last is fresh at an age of 5 s"
    );
}

#[test]
fn a_ttl_of_zero_is_never_fresh() {
    let (mut dict, start) = (TtlDict::new(), Instant::now());
    dict.insert(1, "one", Duration::ZERO, start);
    assert_eq!(dict.get(1, start), None, "an entry with a TTL of zero expires at once");
}

#[test]
fn getting_an_entry_does_not_extend_its_life() {
    let (mut dict, start) = three();
    let seen = dict.get(1, start + SECOND / 2);
    assert_eq!(seen, Some(&"one"), "an entry with a TTL of 1 s is fresh at an age of 0.5 s");
    let found = dict.get(1, start + SECOND + SECOND / 4);
    assert_eq!(
        found, None,
        "`get` extended the life of an entry, so a popular one never expires: count from `insert`"
    );
}

#[test]
fn inserting_again_begins_a_new_life() {
    let (mut dict, start) = three();
    dict.insert(1, "one again", 2 * SECOND, start + SECOND / 2);
    dict.insert(9, "nine again", SECOND, start);
    let now = start + 2 * SECOND;
    assert_eq!(
        [dict.get(1, now).copied(), dict.get(9, now).copied()],
        [Some("one again"), None],
        "both keys were inserted again: the value and the TTL of the last `insert` count"
    );
}

#[test]
fn getting_an_expired_entry_frees_its_memory() {
    let (mut dict, start) = three();
    let found = dict.get(1, start + 2 * SECOND);
    assert_eq!(found, None, "an entry with a TTL of 1 s has expired at an age of 2 s");
    assert_eq!(
        dict.len(),
        2,
        "`get` found an expired entry and hid it, but it still takes memory: remove it"
    );
}

#[test]
fn expire_also_removes_an_entry_exactly_at_its_end() {
    let (mut dict, start) = three();
    let removed = dict.expire(start + SECOND / 2);
    assert_eq!([removed, dict.len()], [0, 3], "at an age of 0.5 s, no entry has expired");
    dict.expire(start + SECOND);
    let len = dict.len();
    let why = match dict.get(1, start + SECOND) {
        None => "`get` does not return it any more, so `get` and `expire` disagree",
        Some(_) => "first pass `exactly_at_its_end_an_entry_has_expired`",
    };
    assert_eq!(len, 2, "`expire` kept an entry for 1 s at an age of exactly 1 s: {why}");
}

#[test]
fn expire_frees_the_memory_of_entries_that_no_caller_gets() {
    let (mut dict, start) = three();
    let removed = dict.expire(start + 6 * SECOND);
    assert_eq!(dict.len(), 1, "of entries for 1, 9 and 5 s, one is left at an age of 6 s");
    let why = if removed == 1 { "you counted the entry that is left" } else { "count those two" };
    assert_eq!(removed, 2, "`expire` removed two entries, but returned {removed}: {why}");
    let found = dict.get(9, start + 6 * SECOND);
    assert_eq!(found, Some(&"nine"), "`expire` removed an entry that is still fresh");
}
