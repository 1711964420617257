//! The dict cache against a model that is simple enough to be obviously right: a list, newest use last.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::num::NonZeroUsize;

use proptest::{collection::vec, prelude::*};
use step2_dict_cache::dict_cache::{Counts, DictCache, Miss};

struct Model {
    entries: Vec<(u32, u64)>,
    capacity: usize,
    cleared: u64,
    counts: Counts,
}

impl Model {
    fn take(&mut self, key: u32) -> Option<u64> {
        let index = self.entries.iter().position(|(k, _)| *k == key)?;
        Some(self.entries.remove(index).1)
    }

    fn get(&mut self, key: u32) -> Option<u64> {
        let value = self.take(key);
        match value {
            Some(value) => {
                self.entries.push((key, value));
                self.counts.hits += 1;
            }
            None => self.counts.misses += 1,
        }
        value
    }

    fn insert(&mut self, key: u32, value: u64, cleared: u64) -> bool {
        if cleared != self.cleared {
            return false;
        }
        if self.take(key).is_none() && self.entries.len() == self.capacity {
            self.entries.remove(0);
            self.counts.evictions += 1;
        }
        self.entries.push((key, value));
        true
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Look up a key, and remember the miss if it is one.
    Get(u32),
    /// Insert the value of one of the remembered misses.
    Insert(prop::sample::Index),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(
        prop_oneof![
            10 => (0_u32..12).prop_map(Step::Get),
            10 => any::<prop::sample::Index>().prop_map(Step::Insert),
            1 => Just(Step::Clear),
        ],
        0..200,
    )
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(capacity in 1_usize..8, steps in steps()) {
        let mut dict = DictCache::new(NonZeroUsize::new(capacity).unwrap());
        let mut model =
            Model { entries: vec![], capacity, cleared: 0, counts: Counts::default() };
        let mut missed: Vec<(Miss, u32, u64)> = vec![];
        for (step, value) in steps.into_iter().zip(0..) {
            match step {
                Step::Get(key) => match dict.get(key) {
                    Ok(found) => prop_assert_eq!(Some(found), model.get(key)),
                    Err(miss) => {
                        prop_assert_eq!(None, model.get(key));
                        missed.push((miss, key, model.cleared));
                    }
                },
                Step::Insert(which) if !missed.is_empty() => {
                    let (miss, key, cleared) = missed.swap_remove(which.index(missed.len()));
                    prop_assert_eq!(dict.insert(miss, value), model.insert(key, value, cleared));
                }
                Step::Insert(_) => {}
                Step::Clear => {
                    dict.clear();
                    model.entries.clear();
                    model.cleared += 1;
                }
            }
            prop_assert_eq!(dict.entries(), model.entries.len());
            prop_assert_eq!(dict.counts(), model.counts);
        }
    }
}

#[test]
fn the_least_recently_used_goes_first_and_reading_is_use() {
    let mut dict = DictCache::new(NonZeroUsize::new(2).unwrap());
    for key in [1, 2] {
        let miss = dict.get(key).unwrap_err();
        assert!(dict.insert(miss, "value"));
    }
    dict.get(1).unwrap();
    let miss = dict.get(3).unwrap_err();
    dict.insert(miss, "value");
    assert!(dict.get(1).is_ok() && dict.get(3).is_ok());
    assert!(dict.get(2).is_err(), "it was used least recently");
    assert_eq!(dict.counts().evictions, 1);
}

#[test]
fn a_value_from_before_a_clear_does_not_come_back_after_it() {
    let mut dict = DictCache::new(NonZeroUsize::MIN);
    let miss = dict.get(1).unwrap_err();
    dict.clear();
    assert!(!dict.insert(miss, "old"));
    assert!(dict.entries() == 0);
}
