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
        assert_eq!(
            dict.get(1, now),
            Some(&"one"),
            "{:?} after it was stored for one second, the entry is fresh: return its value",
            now - start
        );
    }
}

#[test]
fn exactly_at_its_end_an_entry_is_not_fresh() {
    let (mut dict, start) = three();
    let found = dict.get(1, start + SECOND);
    assert_eq!(
        found, None,
        "stored for one second, it is not fresh after exactly one: compare with `<`"
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
        "after five seconds only the entry for nine is fresh: keep for each when it expires"
    );
}

#[test]
fn a_ttl_of_zero_is_never_fresh() {
    let (mut dict, start) = (TtlDict::new(), Instant::now());
    dict.insert(1, "one", Duration::ZERO, start);
    assert_eq!(dict.get(1, start), None, "a TTL of zero ends when it begins");
}

#[test]
fn being_asked_for_does_not_extend_a_life() {
    let (mut dict, start) = three();
    let seen = dict.get(1, start + SECOND / 2);
    assert_eq!(seen, Some(&"one"), "half a second after it was stored for one, the entry is fresh");
    let found = dict.get(1, start + SECOND);
    assert_eq!(found, None, "the time counts from `insert`: leave it alone in `get`");
}

#[test]
fn storing_again_begins_a_new_life() {
    let (mut dict, start) = three();
    dict.insert(1, "one again", 2 * SECOND, start + SECOND / 2);
    dict.insert(9, "nine again", SECOND, start);
    let now = start + 2 * SECOND;
    assert_eq!(
        [dict.get(1, now).copied(), dict.get(9, now).copied()],
        [Some("one again"), None],
        "the TTL of the last `insert` counts, be it longer or shorter than the one before"
    );
}

#[test]
fn asking_for_what_has_expired_gives_its_memory_back() {
    let (mut dict, start) = three();
    let found = dict.get(1, start + SECOND);
    assert_eq!(found, None, "stored for one second, it is not fresh after exactly one");
    assert_eq!(dict.len(), 2, "the expired entry still takes memory: remove it in `get`");
}

#[test]
fn expire_gives_back_the_memory_of_what_nobody_asks_for() {
    let (mut dict, start) = three();
    let given_up = dict.expire(start + 5 * SECOND);
    assert_eq!(
        (given_up, dict.len()),
        (2, 1),
        "of entries for 1, 9 and 5 s, two have expired after exactly five: give up those, return 2, and \
         do not rely on the order in which they were stored"
    );
    let found = dict.get(9, start + 5 * SECOND);
    assert_eq!(found, Some(&"nine"), "`expire` must leave alone what is fresh");
}
