//! The TTL cache against a model that is simple enough to be obviously right: a list of what was
//! stored when and used when, searched from end to end.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{collections::HashMap, num::NonZeroUsize, time::Duration};

use proptest::{collection::vec, prelude::*};
use step3_ttl_cache::{
    stale::{Hit, Lifetime},
    ttl_cache::{Counts, TtlCache},
};
use tokio::time::Instant;

const TTL: Duration = Duration::from_secs(10);

fn cache(capacity: usize) -> TtlCache<&'static str> {
    TtlCache::new(NonZeroUsize::new(capacity).unwrap(), TTL)
}

/// Times are milliseconds from the start; entries are in the order of use, the newest last.
struct Model {
    entries: Vec<ModelEntry>,
    counts: Counts,
    capacity: usize,
    ttl: u64,
    while_revalidate: u64,
    if_error: u64,
}

#[derive(Clone, Copy)]
struct ModelEntry {
    key: u32,
    value: u64,
    stored: u64,
}

/// The pause after a failure.
const PAUSE: u64 = 1000;

impl Model {
    /// When the entry is of no use any more.
    fn end(&self, entry: &ModelEntry) -> u64 {
        entry.stored + self.ttl + self.while_revalidate.max(self.if_error)
    }

    fn expire(&mut self, now: u64) {
        let before = self.entries.len();
        let entries = std::mem::take(&mut self.entries);
        self.entries = entries.into_iter().filter(|entry| now < self.end(entry)).collect();
        self.counts.expirations += (before - self.entries.len()) as u64;
    }

    fn get(&mut self, key: u32, failed: Option<u64>, now: u64) -> Option<(u64, Hit)> {
        let index = self.entries.iter().position(|entry| entry.key == key);
        if let Some(entry) = index.map(|index| self.entries.remove(index)) {
            if now >= self.end(&entry) {
                self.counts.expirations += 1;
            } else {
                self.entries.push(entry);
                let age = now - entry.stored;
                let hit = if age < self.ttl {
                    Some(Hit::Fresh)
                } else if failed.is_some_and(|failed| now - failed < PAUSE) {
                    Some(Hit::Stale)
                } else {
                    (age < self.ttl + self.while_revalidate).then_some(Hit::Refresh)
                };
                if let Some(hit) = hit {
                    self.counts.hits += 1;
                    self.counts.stale += u64::from(hit != Hit::Fresh);
                    return Some((entry.value, hit));
                }
            }
        }
        self.counts.misses += 1;
        None
    }

    fn get_after_error(&mut self, key: u32, now: u64) -> Option<u64> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (now - entry.stored < self.ttl + self.if_error).then(|| {
            self.counts.stale += 1;
            entry.value
        })
    }

    fn insert(&mut self, key: u32, value: u64, now: u64) {
        if self.ttl == 0 {
            return;
        }
        self.expire(now);
        self.entries.retain(|entry| entry.key != key);
        if self.entries.len() == self.capacity {
            self.entries.remove(0);
            self.counts.evictions += 1;
        }
        self.entries.push(ModelEntry { key, value, stored: now });
    }
}

#[derive(Clone, Debug)]
enum Step {
    Get(u32),
    Insert(u32),
    /// Computing the next value fails.
    Fail(u32),
    GetAfterError(u32),
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
            3 => (0_u32..10).prop_map(Step::Fail),
            3 => (0_u32..10).prop_map(Step::GetAfterError),
            5 => (0_u64..800).prop_map(Step::Pass),
            1 => Just(Step::Expire),
            1 => Just(Step::Clear),
        ],
        0..200,
    )
}

/// Often zero, and mostly so short that entries pass it.
fn duration() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 4 => 0_u64..3000]
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(
        capacity in 1_usize..8,
        ttl in duration(),
        while_revalidate in duration(),
        if_error in duration(),
        steps in steps(),
    ) {
        let start = Instant::now();
        let at = |now| start + Duration::from_millis(now);
        let lifetime = Lifetime {
            ttl: Duration::from_millis(ttl),
            stale_while_revalidate: Duration::from_millis(while_revalidate),
            stale_if_error: Duration::from_millis(if_error),
        };
        let mut cache = TtlCache::new(NonZeroUsize::new(capacity).unwrap(), lifetime);
        let (entries, counts) = (vec![], Counts::default());
        let mut model = Model { entries, counts, capacity, ttl, while_revalidate, if_error };
        let mut failures = HashMap::new();
        let mut now = 0;
        for (step, value) in steps.into_iter().zip(0..) {
            match step {
                Step::Get(key) => {
                    let failed = failures.get(&key).copied();
                    let found = cache.get(key, failed.map(at), at(now)).map(|(entry, hit)| (entry.value, hit));
                    prop_assert_eq!(found, model.get(key, failed, now));
                }
                Step::Insert(key) => {
                    let entry = cache.insert(key, value, at(now));
                    prop_assert_eq!((entry.value, entry.expires), (value, at(now + ttl)));
                    model.insert(key, value, now);
                }
                Step::Fail(key) => _ = failures.insert(key, now),
                Step::GetAfterError(key) => {
                    let found = cache.get_after_error(key, at(now)).map(|entry| entry.value);
                    prop_assert_eq!(found, model.get_after_error(key, now));
                }
                Step::Pass(milliseconds) => now += milliseconds,
                Step::Expire => {
                    let next = cache.expire(at(now));
                    model.expire(now);
                    let soonest = model.entries.iter().map(|entry| model.end(entry)).min();
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
    assert!(cache.get(1, None, start + TTL - Duration::from_nanos(1)).is_some());
    assert!(cache.get(1, None, start + TTL).is_none());
    assert_eq!(cache.counts().expirations, 1);
}

#[test]
fn reading_does_not_extend_a_life_and_storing_again_starts_a_new_one() {
    let (mut cache, start) = (cache(2), Instant::now());
    cache.insert(1, "read", start);
    cache.insert(2, "old", start);
    let later = start + TTL / 2;
    cache.get(1, None, later);
    cache.insert(2, "new", later);
    assert!(cache.get(1, None, start + TTL).is_none());
    assert_eq!(cache.get(2, None, start + TTL).unwrap().0.value, "new");
    assert!(cache.get(2, None, later + TTL).is_none());
}

#[test]
fn an_expired_entry_gives_way_before_a_live_one() {
    let (mut cache, start) = (cache(2), Instant::now());
    cache.insert(1, "expires first, used last", start);
    cache.insert(2, "lives on, used first", start + TTL / 2);
    cache.get(1, None, start + TTL / 2);
    cache.insert(3, "new", start + TTL);
    assert!(cache.get(2, None, start + TTL).is_some());
    let counts = cache.counts();
    assert_eq!((counts.expirations, counts.evictions), (1, 0));
}

#[test]
fn with_a_ttl_of_zero_nothing_is_stored() {
    let mut cache = TtlCache::new(NonZeroUsize::MIN, Duration::ZERO);
    let now = Instant::now();
    cache.insert(1, "value", now);
    assert!(cache.get(1, None, now).is_none() && cache.entries() == 0);
}
