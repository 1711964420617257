//! Checks `characteristic_time` and `hit_ratio`, and compares them with the server of this step.

use std::num::NonZeroUsize;

use axum::Router;
use step1_plain::support::testing::get;
use step2_dict_cache::app;

use super::*;
use crate::zipf;

const KEYS: usize = 400;

/// Whether two figures are the same except for rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-4 * other.abs()
}

/// The rates of all keys, which together get 100 requests per second.
fn rates() -> Vec<f64> {
    zipf::shares(KEYS).iter().map(|share| 100.0 * share).collect()
}

#[test]
fn with_equal_rates_the_time_has_a_formula() {
    // 4 keys, each with 2 requests per second, and room for 3: 1 - e^(-2 T) = 3/4.
    let (got, expected) = (characteristic_time(&[2.0; 4], 3), 4_f64.ln() / 2.0);
    let why = match got {
        got if near(got, 3.0 / 8.0) => {
            "you took the time of 3 requests, but some of them are for the same key, so 3 keys take longer"
        }
        got if near(got, 2.0 * expected) => "each key has 2 requests per second, so use its rate",
        _ => "each of the 4 keys has to be in the cache with a probability of 3/4",
    };
    assert!(near(got, expected), "with 4 equal keys and room for 3, T is not {got:.3} s: {why}");
}

#[test]
fn in_the_characteristic_time_as_many_keys_come_as_there_is_room_for() {
    for capacity in [1, 20, 100, KEYS - 1] {
        let time = characteristic_time(&rates(), capacity);
        let keys: f64 = rates().iter().map(|rate| 1.0 - (-rate * time).exp()).sum();
        assert!(
            near(keys, capacity as f64),
            "the cache has room for {capacity}, but {keys:.1} keys are requested within your T of \
             {time:.3} s: T is the time in which it fills"
        );
    }
}

#[test]
fn rare_requests_fill_the_cache_slowly() {
    const DAY: f64 = 86_400.0;
    let (got, expected) = (characteristic_time(&[1.0 / DAY; 4], 3), 4_f64.ln() * DAY);
    let why = if near(characteristic_time(&[2.0; 4], 3), 4_f64.ln() / 2.0) {
        "if you search below an upper limit, double the upper limit until it is high enough"
    } else {
        "first pass `with_equal_rates_the_time_has_a_formula`"
    };
    assert!(
        near(got, expected),
        "with room for 3 of 4 keys that are each requested once a day, T is {expected:.0} s, not \
         {got:.0} s: {why}"
    );
}

#[test]
fn twice_the_requests_take_half_the_time_and_have_the_same_hit_ratio() {
    let twice: Vec<_> = rates().iter().map(|rate| 2.0 * rate).collect();
    let times = [&rates(), &twice].map(|rates| characteristic_time(rates, 50));
    assert!(
        near(times[0], 2.0 * times[1]),
        "with all rates doubled, T went from {:.3} s to {:.3} s: the cache fills in half the time",
        times[0],
        times[1]
    );
    let ratios = [&rates(), &twice].map(|rates| hit_ratio(rates, 50));
    assert!(
        near(ratios[0], ratios[1]),
        "with all rates doubled, the hit ratio went from {:.3} to {:.3}: each key's share of the \
         requests is the same, so divide by the sum of the rates",
        ratios[0],
        ratios[1]
    );
}

#[test]
fn with_room_for_all_keys_nothing_leaves() {
    for capacity in [KEYS, 2 * KEYS] {
        let (time, ratio) =
            (characteristic_time(&rates(), capacity), hit_ratio(&rates(), capacity));
        assert_eq!(
            time,
            f64::INFINITY,
            "with room for all {KEYS} keys, no entry is evicted, so T is infinite: test that first"
        );
        assert!(
            near(ratio, 1.0),
            "with room for all {KEYS} keys, each request is a hit, not {ratio}"
        );
    }
}

/// A usual mistake in this hit ratio, as a sentence.
fn mistake(ratio: f64, capacity: usize) -> &'static str {
    let shares = zipf::shares(KEYS);
    let popular: f64 = shares[..capacity].iter().sum();
    match ratio {
        // A mean over the keys is this, too.
        _ if near(ratio, capacity as f64 / KEYS as f64) => {
            "that is the share of the keys that are in the cache. Popular keys are requested more \
             often, so each key has to count by its rate"
        }
        _ if near(ratio, popular) => {
            "that would be right if the most popular keys were always in the cache. An LRU also has \
             room for a key that was requested only once, for as long as T"
        }
        _ if near(1.0 - ratio, hit_ratio_by_definition(capacity)) => {
            "that is the share of the misses, for which the key was not requested within T"
        }
        _ => "weight the probability of each key by its share of the requests",
    }
}

/// The hit ratio with the `T` that was computed.
fn hit_ratio_by_definition(capacity: usize) -> f64 {
    let time = characteristic_time(&rates(), capacity);
    zipf::shares(KEYS).iter().map(|share| share * (1.0 - (-share * 100.0 * time).exp())).sum()
}

/// The figures `hits` and `misses` of `/stats`.
async fn hits_and_misses(app: &Router) -> [f64; 2] {
    let stats = get(app, "/stats").await.json();
    ["hits", "misses"].map(|name| stats[name].as_f64().expect("it is a number"))
}

#[tokio::test]
async fn the_server_reports_the_hit_ratio_that_was_predicted() {
    for capacity in [20, 100] {
        let app = app(NonZeroUsize::new(capacity).expect("it has room"));
        // The first requests fill the cache and do not count.
        let (fill, count) = (2_000, 8_000);
        let mut before = [0.0; 2];
        for (index, n) in zipf::trace(&zipf::shares(KEYS), fill + count).enumerate() {
            if index == fill {
                before = hits_and_misses(&app).await;
            }
            get(&app, &format!("/cached?n={n}")).await;
        }
        let [hits, misses] = hits_and_misses(&app).await;
        let [hits, misses] = [hits - before[0], misses - before[1]];
        let (measured, predicted) = (hits / (hits + misses), hit_ratio(&rates(), capacity));
        assert!(
            (measured - predicted).abs() <= 0.02,
            "with room for {capacity} of {KEYS} keys, you predicted a hit ratio of {predicted:.3}, and \
             `/stats` reports {measured:.3}: {}",
            mistake(predicted, capacity)
        );
    }
}
