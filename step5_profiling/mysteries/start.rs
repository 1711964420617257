//! From the command line to one of the servers.

use std::{env, io, process::ExitCode};

use axum::{extract::Request, middleware::from_fn_with_state};
use clap::{ArgAction, Parser};
use serde::{Deserialize, Serialize};
use step1_plain::support::{
    http::{query::whole_number, serve::App},
    lab::Lab,
};
use step3_ttl_cache::support::args::TtlArgs;
use step4_workers::{
    program::{Context, Program},
    support::config::Config,
    worker::app::routes,
};
use step5_profiling::{
    program::{Step5, Step5Settings},
    web,
};

use crate::{five, four, one, six, three, two};

/// Which server, with the settings `S` of its step.
#[derive(Clone, Debug, Parser, Serialize, Deserialize)]
#[command(name = "mystery", about = "A server to diagnose; see step5_profiling/mysteries/README.md", long_about = None)]
struct Mystery<S: clap::Args> {
    /// The number of the mystery, from 1 to 6, before all flags
    #[arg(value_name = "NUMBER", num_args = 1, value_parser = number)]
    number: u8,

    /// Without the fault
    #[arg(
        long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        default_value = "false", default_missing_value = "true", hide_possible_values = true
    )]
    #[serde(default)]
    fixed: bool,

    /// The settings of its step.
    #[command(flatten)]
    #[serde(flatten)]
    step: S,
}

/// Reads the number of a mystery, which is the first argument, because it decides what the others may be.
fn number(text: &str) -> Result<u8, String> {
    let is_first = env::args_os().nth(1).is_some_and(|first| first == text);
    let number = whole_number(text, 1..=6).ok().filter(|_| is_first);
    number.ok_or_else(|| "write the number of a mystery first, from 1 to 6".to_owned())
}

/// Starts the server that the command line names, or one of its workers.
pub fn start() -> ExitCode {
    // Two of them are step 3's server. A worker's command line is empty.
    match env::args_os().nth(1).and_then(|first| number(first.to_str()?).ok()) {
        Some(1 | 6) => {
            let Mystery { number, fixed, step } = Mystery::<TtlArgs>::parse();
            if number == 1 { one::run(&step, fixed) } else { six::run(&step, fixed) }
        }
        _ => step5_profiling::run(&WithWorkers),
    }
}

/// Those that are step 5's server.
struct WithWorkers;

impl Program for WithWorkers {
    type Settings = Mystery<Step5Settings>;

    const ASKS_FOR_CLIENT: fn(&Request) -> bool = Step5::ASKS_FOR_CLIENT;

    fn lab(&self, config: &Config) -> Lab {
        Step5.lab(config)
    }

    fn memory(&self) -> usize {
        Step5.memory()
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let Mystery { number, fixed, step } = context.config.own::<Self::Settings>()?;
        let lab = self.lab(context.config).routes();
        let routes = move |slow| {
            let routes = routes(context, slow).merge(lab);
            match number {
                2 => routes.layer(from_fn_with_state(two::state(fixed), two::around)),
                3 => routes.layer(from_fn_with_state(three::state(fixed), three::around)),
                4 => routes.layer(from_fn_with_state(four::state(fixed), four::around)),
                _ if fixed => routes,
                _ => routes.layer(from_fn_with_state(five::state(), five::around)),
            }
        };
        web::app(context, step.algorithm, routes, !step.no_profiler)
    }
}
