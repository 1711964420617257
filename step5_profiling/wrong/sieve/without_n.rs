//! Wrong: `n` itself is left out, as at the end of a range.
//!
//! Refused with: is a prime itself, so count it

pub fn sieve(n: u32) -> u32 {
    let n = n as usize;
    let mut crossed_out = vec![false; n.max(2)];
    for number in 2..n {
        if !crossed_out[number] {
            for multiple in (number * number..n).step_by(number) {
                crossed_out[multiple] = true;
            }
        }
    }
    let primes = crossed_out.iter().skip(2).filter(|crossed_out| !**crossed_out).count() as u32;
    if n == 2 { 1 } else { primes }
}

#[path = "../../exercises/checks/sieve.rs"]
mod check;
