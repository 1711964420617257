//! Checks `VisitedQueue`, alone and against the LRU of this step.

use step2_dict_cache::dict_cache::DictCache;

use super::*;
use crate::zipf;

/// An empty cache with room for this many entries.
fn with_room_for(capacity: usize) -> VisitedQueue<u32> {
    VisitedQueue::new(NonZeroUsize::new(capacity).expect("it has room"))
}

/// The keys that are left of 1, 2 and 3, of which `hit` were hit after they were inserted, and of
/// `more`, which were inserted after that.
fn left(hit: &[u32], more: &[u32]) -> Vec<u32> {
    let mut cache = with_room_for(3);
    for key in 1..=3 {
        cache.insert(key, 10 * key);
    }
    for key in hit {
        cache.get(*key);
    }
    for key in more {
        cache.insert(*key, 10 * key);
    }
    (1..=9).filter(|key| cache.get(*key).is_some()).collect()
}

#[test]
fn a_key_is_found_with_its_value() {
    let mut cache = with_room_for(3);
    cache.insert(1, 10);
    cache.insert(2, 20);
    assert_eq!(cache.get(1), Some(&10), "key 1 was inserted with the value 10");
    assert_eq!(cache.get(3), None, "key 3 was never inserted, so it is a miss");
}

#[test]
fn the_capacity_is_never_exceeded() {
    for capacity in 1..=4 {
        let mut cache = with_room_for(capacity);
        for key in 0..50 {
            cache.insert(key, key);
            let (len, room) = (cache.len(), capacity.min(key as usize + 1));
            assert_eq!(
                len,
                room,
                "after {} inserts, a cache for {capacity} has {len} entries",
                key + 1
            );
            assert_eq!(
                cache.get(key),
                Some(&key),
                "key {key} was just inserted, but it is a miss: if the cache is full, evict before you add it"
            );
        }
    }
}

#[test]
fn without_hits_the_oldest_leaves() {
    let keys = left(&[], &[4, 5]);
    let why = match keys[..] {
        [2, 4, 5] => {
            "key 3 left before key 2, as if the last entry of the list took the place of the evicted one. \
             The order is that of insertion"
        }
        _ => "the hand begins at the oldest entry",
    };
    assert_eq!(keys, [3, 4, 5], "1, 2 and 3 were not hit before 4 and 5 came: {why}");
}

#[test]
fn a_hit_lets_its_entry_stay() {
    let keys = left(&[1], &[4]);
    let why = match keys[..] {
        [2, 3, 4] => {
            "key 1 left. Either its bit was not set by the hit, or those of 2 and 3 were set without one"
        }
        _ => "the hand skips key 1, and evicts key 2",
    };
    assert_eq!(keys, [1, 3, 4], "key 1 was hit before 4 came: {why}");
}

#[test]
fn the_hand_goes_on_where_it_was() {
    let keys = left(&[1], &[4, 5]);
    let why = match keys[..] {
        _ if left(&[1], &[4]) != [1, 3, 4] => "first pass `a_hit_lets_its_entry_stay`",
        [3, 4, 5] => {
            "the hand began at the oldest entry again. Once it has passed an entry, it looks at all newer \
             ones first"
        }
        _ => "after the first eviction, the hand is at key 3, which was not hit",
    };
    assert_eq!(keys, [1, 4, 5], "key 1 was hit, then 4 and 5 came: {why}");
}

#[test]
fn a_hit_moves_nothing() {
    let keys = left(&[2], &[4, 5, 6]);
    let why = match keys[..] {
        _ if left(&[1], &[4, 5]) != [1, 4, 5] => "first pass `the_hand_goes_on_where_it_was`",
        [4, 5, 6] => {
            "key 2 left too early, because the hit moved it in the queue. A hit only sets a bit, as \
             the order is that of insertion"
        }
        _ => "the hand evicts 1, passes 2, and evicts 3 and 4",
    };
    assert_eq!(keys, [2, 5, 6], "key 2 was hit, then 4, 5 and 6 came: {why}");
}

#[test]
fn the_hand_moves_nothing() {
    let keys = left(&[1], &[4, 5, 6]);
    let why = match keys[..] {
        _ if left(&[2], &[4, 5, 6]) != [2, 5, 6] => "first pass `a_hit_moves_nothing`",
        [4, 5, 6] => {
            "key 1 left too early. Either the hand moved it to the end, or 4 and 5 took the places of \
             2 and 3. An entry keeps its place, and a new one goes to the end of the queue"
        }
        _ => "the hand passes 1, and evicts 2, 3 and 4",
    };
    assert_eq!(keys, [1, 5, 6], "key 1 was hit, then 4, 5 and 6 came: {why}");
}

#[test]
fn the_hand_clears_the_bits_that_it_passes() {
    // All three are visited, so the hand goes round once and evicts the oldest. Then 2 and 3 have
    // no bit, and leave like the rest.
    let keys = left(&[1, 2, 3], &[4, 5, 6]);
    let why = match keys[..] {
        _ if left(&[], &[4, 5]) != [3, 4, 5] => "first pass `without_hits_the_oldest_leaves`",
        _ if left(&[1, 2, 3], &[4]) == [1, 2, 3] => "first pass `the_capacity_is_never_exceeded`",
        [1..=3, _, 6] => {
            "a single hit kept an entry for good. The hand must clear the bit when it passes"
        }
        _ => "the hand goes round once, and then evicts the oldest",
    };
    assert_eq!(keys, [4, 5, 6], "1, 2 and 3 were each hit once, then 4, 5 and 6 came: {why}");
}

#[test]
fn a_second_hit_changes_nothing() {
    let [once, twice] = [&[1, 2, 3][..], &[1, 1, 2, 3]].map(|hit| left(hit, &[4, 5, 6]));
    let why = match once[..] {
        [4, 5, 6] => "two hits count as one, because a bit is only set or not",
        _ => "first pass `the_hand_clears_the_bits_that_it_passes`",
    };
    assert_eq!(twice, [4, 5, 6], "1 was hit twice, 2 and 3 once, then 4, 5 and 6 came: {why}");
}

#[test]
fn a_new_entry_does_not_leave_at_once() {
    // Keys 1 and 2 were hit, so key 3 leaves, the newest one. After it comes the oldest, which is
    // key 1 and has no bit now.
    let keys = left(&[1, 2], &[4, 5]);
    let why = match keys[..] {
        [1, 2, 5] if left(&[1, 2, 3], &[4, 5, 6]) == [4, 5, 6] => {
            "the hand was behind the newest entry, so the one that came next left first. After the \
             newest comes the oldest"
        }
        _ => "the hand evicts 3, goes round to the oldest, and evicts 1",
    };
    assert_eq!(keys, [2, 4, 5], "1 and 2 were hit, then 4 and 5 came: {why}");
}

#[test]
fn it_has_more_hits_than_an_lru() {
    const CAPACITY: NonZeroUsize = NonZeroUsize::new(100).expect("it is not zero");
    const REQUESTS: usize = 30_000;
    let (mut cache, mut lru) = (VisitedQueue::new(CAPACITY), DictCache::new(CAPACITY));
    let mut hits = 0;
    for key in zipf::trace(&zipf::shares(1_000), REQUESTS) {
        match cache.get(key) {
            Some(_) => hits += 1,
            None => cache.insert(key, ()),
        }
        if let Err(miss) = lru.get(key) {
            lru.insert(miss, ());
        }
    }
    let [ours, lru] = [hits, lru.counts().hits].map(|hits| 100.0 * hits as f64 / REQUESTS as f64);
    assert!(
        ours > lru + 3.0,
        "{ours:.1}% of the requests were hits, but {lru:.1}% with the LRU. The visited bits should be \
         more than 3 points better, so first pass the other checks"
    );
}
