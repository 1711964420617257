//! Step 4's program with two more settings, and with the profiler in every worker.

use std::io;
#[cfg(profiler)]
use std::sync::Arc;

use clap::{ArgAction, Parser};
use serde::{Deserialize, Serialize};
use step1_plain::{
    process_time::process_time,
    slow::Slow,
    support::{http::serve::App, lab::Lab},
};
use step4_workers::{
    program::{Program, Step4},
    support::{config::Config, settings::Settings},
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

/// Step 4's settings, and two more.
#[derive(Clone, Debug, Parser, Serialize, Deserialize)]
#[command(version, about = "Step 5: see where the time goes", long_about = None)]
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
    pub algorithm: Algorithm,

    /// Have no /debug/pprof/
    #[arg(
        long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        default_value = "false", default_missing_value = "true", hide_possible_values = true
    )]
    pub no_profiler: bool,
}

const TITLE: &str = "step5_profiling: see where the time goes";

impl Program for Step5 {
    type Settings = Step5Settings;

    fn lab(&self, config: &Config) -> Lab {
        let lab = Step4.lab(config);
        #[cfg(profiler)]
        if config.own::<Step5Settings>().is_ok_and(|settings| !settings.no_profiler) {
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
        let settings: Step5Settings = context.config.own()?;
        let profiler = match settings.no_profiler {
            false => Some(Profiler::new(context.memory.try_clone()?, context.slot)?.into()),
            true => None,
        };
        Ok(app_with(context, &settings, profiler))
    }

    #[cfg(not(profiler))]
    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let settings: Step5Settings = context.config.own()?;
        let slow = Slow::new(settings.algorithm.function(), settings.shared.request_timeout);
        let mut router = app::routes(context, slow).merge(self.lab(context.config).routes());
        if !settings.no_profiler {
            router = router.merge(crate::support::elsewhere::routes());
        }
        Ok(process_time(router))
    }
}

/// The application of a worker, with this profiler, of which a process has only one.
#[cfg(profiler)]
pub fn app_with(
    context: &Context<'_>,
    settings: &Step5Settings,
    profiler: Option<Arc<Profiler>>,
) -> impl App + use<> {
    let algorithm = settings.algorithm;
    let count = algorithm.function();
    let calls = profiler.as_ref().map(|it| &it.recording.calls[context.slot.index()]);
    let count = move |n, cancelled: &_| match calls {
        Some(calls) => calls.time(heavy(algorithm), || count(n, cancelled)),
        None => count(n, cancelled),
    };
    let slow = Slow::new(count, settings.shared.request_timeout);
    let mut router = app::routes(context, slow).merge(Step5.lab(context.config).routes());
    if let Some(profiler) = profiler {
        router = router.merge(web::routes::routes(profiler));
    }
    count_calls(process_time(router), calls)
}
