//! The configuration file: TOML, with a line number in every complaint.

use std::{borrow::Cow, fmt, fs, path::Path};

use toml::de::{DeTable, DeValue};

use super::settings::{About, Setting};

/// A file longer than this is no configuration.
const MAX_FILE: u64 = 64 * 1024;

/// A setting in a file.
pub struct Entry {
    /// Which one.
    pub key: &'static str,
    /// What it says; a list is several texts.
    pub texts: Vec<String>,
    /// In which line, from 1.
    pub line: usize,
}

/// Reads the settings of this file.
///
/// # Errors
/// A sentence that says what is wrong, in which line, and what is allowed.
pub fn read_file(about: &About, path: &Path) -> Result<Vec<Entry>, String> {
    let cannot = |error: &dyn fmt::Display| {
        format!("cannot read {}: {error}; name a TOML file after --config", path.display())
    };
    let size = fs::metadata(path).map_err(|error| cannot(&error))?;
    if !size.is_file() || size.len() > MAX_FILE {
        return Err(cannot(&format!("it is no file of at most {MAX_FILE} bytes")));
    }
    read_toml(about, &fs::read_to_string(path).map_err(|error| cannot(&error))?, path)
}

/// Reads the settings of this text; `path` is where it is from.
///
/// # Errors
/// A sentence that says what is wrong, in which line, and what is allowed.
pub fn read_toml(about: &About, text: &str, path: &Path) -> Result<Vec<Entry>, String> {
    let line_of = |offset| text[..offset].matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(error.span().map_or(0, |span| span.start.min(text.len())));
        format!("{}:{line}: this is not TOML: {}", path.display(), error.message())
    })?;
    let mut values = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let key: &str = key.get_ref();
        let Some(setting) = about.all_settings().find(|setting| setting.key == key) else {
            return Err(format!("{}:{line}: {}", path.display(), unknown(about, key)));
        };
        let texts = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|value| scalar(value.get_ref())).collect(),
            value => scalar(value).map(|text| vec![text]),
        };
        let texts = texts.ok_or_else(|| {
            let allowed = "write a text, a number, or true or false";
            format!("{}:{line}: {key}: {allowed}", path.display())
        })?;
        values.push(Entry { key: setting.key, texts, line });
    }
    Ok(values)
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    let text: Cow<'_, str> = match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().into(),
        DeValue::Float(number) => number.as_str().into(),
        DeValue::Boolean(yes) => yes.to_string().into(),
        _ => return None,
    };
    Some(text.into_owned())
}

fn unknown(about: &About, key: &str) -> String {
    // The flag's name is an easy mistake.
    let flag = key.replace('_', "-");
    let same = about.all_settings().find(|known| known.flag == flag);
    if let Some(Setting { key: right, .. }) = same {
        return format!("unknown key {key}: in a file it is {right}, as in Gunicorn's");
    }
    let keys: Vec<_> = about.all_settings().map(|setting| setting.key).collect();
    format!("unknown key {key}; allowed are {}", keys.join(", "))
}
