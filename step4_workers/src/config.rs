//! Where a setting comes from: flags beat the environment, which beats the file, which beats the
//! defaults.

use std::{
    borrow::Cow,
    env, fmt, fs,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::de::{DeTable, DeValue};

use crate::settings::{SETTINGS, Setting, Settings, Wrong};

/// A file longer than this is no configuration.
const MAX_FILE: u64 = 64 * 1024;

/// All settings, and where each came from.
#[derive(Clone, Debug)]
pub struct Config {
    /// In the order of [`SETTINGS`].
    values: Vec<Value>,
    /// What they mean.
    pub settings: Settings,
}

#[derive(Clone, Debug)]
struct Value {
    texts: Vec<String>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Default,
    File { path: PathBuf, line: usize },
    Environment(&'static str),
    Flag(&'static str),
}

/// The command line of this step, for a program of this name.
pub fn command_line(name: &'static str, about: &'static str) -> Command {
    let settings = SETTINGS.iter().map(|setting| {
        let repeats = setting.key == "bind";
        let arg = Arg::new(setting.key)
            .long(setting.flag)
            .short(setting.short)
            .value_name(setting.value)
            .help(setting_help(setting))
            .action(if repeats { ArgAction::Append } else { ArgAction::Set });
        match setting.alone {
            Some(alone) => arg.num_args(0..=1).default_missing_value(alone),
            // `Settings` refuses "-1" with a better word than "unexpected argument".
            None => arg.allow_hyphen_values(true),
        }
    });
    Command::new(name)
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .arg(
            Arg::new("config")
                .short('c')
                .long("config")
                .value_name("FILE")
                .help("Read settings from this TOML file; see step4_workers/workers.toml"),
        )
        .args(settings)
        .arg(
            Arg::new("check-config")
                .long("check-config")
                .action(ArgAction::SetTrue)
                .help("Say whether the settings are good (exit code 0) or what is wrong (1)"),
        )
        .arg(
            Arg::new("print-config")
                .long("print-config")
                .action(ArgAction::SetTrue)
                .help("Print every setting, its value and where it came from"),
        )
}

fn setting_help(setting: &Setting) -> String {
    let mut help = setting.help.to_owned();
    if let Some(name) = setting.env {
        help += &format!(" [env: {name}]");
    }
    if !setting.default.is_empty() {
        help += &format!(" [default: {}]", setting.default);
    }
    help
}

impl Config {
    /// The settings that these arguments, the environment, and the file that they name make.
    ///
    /// # Errors
    /// A sentence that says what is wrong, where, and what is allowed.
    pub fn load(arguments: &ArgMatches) -> Result<Self, String> {
        let file = match arguments.get_one::<String>("config") {
            Some(path) => read_file(Path::new(path))?,
            None => Vec::new(),
        };
        Self::layered(file, |setting| {
            flag(setting, arguments).or_else(|| {
                let name = setting.env?;
                let text = env::var(name).ok().filter(|text| !text.is_empty())?;
                Some(Value { texts: vec![text], source: Source::Environment(name) })
            })
        })
    }

    /// The settings that a file of this text makes: the way from the master to its workers.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, String> {
        Self::layered(read_toml(text, path)?, |_| None)
    }

    fn layered(
        mut file: Vec<(&'static str, Value)>,
        stronger: impl Fn(&Setting) -> Option<Value>,
    ) -> Result<Self, String> {
        let mut from_file = |setting: &Setting| {
            let index = file.iter().position(|(key, _)| *key == setting.key)?;
            Some(file.swap_remove(index).1)
        };
        let default = |setting: &Setting| Value {
            texts: vec![setting.default.to_owned()],
            source: Source::Default,
        };
        let values: Vec<_> = SETTINGS
            .iter()
            .map(|setting| {
                let weaker = from_file(setting);
                stronger(setting).or(weaker).unwrap_or_else(|| default(setting))
            })
            .collect();
        let value = |key: &str| {
            let known = SETTINGS.iter().zip(&values).find(|(setting, _)| setting.key == key);
            known.map(|(_, value)| value).expect("only keys of SETTINGS are asked for")
        };
        let settings = Settings::read(&|key| &value(key).texts).map_err(|wrong| {
            let Wrong { key, text, allowed } = wrong;
            match &value(key).source {
                Source::Default => format!("{key} = {text:?}: {allowed}"),
                Source::File { path, line } => {
                    format!("{}:{line}: {key} = {text:?}: {allowed}", path.display())
                }
                Source::Environment(name) => format!("{name}={text} (environment): {allowed}"),
                Source::Flag(flag) => format!("--{flag} {text}: {allowed}"),
            }
        })?;
        Ok(Self { values, settings })
    }

    /// A file that has the same effect.
    pub fn to_toml(&self) -> String {
        self.lines(|_, text| text.into(), |_| String::new())
    }
}

/// The same with where each came from, and without passwords.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |key: &str, text: &str| match key {
            "cache" => without_password(text),
            _ => text.into(),
        };
        f.write_str(&self.lines(text, |value| match &value.source {
            Source::Default => "  # default".to_owned(),
            Source::File { path, line } => format!("  # {}:{line}", path.display()),
            Source::Environment(name) => format!("  # environment: {name}"),
            Source::Flag(flag) => format!("  # --{flag}"),
        }))
    }
}

impl Config {
    /// A line for each setting.
    fn lines(
        &self,
        shown: impl Fn(&str, &str) -> String,
        comment: impl Fn(&Value) -> String,
    ) -> String {
        let mut lines = String::new();
        for (Setting { key, .. }, value) in SETTINGS.iter().zip(&self.values) {
            let texts: Vec<_> = value.texts.iter().map(|text| quoted(&shown(key, text))).collect();
            let text = match &texts[..] {
                [text] => text.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            lines += &format!("{key} = {text}{}\n", comment(value));
        }
        lines
    }
}

/// A basic string of TOML (<https://toml.io/en/v1.0.0#string>).
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => quoted += &format!("\\u{:04X}", u32::from(char)),
            char => quoted.push(char),
        }
    }
    quoted + "\""
}

/// `redis://:secret@host` with stars for the secret.
pub fn without_password(url: &str) -> String {
    match url.split_once("://").zip(url.rfind('@')) {
        Some(((scheme, rest), at)) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}:***{}", &url[at..])
        }
        None => url.to_owned(),
    }
}

fn flag(setting: &Setting, arguments: &ArgMatches) -> Option<Value> {
    let texts = arguments.get_many(setting.key)?.cloned().collect();
    Some(Value { texts, source: Source::Flag(setting.flag) })
}

fn read_file(path: &Path) -> Result<Vec<(&'static str, Value)>, String> {
    let cannot = |error: &dyn fmt::Display| {
        format!("cannot read {}: {error}; name a TOML file after --config", path.display())
    };
    let size = fs::metadata(path).map_err(|error| cannot(&error))?;
    if !size.is_file() || size.len() > MAX_FILE {
        return Err(cannot(&format!("it is no file of at most {MAX_FILE} bytes")));
    }
    read_toml(&fs::read_to_string(path).map_err(|error| cannot(&error))?, path)
}

fn read_toml(text: &str, path: &Path) -> Result<Vec<(&'static str, Value)>, String> {
    let line_of = |offset| text[..offset].matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(error.span().map_or(0, |span| span.start.min(text.len())));
        format!("{}:{line}: this is not TOML: {}", path.display(), error.message())
    })?;
    let mut values = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let key: &str = key.get_ref();
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            return Err(format!("{}:{line}: {}", path.display(), unknown(key)));
        };
        let texts = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|value| scalar(value.get_ref())).collect(),
            value => scalar(value).map(|text| vec![text]),
        };
        let texts = texts.ok_or_else(|| {
            let allowed = "write a text or a number";
            format!("{}:{line}: {key}: {allowed}", path.display())
        })?;
        values.push((
            setting.key,
            Value { texts, source: Source::File { path: path.to_owned(), line } },
        ));
    }
    Ok(values)
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    let text: Cow<'_, str> = match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().into(),
        DeValue::Float(number) => number.as_str().into(),
        _ => return None,
    };
    Some(text.into_owned())
}

fn unknown(key: &str) -> String {
    // Who writes the flag's name means the same.
    let flag = key.replace('_', "-");
    if let Some(Setting { key: right, .. }) = SETTINGS.iter().find(|known| known.flag == flag) {
        return format!("unknown key {key}: in a file it is {right}, as in Gunicorn's");
    }
    let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
    format!("unknown key {key}; allowed are {}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(file: &str, flags: &[&str]) -> Result<Config, String> {
        let flags = ["program"].iter().chain(flags);
        let arguments = command_line("program", "").try_get_matches_from(flags).unwrap();
        let file = read_toml(file, Path::new("workers.toml"))?;
        Config::layered(file, |setting| flag(setting, &arguments))
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_line() {
        for (file, expected) in [
            ("workers = 2\ntll = '1m'", "workers.toml:2: unknown key tll; allowed are bind, "),
            ("keep_alive = 2", "workers.toml:1: unknown key keep_alive: in a file it is keepalive"),
            ("\n\nworkers = 'many'", "workers.toml:3: workers = \"many\": write a whole number"),
            ("workers = 2\nworkers = 3", "workers.toml:2: this is not TOML: "),
            ("workers = ", "workers.toml:1: this is not TOML: "),
            ("ttl = 2026-11-23", "workers.toml:1: ttl: write a text"),
            ("[workers]\nn = 2", "workers.toml:1: workers: write a text"),
            ("workers = [1, 2]", "workers.toml:1: workers = \"1, 2\": write one"),
            ("workers = []\nttl = 1", "workers.toml:1: workers = \"\": write a whole number"),
            ("workers = 0x10", "workers.toml:1: workers: write a text"),
        ] {
            let error = config(file, &[]).unwrap_err();
            assert!(error.starts_with(expected), "{file:?}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_flag_beats_the_file_and_a_wrong_one_is_named() {
        let settings = config("workers = 2\nttl = 1.5", &["-w", "3"]).unwrap().settings;
        assert_eq!((settings.workers, settings.ttl.as_millis()), (3, 1500));
        let error = config("", &["--max-requests", "-1"]).unwrap_err();
        assert!(error.starts_with("--max-requests -1: write a whole number from 0"), "{error}");
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let flags = ["-b", "127.0.0.1:0", "-b", "unix:/tmp/\"odd\\name\n", "--access-log"];
        let config = config("cache = 'redis://:p%20w@localhost/1'", &flags).unwrap();
        let again = Config::from_toml(&config.to_toml(), Path::new("again")).unwrap();
        assert_eq!(format!("{:?}", again.settings), format!("{:?}", config.settings));
        let shown = config.to_string();
        assert!(shown.contains("workers = \"auto\"  # default\n"), "{shown}");
        assert!(shown.contains("accesslog = \"-\"  # --access-log\n"), "{shown}");
        assert!(shown.contains("# workers.toml:1\n") && !shown.contains("p%20w"), "{shown}");
        Config::from_toml(&shown, Path::new("shown")).unwrap();
    }

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("memory", "memory"),
            ("redis://localhost:1/2", "redis://localhost:1/2"),
            ("redis://:secret@localhost/2", "redis://:***@localhost/2"),
            ("redis://me:sec@ret@localhost", "redis://me:***@localhost"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
