//! From `main` to the master or, if the master started it, to a worker.

use std::process::ExitCode;

use step1_plain::{
    log::Log,
    run::{event_loop, say},
};

use crate::{
    app::routes, command_line::command_line, config::Config, inheritance::Inheritance,
    listener::Listener, master, worker,
};

/// Runs the program of this name.
pub fn run(name: &'static str, about: &'static str) -> ExitCode {
    if let Some(inheritance) = Inheritance::claim() {
        return worker::run(inheritance);
    }
    // Before anything else is opened: their numbers are fixed.
    let given = Listener::from_starter();
    let arguments = command_line(name, about).get_matches();
    let (check, print) = (arguments.get_flag("check-config"), arguments.get_flag("print-config"));
    let ended = Config::load(&arguments).and_then(|config| {
        if print {
            say(&config.to_string());
        }
        if check {
            say("the settings are good\n");
        }
        if check || print {
            return Ok(0);
        }
        let runtime = event_loop().map_err(|error| format!("no event loop: {error}"))?;
        runtime.block_on(master::run(arguments, config, given?, routes()))
    });
    let exit_code = master::exit_code(ended);
    Log::to_stderr().flush();
    exit_code
}
