//! # Exercise: an LRU's hit ratio from its characteristic time
//!
//! Predict the hit ratio of an LRU before you build it. You know how often each key is requested,
//! and how many entries the cache has room for. Assume that requests come at random and do not
//! depend on each other. An entry that is not requested again then leaves the cache after about the
//! same time *T*, whichever key it has. *T* is called the characteristic time (Hao Che, Ye Tung and
//! Zhijun Wang, 2002).
//!
//! * A key with λ requests per second is in the cache if it was requested within the last *T*
//!   seconds. The probability of that is 1 − e^(−λ*T*).
//! * The cache is full, so the sum of these probabilities over all keys is the capacity. This
//!   equation has one solution for *T*. The sum grows with *T*, so you can find it by bisection.
//! * A request for a key is a hit if the key is in the cache. The hit ratio is the mean of the
//!   probabilities, where each key counts as often as it is requested.
//!
//! **Why?** How large should `--capacity` be? A cache of twice the size does not have twice the
//! hits, because the popular keys already fit into the smaller one. This calculation takes a
//! second, and an experiment takes a day.
//!
//! The check sends the requests to the server of this step, and compares your result with the
//! hit ratio that `/stats` reports. The server's LRU is in `src/dict_cache.rs`.
//!
//! Check your code with `cargo test -p step2_dict_cache --test exercises characteristic_time`.
//!
//! 한국어 과제: `README.ko.md`.

/// How many seconds an entry that is not requested again stays in an LRU of this capacity.
///
/// `rates` has the requests per second of each key, all above 0. The time is infinite if there is
/// room for all keys.
pub fn characteristic_time(rates: &[f64], capacity: usize) -> f64 {
    todo!("find the time in which you expect `capacity` different keys to be requested")
}

/// The share of hits, 0.0..=1.0, among the requests to an LRU of this capacity.
pub fn hit_ratio(rates: &[f64], capacity: usize) -> f64 {
    todo!("average the probabilities of the keys, weighted by their rates")
}

#[path = "checks/characteristic_time.rs"]
mod check;
