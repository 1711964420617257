//! The value of a setting in the file or the environment.

use std::{
    env,
    error::Error,
    ffi::{OsStr, OsString},
};

use clap::{Arg, ArgMatches, Command, error::ContextKind, parser::ValueSource};

use crate::support::cache_place::without_password;

/// A setting from the file or the environment.
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its value; a list is several texts.
    pub texts: Vec<OsString>,
    /// `FILE:LINE`, or the name of a variable.
    pub origin: String,
}

impl Entry {
    /// Checks the value of this setting.
    ///
    /// # Errors
    /// A sentence that names the mistake, its place, and the allowed values.
    pub fn new(setting: &Arg, texts: Vec<OsString>, origin: String) -> Result<Self, String> {
        let key = setting.get_id().to_string();
        let Some(long) = setting.get_long() else {
            return Err(format!("{origin}: {key} is not a setting; write it on the command line"));
        };
        let flag = |text| [OsStr::new("--"), long.as_ref(), "=".as_ref(), text].join("".as_ref());
        let command = Command::new("").no_binary_name(true).arg(setting);
        let Err(error) = command.try_get_matches_from(texts.iter().map(|text| flag(text))) else {
            return Ok(Self { key, texts, origin });
        };
        let text = match error.get(ContextKind::InvalidValue) {
            Some(text) => text.to_string(),
            None => texts.join(", ".as_ref()).to_string_lossy().into_owned(),
        };
        let allowed = match (error.source(), error.get(ContextKind::ValidValue)) {
            (Some(allowed), _) => allowed.to_string(),
            (None, Some(names)) => format!("write one of {names}"),
            (None, None) => "write one value, in UTF-8".to_owned(),
        };
        Err(format!("{origin}: {key} = {:?}: {allowed}", without_password(&text)))
    }
}

/// The settings in the environment that no flag beats.
///
/// # Errors
/// A sentence that names the wrong variable and the allowed values.
pub fn environment(settings: &Command, flags: &ArgMatches) -> Result<Vec<Entry>, String> {
    let entry = |setting: &Arg| {
        let name = setting.get_env()?;
        let text = env::var_os(name)?;
        let is_beaten =
            flags.value_source(setting.get_id().as_str()) == Some(ValueSource::CommandLine);
        let origin = format!("environment: {}", name.display());
        (!is_beaten).then(|| Entry::new(setting, vec![text], origin))
    };
    settings.get_arguments().filter_map(entry).collect()
}
