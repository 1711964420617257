//! Predictions that students write down before they measure.

use std::ops::RangeInclusive;

/// A number that a student predicted, and what the guide measures.
pub struct Prediction {
    /// Which prediction of the guide it is.
    pub number: u32,
    /// The student's number.
    pub is: f64,
    /// The right numbers on all machines that we know.
    pub measured: RangeInclusive<f64>,
}

impl Prediction {
    /// Passes a right prediction. Refuses a wrong one with the misunderstanding that usually leads
    /// to such a number, if there is one in `usual`. No message has the right number.
    ///
    /// # Panics
    /// If the prediction is wrong.
    #[track_caller]
    pub fn judge(self, usual: &[(RangeInclusive<f64>, &str)]) {
        let Self { number, is, measured } = self;
        if measured.contains(&is) {
            return;
        }
        let why = usual.iter().find(|(numbers, _)| numbers.contains(&is)).map(|(_, why)| *why);
        let why = why.unwrap_or("That is not what we measured, and not one of the usual mistakes.");
        panic!("you predicted {is}. {why} Compare with prediction {number} in *Run and measure*");
    }
}
