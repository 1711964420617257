//! `cargo run -p step4_workers`

use std::process::ExitCode;

fn main() -> ExitCode {
    step4_workers::main()
}
