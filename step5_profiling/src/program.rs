//! Step 4's program with two more settings, and with the profiler in every worker.

use std::io;
#[cfg(profiler)]
use std::sync::Arc;

use step1_plain::{
    process_time::process_time,
    slow::Slow,
    support::{http::serve::App, lab::Lab},
};
use step4_workers::{
    program::{Program, Step4},
    support::{
        config::Config,
        settings::{About, SETTING, Setting},
    },
    worker::{Context, app},
};

use crate::algorithm::Algorithm;
#[cfg(profiler)]
use crate::{
    count_calls::{count_calls, heavy},
    profiler::sampling::{collect::Profiler, recording::Recording},
    web,
};

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
        #[cfg(profiler)]
        if has_profiler(config) {
            return lab.with(TITLE, &web::routes::REQUESTS, &crate::support::lab::FILES);
        }
        lab.with(TITLE, &[], &[])
    }

    #[cfg(profiler)]
    fn memory(&self) -> usize {
        size_of::<Recording>()
    }

    #[cfg(profiler)]
    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let profiler = match has_profiler(context.config) {
            true => Some(Profiler::new(context.memory.try_clone()?, context.slot)?.into()),
            false => None,
        };
        Ok(app_with(context, profiler))
    }

    #[cfg(not(profiler))]
    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let time_limit = context.config.settings.request_timeout;
        let slow = Slow::new(algorithm(context.config).function(), time_limit);
        let mut router = app::routes(context, slow).merge(self.lab(context.config).routes());
        if has_profiler(context.config) {
            router = router.merge(crate::support::elsewhere::routes());
        }
        Ok(process_time(router))
    }
}

/// The application of a worker, with this profiler, of which a process has only one.
#[cfg(profiler)]
pub fn app_with(context: &Context<'_>, profiler: Option<Arc<Profiler>>) -> impl App {
    let config = context.config;
    let algorithm = algorithm(config);
    let count = algorithm.function();
    let calls = profiler.as_ref().map(|it| &it.recording.calls[context.slot.index()]);
    let count = move |n, cancelled: &_| match calls {
        Some(calls) => calls.time(heavy(algorithm), || count(n, cancelled)),
        None => count(n, cancelled),
    };
    let slow = Slow::new(count, config.settings.request_timeout);
    let mut router = app::routes(context, slow).merge(Step5.lab(config).routes());
    if let Some(profiler) = profiler {
        router = router.merge(web::routes::routes(profiler));
    }
    count_calls(process_time(router), calls)
}
