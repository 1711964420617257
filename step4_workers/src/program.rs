//! From `main` to the master or, in a process that the master started, to a worker.

use std::{io, process::ExitCode};

use step1_plain::{
    primes::count_primes,
    process_time::process_time,
    slow::Slow,
    support::{
        http::{
            log::Log,
            run::{event_loop, say},
            serve::App,
        },
        lab::Lab,
    },
};

use crate::{
    master,
    support::{
        command_line::command_line, config::Config, lab::lab, listener::Listener, settings::About,
    },
    worker::{self, Context, app::routes, inheritance::Inheritance},
};

/// A program that serves HTTP with many workers under one master.
pub trait Program: Sync {
    /// Its name, and the settings that it has besides the usual ones.
    fn about(&self) -> &'static About;

    /// Its lab page, with the requests that the master's first lines invite to try.
    fn lab(&self, config: &Config) -> Lab;

    /// How many bytes of memory its workers share besides the scoreboard. They are zeros at first.
    fn memory(&self) -> usize {
        0
    }

    /// The application of one worker. It is called inside the worker's event loop.
    ///
    /// # Errors
    /// If the system refuses something that the application needs.
    fn app(&self, context: &Context<'_>) -> io::Result<impl App>
    where
        Self: Sized;
}

/// This step's own program.
pub struct Step4;

impl Program for Step4 {
    fn about(&self) -> &'static About {
        const STEP4: About = About {
            name: "step4_workers",
            about: "Step 4: many workers under one master",
            settings: &[],
        };
        &STEP4
    }

    fn lab(&self, _: &Config) -> Lab {
        lab()
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let slow = Slow::new(count_primes, context.config.settings.request_timeout);
        Ok(process_time(routes(context, slow).merge(self.lab(context.config).routes())))
    }
}

/// Runs this program.
pub fn run(program: &'static impl Program) -> ExitCode {
    if let Some(inheritance) = Inheritance::claim(program.about()) {
        return worker::run(program, inheritance);
    }
    // Before anything else is opened, because the numbers of these descriptors are fixed.
    let given = Listener::from_starter();
    let arguments = command_line(program.about()).get_matches();
    let (check, print) = (arguments.get_flag("check-config"), arguments.get_flag("print-config"));
    let ended = Config::load(program.about(), &arguments).and_then(|config| {
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
        runtime.block_on(master::run(program, arguments, config, given?))
    });
    let exit_code = master::exit_code(ended);
    Log::to_stderr().flush();
    exit_code
}
