//! `cargo run -p step4_workers`

use std::process::ExitCode;

fn main() -> ExitCode {
    step4_workers::run("step4_workers", "Step 4: many workers under one master")
}
