//! Runs this process as the master or, if a master started it, as a worker.

use std::{env, io, process::ExitCode};

use clap::Parser;
use serde::{Serialize, de::DeserializeOwned};
use step1_plain::{
    primes::count_primes,
    process_time::process_time,
    slow::Slow,
    support::{
        http::{
            log::Log,
            run::{event_loop, say_error},
            serve::App,
        },
        lab::Lab,
    },
};

use crate::{
    master,
    support::{
        config::{Config, Loaded},
        lab::lab,
        listener::Listener,
        settings::Settings,
    },
    worker::{self, Context, app::routes, inheritance::Inheritance},
};

/// A program that serves HTTP with many workers under one master.
pub trait Program: Sync {
    /// Its settings: step 4's, flattened, and more if the program needs them.
    type Settings: Parser + Serialize + DeserializeOwned
    where
        Self: Sized;

    /// Its lab page, with the requests that the master suggests in its first lines.
    fn lab(&self, config: &Config) -> Lab;

    /// How many bytes its workers share in addition to the scoreboard. All bytes start as zero.
    fn memory(&self) -> usize {
        0
    }

    /// Builds the application of one worker, inside the worker's event loop.
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
    type Settings = Settings;

    fn lab(&self, _: &Config) -> Lab {
        lab()
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let slow = Slow::new(count_primes, context.config.settings.request_timeout);
        Ok(process_time(routes(context, slow).merge(self.lab(context.config).routes())))
    }
}

/// The exit code for a wrong setting, the same as clap's.
const WRONG_SETTING: u8 = 2;

fn fail(error: String) -> ExitCode {
    say_error(&error);
    ExitCode::FAILURE
}

/// Runs this program.
pub fn run<P: Program>(program: &'static P) -> ExitCode {
    if let Some(inheritance) = Inheritance::claim() {
        return worker::run(program, inheritance);
    }
    // This comes before opening anything else, because these descriptors have fixed numbers.
    let given = Listener::from_starter();
    let config = match Loaded::read::<P::Settings>(env::args_os()).map(Loaded::to_run) {
        Ok(Some(config)) => config,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            fail(error);
            return WRONG_SETTING.into();
        }
    };
    let runtime = event_loop().map_err(|error| format!("no event loop: {error}"));
    let ended = runtime.and_then(|runtime| {
        let reload = Config::load::<P::Settings>;
        runtime.block_on(master::run(program, reload, config, given?))
    });
    Log::to_stderr().flush();
    ended.map_or_else(fail, ExitCode::from)
}
