//! The seam for the step above: what its program has that this one has not.
//!
//! A worker is the program itself, started anew, so whatever a step adds to its workers has to reach
//! them through the master of the same program: its settings with the others, its shared memory as
//! one more descriptor, its routes when the worker builds its application.

use std::{fmt, io, os::fd::OwnedFd};

use step1_plain::{
    app::{App, Route, Routes},
    slow::Slow,
};

use crate::{
    config::Config,
    seat::Seat,
    settings::{SETTINGS, Setting, Texts, Wrong},
};

/// A program on this step's master and workers.
pub struct Edition {
    /// The program's name.
    pub name: &'static str,
    /// What it is, in a line, for `--help`.
    pub about: &'static str,
    /// What it is, in a line, for `GET /`.
    pub title: &'static str,
    /// Its own routes, for the master to name.
    pub lines: fn(&Config) -> &'static [Route],
    /// Its own settings.
    pub settings: &'static [Setting],
    /// Looks whether they are good, which [`extend`](Self::extend) may then rely on.
    pub check: fn(&Texts<'_>) -> Result<(), Wrong>,
    /// How many bytes of memory its workers share, besides the scoreboard; zeros at first.
    pub memory: usize,
    /// Called in each worker, when its event loop runs.
    pub extend: fn(Workplace<'_>) -> io::Result<Addition>,
}

/// Where a worker finds itself.
pub struct Workplace<'a> {
    /// All settings.
    pub config: &'a Config,
    /// Its seat.
    pub seat: Seat,
    /// The edition's own shared memory.
    pub memory: OwnedFd,
}

/// What a worker's application has besides step 3's routes.
#[derive(Default)]
pub struct Addition {
    /// Further routes.
    pub routes: Routes,
    /// Another way to compute the slow answer.
    pub slow: Slow,
    /// Who may ask for what, and what happens on the way out: the application's other seams.
    pub finish: Option<Box<Finish>>,
}

/// What is done with the application when it is built.
pub type Finish = dyn FnOnce(App) -> App;

/// Step 4 itself.
pub static STEP4: Edition = Edition {
    name: "step4_workers",
    about: "Step 4: many workers under one master",
    title: "step4_workers: many workers under one master",
    lines: |_| &[],
    settings: &[],
    check: |_| Ok(()),
    memory: 0,
    extend: |_| Ok(Addition::default()),
};

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Edition {
    /// All settings, the step's own last.
    pub fn all_settings(&self) -> impl Iterator<Item = &'static Setting> {
        SETTINGS.iter().chain(self.settings)
    }
}
