//! What this step's program has that step 4's has not: two settings, and the profiler in every worker.

use std::io;

use step1_plain::slow::Slow;
use step4_workers::{
    config::Config,
    edition::{Addition, Edition, Workplace},
    settings::{SETTING, Setting, Texts, Wrong, one},
};

use crate::algorithm::Algorithm;
#[cfg(not(profiler))]
use crate::elsewhere as profiler;
#[cfg(profiler)]
use crate::profiler;

/// Step 5.
pub static STEP5: Edition = Edition {
    name: "step5_profiling",
    about: "Step 5: see where the time goes",
    title: "step5_profiling: see where the time goes",
    lines: |config| if has_profiler(config) { profiler::LINES } else { &[] },
    settings: &[
        Setting {
            key: "algorithm",
            flag: "algorithm",
            value: "NAME",
            default: "trial",
            help: "How primes are counted: trial (by trial division, slow) or sieve",
            ..SETTING
        },
        Setting {
            key: "no_profiler",
            flag: "no-profiler",
            value: "BOOL",
            alone: Some("true"),
            default: "false",
            help: "Have no /debug/pprof/",
            ..SETTING
        },
    ],
    check: |texts| Own::read(texts).map(drop),
    memory: profiler::MEMORY,
    extend,
};

/// The settings, read.
struct Own {
    algorithm: Algorithm,
    no_profiler: bool,
}

impl Own {
    fn read(texts: &Texts<'_>) -> Result<Self, Wrong> {
        let yes_or_no = |text: &str| text.parse().map_err(|_| "write true or false".to_owned());
        Ok(Self {
            algorithm: one(texts, "algorithm", Algorithm::parse)?,
            no_profiler: one(texts, "no_profiler", yes_or_no)?,
        })
    }
}

fn own(config: &Config) -> Own {
    Own::read(&|key| config.texts(key)).ok().expect("the settings have been checked")
}

fn has_profiler(config: &Config) -> bool {
    !own(config).no_profiler
}

fn extend(place: Workplace<'_>) -> io::Result<Addition> {
    let Own { algorithm, no_profiler } = own(place.config);
    if no_profiler {
        let slow = Slow::counting_by(algorithm.function());
        return Ok(Addition { slow, ..Addition::default() });
    }
    profiler::addition(place, algorithm)
}
