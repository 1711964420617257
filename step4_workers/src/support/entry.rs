//! What the file and the environment say about a setting.

use std::{
    env,
    error::Error,
    ffi::{OsStr, OsString},
};

use clap::{Arg, ArgMatches, Command, error::ContextKind, parser::ValueSource};

use crate::support::cache_place::without_password;

/// A setting that is not on the command line.
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What it says; a list is several texts.
    pub texts: Vec<OsString>,
    /// `FILE:LINE`, or the name of a variable.
    pub origin: String,
}

impl Entry {
    /// Checks what is said about this setting.
    ///
    /// # Errors
    /// A sentence that says what is wrong, where, and what is allowed.
    pub fn new(setting: &Arg, texts: Vec<OsString>, origin: String) -> Result<Self, String> {
        let key = setting.get_id().to_string();
        let long = setting.get_long().expect("every setting has a flag");
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

/// What the environment says, if no flag beats it.
///
/// # Errors
/// A sentence that names the variable that is wrong, and says what is allowed.
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
