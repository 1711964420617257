//! `cargo run -p step5_profiling`

use std::process::ExitCode;

use step5_profiling::WILL_TEACH;

/// Step 5: see where the time goes (to come; until then it serves what step 4 serves)
fn main() -> ExitCode {
    step4_workers::run("step5_profiling", WILL_TEACH)
}
