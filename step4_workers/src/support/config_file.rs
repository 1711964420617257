//! The configuration file: TOML, with a line number in every error message.

use std::{ffi::OsString, fmt, fs, path::Path};

use clap::{Arg, Command};
use toml::de::{DeTable, DeValue};

use crate::support::entry::Entry;

/// A longer file is not a configuration file.
const MAX_FILE: u64 = 64 * 1024;

/// Reads this file, and checks its values for these settings.
///
/// # Errors
/// A sentence that names the mistake, its line, and the allowed values.
pub fn read_file(settings: &Command, path: &Path) -> Result<Vec<Entry>, String> {
    let cannot = |error: &dyn fmt::Display| {
        format!("cannot read {}: {error}; name a TOML file after --config", path.display())
    };
    let size = fs::metadata(path).map_err(|error| cannot(&error))?;
    if !size.is_file() || size.len() > MAX_FILE {
        return Err(cannot(&format!("it is not a file of at most {MAX_FILE} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| cannot(&error))?;
    let at = |offset| {
        let line = text[..offset].matches('\n').count() + 1;
        format!("{}:{line}", path.display())
    };
    let table = DeTable::parse(&text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start.min(text.len()));
        format!("{}: this is not TOML: {}", at(offset), error.message())
    })?;
    let entry = |key: &str, value, at: String| {
        let is_it = |setting: &&Arg| setting.get_id() == key;
        match (settings.get_arguments().find(is_it), texts(value)) {
            (None, _) => Err(format!("{at}: {}", unknown(settings, key))),
            (_, None) => Err(format!("{at}: {key}: write a string, a number, true or false")),
            (Some(setting), Some(texts)) => Entry::new(setting, texts, at),
        }
    };
    let entries = table.get_ref().iter();
    entries
        .map(|(key, value)| entry(key.get_ref(), value.get_ref(), at(key.span().start)))
        .collect()
}

fn texts(value: &DeValue<'_>) -> Option<Vec<OsString>> {
    match value {
        DeValue::Array(list) if list.is_empty() => Some(vec![OsString::new()]),
        DeValue::Array(list) => list.iter().map(|value| scalar(value.get_ref())).collect(),
        value => scalar(value).map(|text| vec![text]),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<OsString> {
    match value {
        DeValue::String(text) => Some(text.as_ref().into()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().into()),
        DeValue::Float(number) => Some(number.as_str().into()),
        DeValue::Boolean(yes) => Some(yes.to_string().into()),
        _ => None,
    }
}

fn unknown(settings: &Command, key: &str) -> String {
    // It is an easy mistake to write the flag's name.
    let flag = key.replace('_', "-");
    let is_flag = |setting: &&Arg| setting.get_long() == Some(&flag);
    match settings.get_arguments().find(is_flag) {
        Some(setting) => {
            format!("unknown key {key}: in a file it is {}, as in Gunicorn's", setting.get_id())
        }
        None => {
            let keys: Vec<_> = settings.get_arguments().map(|it| it.get_id().as_str()).collect();
            format!("unknown key {key}; allowed are {}", keys.join(", "))
        }
    }
}
