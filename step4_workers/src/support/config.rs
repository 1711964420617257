//! Where a setting comes from: flags beat the environment, which beats the file, which beats the
//! defaults.
//!
//! The values of the environment and the file become clap's defaults, so a flag beats them.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{
    Arg, ArgMatches, Args, Command, FromArgMatches, Parser,
    builder::Resettable::Reset,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use step1_plain::support::http::run::say;

use crate::support::{
    cache_place::without_password,
    config_file::read_file,
    cores::{cores, workers_for},
    entry::{Entry, environment},
    settings::Settings,
};

/// All settings of a program: [`Settings`], and more if the program needs them.
#[derive(Clone, Debug)]
pub struct Config {
    /// The settings that every program has.
    pub settings: Settings,
    /// All settings, as a worker inherits them.
    pub json: String,
}

impl Config {
    /// Loads all settings, from every source.
    ///
    /// # Errors
    /// A sentence that names the mistake, its place, and the allowed values.
    pub fn load<S: Parser + Serialize>() -> Result<Self, String> {
        Ok(Loaded::read::<S>(env::args_os())?.config)
    }

    /// The configuration with these settings.
    ///
    /// # Errors
    /// If [`Settings`] are not among them.
    pub fn new(all: &impl Serialize) -> serde_json::Result<Self> {
        Self::from_json(serde_json::to_string(all)?)
    }

    /// The settings in this JSON, which a worker inherits from its master.
    ///
    /// # Errors
    /// If a setting has another type, because the master has another version.
    pub fn from_json(json: String) -> serde_json::Result<Self> {
        Ok(Self { settings: serde_json::from_str(&json)?, json })
    }

    /// All settings, in the program's own type.
    ///
    /// # Errors
    /// If a setting has another type, because the master has another version.
    pub fn own<S: DeserializeOwned>(&self) -> serde_json::Result<S> {
        serde_json::from_str(&self.json)
    }
}

/// The result of the command line, the environment and the file.
pub struct Loaded {
    /// The options that are not settings.
    pub options: Options,
    /// The settings.
    pub config: Config,
    /// A file with the same settings and the source of each, but without passwords.
    pub printed: String,
}

// The options of the command line that are not settings.
#[derive(Args)]
#[expect(missing_docs, reason = "--help would begin with it")]
pub struct Options {
    /// Read settings from this TOML file; see step4_workers/workers.toml
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Say whether the settings are good, or what is wrong; it neither connects nor listens
    #[arg(long)]
    pub check_config: bool,

    /// Print every setting, its value and where it came from
    #[arg(long)]
    pub print_config: bool,
}

impl Loaded {
    /// The settings to run with. If an option only checks or prints them, does that and returns `None`.
    pub fn to_run(self) -> Option<Config> {
        let Options { check_config, print_config, .. } = self.options;
        if print_config {
            say(&self.printed);
        }
        if check_config {
            say("the settings are good\n");
        }
        (!check_config && !print_config).then_some(self.config)
    }

    /// Reads all three sources. `--help` and `--version` end the program.
    ///
    /// # Errors
    /// A sentence that names the mistake, its place, and the allowed values.
    pub fn read<S: Parser + Serialize>(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, String> {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let parse = |settings: Command| {
            let command = settings.mut_args(with_hyphens).args_override_self(true);
            Options::augment_args(command).try_get_matches_from(&arguments).map_err(in_one_line)
        };
        let settings = S::command();
        // The first parse only finds the name of the file. The second one reports mistakes.
        let flags = parse(settings.clone().ignore_errors(true))?;
        let mut elsewhere = environment(&settings, &flags)?;
        if let Some(path) = flags.get_one::<PathBuf>("config") {
            elsewhere.extend(read_file(&settings, path)?);
        }
        // The environment comes last, because it beats the file.
        let command = elsewhere.iter().rev().fold(settings.clone(), |command, entry| {
            command.mut_arg(&entry.key, |it| it.env(Reset).default_values(&entry.texts))
        });
        let matches = parse(command)?;
        let options = Options::from_arg_matches(&matches).map_err(in_one_line)?;
        let all = S::from_arg_matches(&matches).map_err(in_one_line)?;
        let config = Config::new(&all).map_err(|error| error.to_string())?;
        let in_file = settings.get_arguments().filter(|it| !it.is_positional());
        let printed = in_file.map(|it| line(it, &matches, &elsewhere)).collect();
        Ok(Self { options, config, printed })
    }
}

/// Lets a value begin with a hyphen, because the setting's own error for "-1" is better than clap's
/// "unexpected argument".
fn with_hyphens(setting: Arg) -> Arg {
    // But not if the value is optional, because then the next flag follows.
    if setting.get_num_args().is_some() { setting } else { setting.allow_hyphen_values(true) }
}

/// The first lines of clap's error message. `--help` and `--version` come here too, and end the
/// program.
fn in_one_line(mut error: clap::Error) -> String {
    if !error.use_stderr() {
        error.exit();
    }
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue] {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let text = without_password(text).escape_debug().to_string();
            error.insert(kind, ContextValue::String(text));
        }
    }
    let text = error.to_string();
    let lines: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let text = lines.join(" ").replacen("error: ", "", 1);
    match error.kind() {
        ErrorKind::ValueValidation => text,
        _ => format!("{text}; see --help"),
    }
}

/// The line of this setting in `--print-config`. In TOML, numbers, strings and lists may look as in
/// JSON.
fn line(setting: &Arg, matches: &ArgMatches, elsewhere: &[Entry]) -> String {
    let key = setting.get_id().as_str();
    let value = |text: &OsStr| {
        let text = text.to_string_lossy();
        let text = if key == "cache" { without_password(&text) } else { text.into_owned() };
        serde_json::from_str::<u32>(&text).map_or(Value::from(text), Value::from)
    };
    let values: Vec<_> = matches.get_raw(key).unwrap_or_default().map(value).collect();
    let value = if let [value] = &values[..] { value.clone() } else { values.into() };
    let origin = match elsewhere.iter().find(|entry| entry.key == key) {
        _ if matches.value_source(key) == Some(ValueSource::CommandLine) => {
            format!("--{}", setting.get_long().unwrap_or_default())
        }
        Some(entry) => entry.origin.clone(),
        None if value == "auto" => format!("default, {} here", workers_for(cores())),
        None => "default".to_owned(),
    };
    format!("{key} = {value}  # {origin}\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::support::bind::Bind;

    /// Loads these flags and a file with this text.
    fn read(file: &str, flags: &[&str]) -> Result<Loaded, String> {
        let id = std::thread::current().id();
        let path = env::temp_dir().join(format!("{}-{id:?}.toml", std::process::id()));
        fs::write(&path, file).unwrap();
        let arguments = ["test", "--config", path.to_str().unwrap()];
        let loaded = Loaded::read::<Settings>(arguments.iter().chain(flags).map(OsString::from));
        fs::remove_file(&path).unwrap();
        loaded.map_err(|error| error.replace(path.to_str().unwrap(), "workers.toml"))
    }

    #[test]
    fn a_mistake_in_a_file_is_named_with_its_line() {
        for (file, expected) in [
            ("workers = 2\ntll = '1m'", "workers.toml:2: unknown key tll; allowed are bind, "),
            ("keep_alive = 2", "workers.toml:1: unknown key keep_alive: in a file it is keepalive"),
            ("config = 'b.toml'", "workers.toml:1: unknown key config; allowed are bind, "),
            ("\n\nworkers = 'many'", "workers.toml:3: workers = \"many\": write a whole number"),
            ("workers = 2\nworkers = 3", "workers.toml:2: this is not TOML: "),
            ("workers = ", "workers.toml:1: this is not TOML: "),
            ("ttl = 2026-11-23", "workers.toml:1: ttl: write a string"),
            ("[workers]\nn = 2", "workers.toml:1: workers: write a string"),
            ("workers = [1, 2]", "workers.toml:1: workers = \"1, 2\": write one value"),
            ("workers = []\nttl = 1", "workers.toml:1: workers = \"\": write a whole number"),
            ("workers = 0x10", "workers.toml:1: workers: write a string"),
            ("cache = 'redis://:secret@h:x'", "workers.toml:1: cache = \"redis://***@h:x\": write"),
        ] {
            let error = read(file, &[]).err().unwrap_or_else(|| panic!("{file:?} is good"));
            assert!(error.starts_with(expected), "{file:?}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_flag_beats_the_file_and_the_last_flag_the_first() {
        let flags = ["-w", "3", "-w", "4", "--pid", ""];
        let settings = read("workers = 2\nttl = 2\npidfile = 'a'", &flags).unwrap().config.settings;
        assert_eq!((settings.workers, settings.ttl.as_millis()), (4, 2000));
        assert_eq!(settings.pidfile, None);
        let bind = read("bind = ['[::1]:1', 'unix:a']", &[]).unwrap().config.settings.bind;
        assert_eq!(bind, [Bind::parse("[::1]:1").unwrap(), Bind::parse("unix:a").unwrap()]);
    }

    #[test]
    fn printed_settings_can_be_read_again() {
        let flags = ["-b", "127.0.0.1:0", "-b", "unix:/tmp/\"odd\\name\n", "--access-log"];
        let loaded = read("cache = 'redis://:p%20w@localhost/1'", &flags).unwrap();
        let shown = loaded.printed;
        assert!(shown.contains("workers = \"auto\"  # default, "), "{shown}");
        assert!(shown.contains("accesslog = \"-\"  # --access-log\n"), "{shown}");
        assert!(shown.contains("toml:1\n") && !shown.contains("p%20w"), "{shown}");
        let again = read(&shown, &[]).unwrap().config.settings;
        assert_eq!(again.bind, loaded.config.settings.bind);
    }

    #[test]
    fn a_worker_inherits_the_same_settings() {
        let flags =
            ["-b", "unix:a", "-b", "[::1]:0", "--cache", "redis://:p%20w@h", "-t", "1500ms"];
        let config = read("", &flags).unwrap().config;
        let inherited = Config::from_json(config.json).unwrap().settings;
        assert_eq!(format!("{inherited:?}"), format!("{:?}", config.settings));
    }

    #[test]
    fn a_worker_takes_the_default_of_a_setting_that_its_master_lacks() {
        let older =
            Config::from_json(r#"{"workers":3,"of_another_version":1}"#.to_owned()).unwrap();
        assert_eq!((older.settings.workers, older.settings.backlog), (3, 2048));
    }
}
