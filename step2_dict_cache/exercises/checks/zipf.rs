//! A trace of requests as for the pages of a site, a few of which are far more popular than the rest.

/// The share of each key in the requests. By Zipf's law, it is in proportion to 1 / (key + 1).
pub fn shares(keys: usize) -> Vec<f64> {
    let weights = (1..=keys).map(|rank| 1.0 / rank as f64);
    let total: f64 = weights.clone().sum();
    weights.map(|weight| weight / total).collect()
}

/// Keys with these shares in random order, the same in each run.
pub fn trace(shares: &[f64], requests: usize) -> impl Iterator<Item = u32> {
    let sums = shares.iter().scan(0.0, |sum, share| {
        *sum += share;
        Some(*sum)
    });
    let sums: Vec<f64> = sums.collect();
    (0..requests as u64).map(move |index| {
        let random = mix(index) as f64 / u64::MAX as f64;
        sums.partition_point(|sum| *sum < random).min(sums.len() - 1) as u32
    })
}

/// The SplitMix64 generator's number at this place.
fn mix(index: u64) -> u64 {
    let mut z = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
