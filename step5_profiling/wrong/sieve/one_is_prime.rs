//! Wrong: 1 is taken for a prime.
//!
//! Refused with: you counted 1, but

pub fn sieve(n: u32) -> u32 {
    let n = n as usize;
    let mut crossed_out = vec![false; n + 1];
    for number in 2..=n.isqrt() {
        if !crossed_out[number] {
            for multiple in (number * number..=n).step_by(number) {
                crossed_out[multiple] = true;
            }
        }
    }
    crossed_out.iter().skip(1).filter(|crossed_out| !**crossed_out).count() as u32
}

#[path = "../../exercises/checks/sieve.rs"]
mod check;
