//! The parts of a program with many workers.

use std::{io, os::fd::OwnedFd, sync::Arc};

use axum::extract::Request;
use clap::Parser;
use serde::{Serialize, de::DeserializeOwned};
use step1_plain::support::{
    http::{run::changes_something, serve::App},
    lab::Lab,
};

use crate::{cache::redis_link::Link, scoreboard::slot::OwnSlot, support::config::Config};

/// A program that serves HTTP with many workers under one master.
pub trait Program {
    /// Its settings: step 4's, flattened, and more if the program needs them.
    type Settings: Parser + Serialize + DeserializeOwned;

    /// Which requests' clients the application asks for.
    const ASKS_FOR_CLIENT: fn(&Request) -> bool = changes_something;

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
    fn app(&self, context: &Context<'_>) -> io::Result<impl App>;
}

/// The parts from which a worker builds its application.
pub struct Context<'a> {
    /// All settings.
    pub config: &'a Config,
    /// Its slot on the scoreboard.
    pub slot: OwnSlot,
    /// The [memory](Program::memory) that the program's workers share.
    pub memory: &'a OwnedFd,
    /// The shared cache, if the settings name one.
    pub redis: Option<Arc<Link>>,
}
