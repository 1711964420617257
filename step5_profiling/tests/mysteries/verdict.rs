//! Whether a figure tells the faulty server from the fixed one.

use std::time::Instant;

/// What two tools say about one server, each under a name.
pub struct Figures {
    /// The tool that finds the fault.
    pub right: (&'static str, f64),
    /// A tempting tool that sees nothing.
    pub wrong: (&'static str, f64),
}

/// Measures the server with the fault, fixed, with the fault and fixed again. Fails unless the right
/// tool's figures differ threefold each time, and the wrong tool's by less than a fifth.
pub fn compare(number: &str, measure: impl Fn(bool) -> Figures) {
    let start = Instant::now();
    for _ in 0..2 {
        let (faulty, fixed) = (measure(false), measure(true));
        let [(name, right, right_fixed), (wrong_name, wrong, wrong_fixed)] =
            [(faulty.right, fixed.right), (faulty.wrong, fixed.wrong)]
                .map(|(faulty, fixed)| (faulty.0, faulty.1, fixed.1));
        let said = format!(
            "mystery {number}: {name}: {right:.1}, fixed {right_fixed:.1}; \
             {wrong_name}: {wrong:.3}, fixed {wrong_fixed:.3}"
        );
        println!("{said}");
        assert!(right >= 3.0 * right_fixed, "the right tool does not see it: {said}");
        let ratio = wrong / wrong_fixed;
        assert!((0.8..=1.25).contains(&ratio), "the wrong tool sees it, too: {said}");
    }
    println!("mystery {number}: {:.1} s", start.elapsed().as_secs_f64());
}
