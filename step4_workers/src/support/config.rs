//! Where a setting comes from: flags beat the environment, which beats the file, which beats the
//! defaults.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use clap::ArgMatches;

use crate::support::{
    command_line::flag,
    config_file::{Entry, read_file, read_toml},
    settings::{About, Setting, Settings, Wrong, one},
};

/// All settings, and where each came from.
#[derive(Clone, Debug)]
pub struct Config {
    about: &'static About,
    /// In the order of the program's settings.
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

impl Config {
    /// The settings that these arguments, the environment, and the file that they name make.
    ///
    /// # Errors
    /// A sentence that says what is wrong, where, and what is allowed.
    pub fn load(about: &'static About, arguments: &ArgMatches) -> Result<Self, String> {
        let path = arguments.get_one::<String>("config").map_or("", String::as_str);
        let path = Path::new(path);
        let file = match path.as_os_str().is_empty() {
            true => Vec::new(),
            false => read_file(about, path)?,
        };
        Self::layered(about, file, path, |setting| {
            if let Some(texts) = flag(setting, arguments) {
                return Some(Value { texts, source: Source::Flag(setting.flag) });
            }
            let name = setting.env?;
            let text = env::var_os(name)?.to_string_lossy().into_owned();
            Some(Value { texts: vec![text], source: Source::Environment(name) })
        })
    }

    /// The settings that a file of this text makes: the way from the master to its workers.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn from_toml(about: &'static About, text: &str, path: &Path) -> Result<Self, String> {
        Self::layered(about, read_toml(about, text, path)?, path, |_| None)
    }

    fn layered(
        about: &'static About,
        file: Vec<Entry>,
        path: &Path,
        stronger: impl Fn(&Setting) -> Option<Value>,
    ) -> Result<Self, String> {
        let from_file = |setting: &Setting| {
            let Entry { texts, line, .. } = file.iter().find(|entry| entry.key == setting.key)?;
            let source = Source::File { path: path.to_owned(), line: *line };
            Some(Value { texts: texts.clone(), source })
        };
        let default = |setting: &Setting| Value {
            texts: vec![setting.default.to_owned()],
            source: Source::Default,
        };
        let values: Vec<_> = about
            .all_settings()
            .map(|setting| {
                let given = stronger(setting).or_else(|| from_file(setting));
                given.unwrap_or_else(|| default(setting))
            })
            .collect();
        let value = |key: &str| find(about, &values, key);
        let texts = |key: &str| &value(key).texts[..];
        let settings = Settings::read(&texts).and_then(|settings| {
            for setting in about.settings {
                one(&texts, setting.key, setting.check)?;
            }
            Ok(settings)
        });
        let settings = settings.map_err(|wrong| {
            let Wrong { key, text, allowed } = wrong;
            let text = shown(key, &text);
            match &value(key).source {
                Source::Default => format!("{key} = {text:?}: {allowed}"),
                Source::File { path, line } => {
                    format!("{}:{line}: {key} = {text:?}: {allowed}", path.display())
                }
                Source::Environment(name) => format!("{name}={text} (environment): {allowed}"),
                Source::Flag(flag) => format!("--{flag} {text}: {allowed}"),
            }
        })?;
        Ok(Self { about, values, settings })
    }

    /// The text of a setting by its key; what came to a list comes as several texts.
    ///
    /// # Panics
    /// If the program has no such setting.
    pub fn texts(&self, key: &str) -> &[String] {
        &find(self.about, &self.values, key).texts
    }

    /// A file that has the same effect.
    pub fn to_toml(&self) -> String {
        self.lines(|_, text| text.into(), |_| String::new())
    }
}

fn find<'a>(about: &About, values: &'a [Value], key: &str) -> &'a Value {
    let known = about.all_settings().zip(values).find(|(setting, _)| setting.key == key);
    known.map(|(_, value)| value).expect("only settings of the program are asked for")
}

/// The same with where each came from, and without passwords.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(shown, |value| match &value.source {
            Source::Default if value.texts == ["auto"] => {
                format!("  # default, {} here", self.settings.workers)
            }
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
        for (Setting { key, .. }, value) in self.about.all_settings().zip(&self.values) {
            let texts: Vec<_> = value.texts.iter().map(|text| toml(&shown(key, text))).collect();
            let text = match &texts[..] {
                [text] => text.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            lines += &format!("{key} = {text}{}\n", comment(value));
        }
        lines
    }
}

/// A whole number of TOML, or a basic string (<https://toml.io/en/v1.0.0#string>).
fn toml(text: &str) -> String {
    if text.parse::<u32>().is_ok_and(|number| number.to_string() == text) {
        return text.to_owned();
    }
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

/// A setting's text as others may see it: `redis://:secret@host` with stars for the secret.
fn shown(key: &str, text: &str) -> String {
    if key == "cache" { without_password(text) } else { text.to_owned() }
}

fn without_password(url: &str) -> String {
    if let Some((before, after)) = url.split_once("pass=") {
        let rest = after.find('&').map_or("", |end| &after[end..]);
        return format!("{before}pass=***{rest}");
    }
    match url.split_once("://").zip(url.rfind('@')) {
        Some(((scheme @ ("redis" | "rediss" | "valkey"), rest), at)) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}:***{}", &url[at..])
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::support::command_line::command_line;

    static ABOUT: About = About { name: "test", about: "", settings: &[] };
    use super::*;

    fn config(file: &str, flags: &[&str]) -> Result<Config, String> {
        let flags = ["program"].iter().chain(flags);
        let arguments = command_line(&ABOUT).try_get_matches_from(flags).unwrap();
        let path = Path::new("workers.toml");
        Config::layered(&ABOUT, read_toml(&ABOUT, file, path)?, path, |setting| {
            let source = Source::Flag(setting.flag);
            flag(setting, &arguments).map(|texts| Value { texts, source })
        })
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
        let settings = config("workers = 2\nttl = 2", &["-w", "3"]).unwrap().settings;
        assert_eq!((settings.workers, settings.ttl.as_millis()), (3, 2000));
        let error = config("", &["--max-requests", "-1"]).unwrap_err();
        assert!(error.starts_with("--max-requests -1: write a whole number from 0"), "{error}");
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let flags = ["-b", "127.0.0.1:0", "-b", "unix:/tmp/\"odd\\name\n", "--access-log"];
        let config = config("cache = 'redis://:p%20w@localhost/1'", &flags).unwrap();
        let again = Config::from_toml(&ABOUT, &config.to_toml(), Path::new("again")).unwrap();
        assert_eq!(format!("{:?}", again.settings), format!("{:?}", config.settings));
        let shown = config.to_string();
        assert!(shown.contains("workers = \"auto\"  # default, "), "{shown}");
        assert!(shown.contains("accesslog = \"-\"  # --access-log\n"), "{shown}");
        assert!(shown.contains("# workers.toml:1\n") && !shown.contains("p%20w"), "{shown}");
        Config::from_toml(&ABOUT, &shown, Path::new("shown")).unwrap();
    }

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("memory", "memory"),
            ("redis://localhost:1/2", "redis://localhost:1/2"),
            ("redis://:secret@localhost/2", "redis://:***@localhost/2"),
            ("redis://me:sec@ret@localhost", "redis://me:***@localhost"),
            ("unix:///a@b.sock", "unix:///a@b.sock"),
            ("unix:///a.sock?pass=secret&db=1", "unix:///a.sock?pass=***&db=1"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
