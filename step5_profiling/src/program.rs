//! Step 4's program with two more settings, and with the profiler in every worker.

use std::io;

use step1_plain::support::{http::serve::App, lab::Lab};
use step4_workers::{
    program::{Program, Step4},
    support::{
        config::Config,
        settings::{About, SETTING, Setting},
    },
    worker::Context,
};

use crate::{algorithm::Algorithm, web};

/// Step 5.
pub struct Step5;

static ABOUT: About = About {
    name: "step5_profiling",
    about: "Step 5: see where the time goes",
    settings: &[
        Setting {
            key: "algorithm",
            flag: "algorithm",
            value: "NAME",
            default: "trial",
            help: "How primes are counted: trial (by trial division, slow) or sieve",
            check: |text| Algorithm::parse(text).map(drop),
            ..SETTING
        },
        Setting {
            key: "no_profiler",
            flag: "no-profiler",
            value: "BOOL",
            alone: Some("true"),
            default: "false",
            help: "Have no /debug/pprof/",
            check: |text| yes_or_no(text).map(drop),
            ..SETTING
        },
    ],
};

fn yes_or_no(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "write true or false".to_owned())
}

fn algorithm(config: &Config) -> Algorithm {
    Algorithm::parse(&config.texts("algorithm")[0]).expect("the setting has been checked")
}

fn has_profiler(config: &Config) -> bool {
    !yes_or_no(&config.texts("no_profiler")[0]).expect("the setting has been checked")
}

const TITLE: &str = "step5_profiling: see where the time goes";

impl Program for Step5 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn lab(&self, config: &Config) -> Lab {
        let lab = Step4.lab(config);
        match has_profiler(config) {
            true => lab.with(TITLE, &web::REQUESTS, &web::LAB),
            false => lab.with(TITLE, &[], &[]),
        }
    }

    fn memory(&self) -> usize {
        web::MEMORY
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let config = context.config;
        web::app(context, algorithm(config), self.lab(config).routes(), has_profiler(config))
    }
}
