//! Wrong: the square of a prime is computed as a `u32`.
//!
//! Refused with: does not fit into a `u32`

pub fn sieve(n: u32) -> u32 {
    let mut crossed_out = vec![false; n as usize + 1];
    for number in 2..=n {
        if !crossed_out[number as usize] {
            for multiple in (number * number..=n).step_by(number as usize) {
                crossed_out[multiple as usize] = true;
            }
        }
    }
    crossed_out.iter().skip(2).filter(|crossed_out| !**crossed_out).count() as u32
}

#[path = "../../exercises/checks/sieve.rs"]
mod check;
