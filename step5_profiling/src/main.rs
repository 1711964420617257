//! `cargo run -p step5_profiling`

use std::process::ExitCode;

fn main() -> ExitCode {
    step5_profiling::main()
}
