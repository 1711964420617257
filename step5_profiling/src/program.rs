//! Step 4's program with two more settings, and with the profiler in every worker.

use std::io;

use axum::extract::Request;
use clap::{ArgAction, Parser};
use serde::{Deserialize, Serialize};
use step1_plain::support::{
    http::{run::changes_something, serve::App},
    lab::Lab,
};
use step4_workers::{
    Step4,
    program::{Context, Program},
    support::{config::Config, settings::Settings},
    worker::app::routes,
};

use crate::{algorithm::Algorithm, web};

/// Step 5's program.
pub struct Step5;

/// Step 4's settings, and two more.
#[derive(Clone, Debug, Parser, Serialize, Deserialize)]
#[command(
    version,
    about = "Step 5: see where the time goes",
    long_about = None,
    after_help = "Profiles are at /debug/pprof/: flamegraph, top, lines, diff and profile (CPU time), waits \
                  (wall time of requests), calls (how often)"
)]
pub struct Step5Settings {
    /// The shared settings.
    #[command(flatten)]
    #[serde(flatten)]
    pub shared: Settings,

    /// How primes are counted: trial (by trial division, slow) or sieve
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        default_value = "trial",
        hide_possible_values = true
    )]
    #[serde(default)]
    pub algorithm: Algorithm,

    /// Have no /debug/pprof/
    #[arg(
        long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        default_value = "false", default_missing_value = "true", hide_possible_values = true
    )]
    #[serde(default)]
    pub no_profiler: bool,
}

const TITLE: &str = "step5_profiling: see where the time goes";

impl Program for Step5 {
    type Settings = Step5Settings;

    const ASKS_FOR_CLIENT: fn(&Request) -> bool =
        |request| changes_something(request) || request.uri().path().starts_with("/debug/pprof/");

    fn lab(&self, config: &Config) -> Lab {
        let lab = Step4.lab(config);
        match config.own::<Step5Settings>() {
            Ok(Step5Settings { no_profiler: false, .. }) => {
                lab.with(TITLE, &web::REQUESTS, web::LAB)
            }
            _ => lab.with(TITLE, &[], &[]),
        }
    }

    fn memory(&self) -> usize {
        web::MEMORY
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let Step5Settings { algorithm, no_profiler, .. } = context.config.own()?;
        let lab = self.lab(context.config).routes();
        web::app(context, algorithm, |slow| routes(context, slow).merge(lab), !no_profiler)
    }
}
