//! From `main` to the master or, if the master started it, to a worker.

use std::process::ExitCode;

use step1_plain::{
    log::Log,
    run::{event_loop, say},
};

use crate::{
    command_line::command_line, config::Config, edition::Edition, inheritance::Inheritance,
    listener::Listener, master, worker,
};

/// Runs this program.
pub fn run(edition: &'static Edition) -> ExitCode {
    if let Some(inheritance) = Inheritance::claim(edition) {
        return worker::run(inheritance);
    }
    // Before anything else is opened: their numbers are fixed.
    let given = Listener::from_starter();
    let arguments = command_line(edition).get_matches();
    let (check, print) = (arguments.get_flag("check-config"), arguments.get_flag("print-config"));
    let ended = Config::load(edition, &arguments).and_then(|config| {
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
        runtime.block_on(master::run(arguments, config, given?))
    });
    let exit_code = master::exit_code(ended);
    Log::to_stderr().flush();
    exit_code
}
