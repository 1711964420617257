//! The TTL cache against a model that is simple enough to be seen right: a list of what was
//! stored when and used when, searched from end to end.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{num::NonZeroUsize, time::Duration};

use proptest::{collection::vec, prelude::*};
use step3_ttl_cache::ttl_cache::{Counts, TtlCache};
use tokio::time::Instant;

const TTL: Duration = Duration::from_secs(10);

fn cache(capacity: usize) -> TtlCache<&'static str> {
    TtlCache::new(NonZeroUsize::new(capacity).unwrap(), TTL)
}

/// Times are milliseconds from the start; entries stand in the order of use, the newest last.
#[derive(Default)]
struct Model {
    entries: Vec<ModelEntry>,
    counts: Counts,
}

#[derive(Clone, Copy)]
struct ModelEntry {
    key: u32,
    value: u64,
    expires: u64,
}

impl Model {
    fn expire(&mut self, now: u64) {
        let before = self.entries.len();
        self.entries.retain(|entry| now < entry.expires);
        self.counts.expirations += (before - self.entries.len()) as u64;
    }

    fn get(&mut self, key: u32, now: u64) -> Option<u64> {
        let index = self.entries.iter().position(|entry| entry.key == key);
        let found = index.map(|index| self.entries.remove(index));
        match found {
            Some(entry) if now < entry.expires => {
                self.counts.hits += 1;
                self.entries.push(entry);
                return Some(entry.value);
            }
            Some(_) => self.counts.expirations += 1,
            None => {}
        }
        self.counts.misses += 1;
        None
    }

    fn insert(&mut self, key: u32, value: u64, now: u64, ttl: u64, capacity: usize) {
        if ttl == 0 {
            return;
        }
        self.expire(now);
        self.entries.retain(|entry| entry.key != key);
        if self.entries.len() == capacity {
            self.entries.remove(0);
            self.counts.evictions += 1;
        }
        self.entries.push(ModelEntry { key, value, expires: now + ttl });
    }
}

#[derive(Clone, Debug)]
enum Step {
    Get(u32),
    Insert(u32),
    /// Let time pass, in milliseconds.
    Pass(u64),
    Expire,
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(
        prop_oneof![
            10 => (0_u32..10).prop_map(Step::Get),
            10 => (0_u32..10).prop_map(Step::Insert),
            5 => (0_u64..8).prop_map(Step::Pass),
            1 => Just(Step::Expire),
            1 => Just(Step::Clear),
        ],
        0..200,
    )
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(
        capacity in 1_usize..8,
        ttl in 0_u64..20,
        steps in steps(),
    ) {
        let start = Instant::now();
        let at = |now| start + Duration::from_millis(now);
        let mut cache =
            TtlCache::new(NonZeroUsize::new(capacity).unwrap(), Duration::from_millis(ttl));
        let mut model = Model::default();
        let mut now = 0;
        for (step, value) in steps.into_iter().zip(0..) {
            match step {
                Step::Get(key) => {
                    let found = cache.get(key, at(now));
                    prop_assert!(found.iter().all(|entry| at(now) < entry.expires));
                    prop_assert_eq!(found.map(|entry| entry.value), model.get(key, now));
                }
                Step::Insert(key) => {
                    let entry = cache.insert(key, value, at(now));
                    prop_assert_eq!((entry.value, entry.expires), (value, at(now + ttl)));
                    model.insert(key, value, now, ttl, capacity);
                }
                Step::Pass(milliseconds) => now += milliseconds,
                Step::Expire => {
                    let next = cache.expire(at(now));
                    model.expire(now);
                    let soonest = model.entries.iter().map(|entry| entry.expires).min();
                    prop_assert_eq!(next, soonest.map(at));
                }
                Step::Clear => {
                    cache.clear();
                    model.entries.clear();
                }
            }
            prop_assert_eq!(cache.entries(), model.entries.len());
            prop_assert_eq!(cache.counts(), model.counts);
        }
    }
}

#[test]
fn an_entry_is_expired_at_exactly_its_ttl() {
    let (mut cache, start) = (cache(1), Instant::now());
    cache.insert(1, "value", start);
    assert!(cache.get(1, start + TTL - Duration::from_nanos(1)).is_some());
    assert!(cache.get(1, start + TTL).is_none());
    assert_eq!(cache.counts().expirations, 1);
}

#[test]
fn reading_does_not_extend_a_life_and_storing_again_starts_a_new_one() {
    let (mut cache, start) = (cache(2), Instant::now());
    cache.insert(1, "read", start);
    cache.insert(2, "old", start);
    let later = start + TTL / 2;
    cache.get(1, later);
    cache.insert(2, "new", later);
    assert!(cache.get(1, start + TTL).is_none());
    assert_eq!(cache.get(2, start + TTL).unwrap().value, "new");
    assert!(cache.get(2, later + TTL).is_none());
}

#[test]
fn an_expired_entry_gives_way_before_a_live_one() {
    let (mut cache, start) = (cache(2), Instant::now());
    cache.insert(1, "expires first, used last", start);
    cache.insert(2, "lives on, used first", start + TTL / 2);
    cache.get(1, start + TTL / 2);
    cache.insert(3, "new", start + TTL);
    assert!(cache.get(2, start + TTL).is_some());
    let counts = cache.counts();
    assert_eq!((counts.expirations, counts.evictions), (1, 0));
}

#[test]
fn with_a_ttl_of_zero_nothing_is_kept() {
    let mut cache = TtlCache::new(NonZeroUsize::MIN, Duration::ZERO);
    let now = Instant::now();
    cache.insert(1, "value", now);
    assert!(cache.get(1, now).is_none() && cache.entries() == 0);
}
