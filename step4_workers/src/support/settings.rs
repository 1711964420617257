//! The settings: their names, which are Gunicorn's, and what each may be.
//!
//! A setting arrives as text, whether from a file, the environment or the command line, and there
//! is one way to read it. So the same mistake gets the same answer wherever it was made.

use std::{fmt, num::NonZeroUsize, path::PathBuf, time::Duration};

use step2_dict_cache::support::args::parse_capacity;
use step3_ttl_cache::support::args::parse_ttl;

use crate::support::{
    bind::Bind,
    cache_place::CachePlace,
    parse::{duration, number, timeout, workers},
};

/// One setting, as people see it.
pub struct Setting {
    /// Its name in the file.
    pub key: &'static str,
    /// Its name on the command line.
    pub flag: &'static str,
    /// One letter, for those who type it often.
    pub short: Option<char>,
    /// Its name in the environment.
    pub env: Option<&'static str>,
    /// What stands for its value in `--help`.
    pub value: &'static str,
    /// What its flag means when it stands alone, without a value; `None` if it may not.
    pub alone: Option<&'static str>,
    /// What it is when nobody says anything; empty for nothing.
    pub default: &'static str,
    /// What it means, in a sentence.
    pub help: &'static str,
    /// Whether a text is good, for the settings that [`Settings`] does not read. An error says what to
    /// write instead.
    pub check: fn(&str) -> Result<(), String>,
}

/// One to take the rest from.
pub const SETTING: Setting = Setting {
    key: "",
    flag: "",
    short: None,
    env: None,
    value: "",
    alone: None,
    default: "",
    help: "",
    check: |_| Ok(()),
};

/// All settings.
pub static SETTINGS: [Setting; 14] = [
    Setting {
        key: "bind",
        flag: "bind",
        short: Some('b'),
        env: Some("BIND"),
        value: "ADDR",
        default: "127.0.0.1:8000",
        help: "Where to listen; port 0 picks a free one; unix:PATH is a socket; may be repeated",
        ..SETTING
    },
    Setting {
        key: "backlog",
        flag: "backlog",
        value: "N",
        default: "2048",
        help: "Most connections that may wait to be accepted",
        ..SETTING
    },
    Setting {
        key: "workers",
        flag: "workers",
        short: Some('w'),
        env: Some("WEB_CONCURRENCY"),
        value: "N",
        default: "auto",
        help: "Worker processes; auto is 2 × cores + 1",
        ..SETTING
    },
    Setting {
        key: "timeout",
        flag: "timeout",
        short: Some('t'),
        value: "DURATION",
        default: "30",
        help: "How long a worker's event loop may stand still before it is ended; 0 is for ever",
        ..SETTING
    },
    Setting {
        key: "graceful_timeout",
        flag: "graceful-timeout",
        value: "DURATION",
        default: "30",
        help: "How long a worker may take to finish its requests when asked to stop",
        ..SETTING
    },
    Setting {
        key: "keepalive",
        flag: "keep-alive",
        value: "DURATION",
        default: "2",
        help: "How long a connection waits for the head of a request; 0 is one request a connection",
        ..SETTING
    },
    Setting {
        key: "request_timeout",
        flag: "request-timeout",
        value: "DURATION",
        default: "60",
        help: "How long a request may wait and compute before it is given up with 503",
        ..SETTING
    },
    Setting {
        key: "max_requests",
        flag: "max-requests",
        value: "N",
        default: "0",
        help: "After how many requests a worker is replaced; 0 is never",
        ..SETTING
    },
    Setting {
        key: "max_requests_jitter",
        flag: "max-requests-jitter",
        value: "N",
        default: "0",
        help: "Up to how many more, at random, so that not all are replaced at once",
        ..SETTING
    },
    Setting {
        key: "pidfile",
        flag: "pid",
        short: Some('p'),
        value: "FILE",
        help: "Where to write the master's process id",
        ..SETTING
    },
    Setting {
        key: "accesslog",
        flag: "access-log",
        value: "FILE",
        alone: Some("-"),
        help: "Write a line a request to standard error, or to this file",
        ..SETTING
    },
    Setting {
        key: "capacity",
        flag: "capacity",
        value: "N",
        default: "1024",
        help: "Most entries that each worker keeps; the least recently used goes first",
        ..SETTING
    },
    Setting {
        key: "ttl",
        flag: "ttl",
        value: "DURATION",
        default: "10s",
        help: "How long a response is fresh: 500ms, 10s, 1m, 1h; a plain number is seconds",
        ..SETTING
    },
    Setting {
        key: "cache",
        flag: "cache",
        value: "WHERE",
        default: "memory",
        help: "Where responses are kept: memory (of each worker), or redis://HOST:PORT/DB for all",
        ..SETTING
    },
];

/// What a program is called, and its own settings.
#[derive(Clone, Copy)]
pub struct About {
    /// The program's name.
    pub name: &'static str,
    /// What it is, in a line, for `--help`.
    pub about: &'static str,
    /// The settings that it has besides [`SETTINGS`].
    pub settings: &'static [Setting],
}

impl About {
    /// All settings, the program's own last.
    pub fn all_settings(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        SETTINGS.iter().chain(self.settings)
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The settings, read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub bind: Vec<Bind>,
    /// Most connections that may wait to be accepted.
    pub backlog: i32,
    /// How many workers.
    pub workers: usize,
    /// How long an event loop may stand still; `None` is for ever.
    pub timeout: Option<Duration>,
    /// How long to finish, when asked to stop.
    pub graceful_timeout: Duration,
    /// How long a connection waits for its next request.
    pub keep_alive: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// After how many requests a worker is replaced; `None` is never.
    pub max_requests: Option<u64>,
    /// Up to how many more.
    pub max_requests_jitter: u64,
    /// Where to write the master's process id.
    pub pidfile: Option<PathBuf>,
    /// Where to write a line a request.
    pub access_log: AccessLog,
    /// Most entries in a worker's own cache.
    pub capacity: NonZeroUsize,
    /// How long an answer is fresh.
    pub ttl: Duration,
    /// Where answers are kept.
    pub cache: CachePlace,
}

/// Where a line a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// To standard error.
    Stderr,
    /// To the end of this file.
    File(PathBuf),
}

/// The text of a setting by its key; what came to a list comes as several texts.
pub type Texts<'a> = dyn Fn(&str) -> &'a [String] + 'a;

/// What is wrong: the setting's key, its text, and what is allowed.
pub struct Wrong {
    /// Which setting.
    pub key: &'static str,
    /// What it says.
    pub text: String,
    /// What it may say.
    pub allowed: String,
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn read(texts: &Texts<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            bind: all(texts, "bind", Bind::parse)?,
            backlog: one(texts, "backlog", |text| number(text, 1, 65_535))? as i32,
            workers: one(texts, "workers", workers)?,
            timeout: one(texts, "timeout", timeout)?,
            graceful_timeout: one(texts, "graceful_timeout", duration)?,
            keep_alive: one(texts, "keepalive", duration)?,
            request_timeout: one(texts, "request_timeout", duration)?,
            max_requests: Some(one(texts, "max_requests", |text| number(text, 0, u64::MAX))?)
                .filter(|&most| most > 0),
            max_requests_jitter: one(texts, "max_requests_jitter", |text| {
                number(text, 0, 1_000_000_000)
            })?,
            pidfile: Some(one(texts, "pidfile", |text| Ok(PathBuf::from(text)))?)
                .filter(|path| !path.as_os_str().is_empty()),
            access_log: one(texts, "accesslog", |text| {
                Ok(match text {
                    "" => AccessLog::Off,
                    "-" => AccessLog::Stderr,
                    file => AccessLog::File(file.into()),
                })
            })?,
            capacity: one(texts, "capacity", parse_capacity)?,
            ttl: one(texts, "ttl", parse_ttl)?,
            cache: one(texts, "cache", CachePlace::parse)?,
        })
    }
}

/// Reads a setting that has one value.
///
/// # Errors
/// What is wrong with it.
pub fn one<T>(
    texts: &Texts<'_>,
    key: &'static str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Wrong> {
    match texts(key) {
        [] => read("").map_err(|allowed| Wrong { key, text: String::new(), allowed }),
        [text] => read(text).map_err(|allowed| Wrong { key, text: text.clone(), allowed }),
        several => Err(Wrong { key, text: several.join(", "), allowed: "write one".to_owned() }),
    }
}

/// Reads a setting that has one value or more.
fn all<T>(
    texts: &Texts<'_>,
    key: &'static str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Wrong> {
    let wrong = |text: &str, allowed| Wrong { key, text: text.to_owned(), allowed };
    match texts(key) {
        [] => read("").map(|value| vec![value]).map_err(|allowed| wrong("", allowed)),
        texts => {
            texts.iter().map(|text| read(text).map_err(|allowed| wrong(text, allowed))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::cores::{cores, workers_for};

    fn read(key: &'static str, text: &str) -> Result<Settings, Wrong> {
        let texts: Vec<_> = SETTINGS
            .iter()
            .map(|setting| {
                let text = if setting.key == key { text } else { setting.default };
                (setting.key, [text.to_owned()])
            })
            .collect();
        Settings::read(&|key| &texts.iter().find(|(known, _)| *known == key).unwrap().1)
    }

    #[test]
    fn the_defaults_are_gunicorns() {
        let settings = read("", "").ok().unwrap();
        assert_eq!(settings.workers, workers_for(cores()));
        assert_eq!(settings.timeout, Some(Duration::from_secs(30)));
        assert_eq!(settings.graceful_timeout, Duration::from_secs(30));
        assert_eq!(settings.keep_alive, Duration::from_secs(2));
        assert_eq!((settings.backlog, settings.max_requests), (2048, None));
        assert_eq!(settings.cache, CachePlace::Memory);
        assert_eq!(settings.access_log, AccessLog::Off);
    }

    #[test]
    fn what_is_wrong_is_answered_with_what_is_allowed() {
        for (key, text, allowed) in [
            ("bind", "8000", "127.0.0.1:8000"),
            ("bind", "unix:", "unix:/tmp"),
            ("backlog", "0", "from 1"),
            ("workers", "0", "from 1 to 256, or auto"),
            ("workers", "257", "from 1 to 256, or auto"),
            ("workers", "many", "auto"),
            ("workers", "+2", "auto"),
            ("workers", "", "auto"),
            ("timeout", "500ms", "from 1s"),
            ("timeout", "-1", "0 for ever"),
            ("graceful_timeout", "25h", "24h"),
            ("keepalive", "soon", "500ms"),
            ("max_requests", "1.5", "whole number"),
            ("capacity", "0", "from 1"),
            ("ttl", "9000h", "8784h"),
            ("cache", "disk", "memory"),
            ("cache", "rediss://127.0.0.1/", "TLS"),
            ("cache", "redis://127.0.0.1:99999/", "redis://HOST:PORT"),
        ] {
            let wrong = read(key, text).err().unwrap_or_else(|| panic!("{key} = {text}"));
            assert_eq!((wrong.key, wrong.text.as_str()), (key, text));
            assert!(wrong.allowed.contains(allowed), "{key} = {text}: {}", wrong.allowed);
        }
    }

    #[test]
    fn zero_means_never_and_for_ever() {
        assert_eq!(read("timeout", "0").ok().unwrap().timeout, None);
        assert_eq!(read("max_requests", "0").ok().unwrap().max_requests, None);
        assert_eq!(read("max_requests", "7").ok().unwrap().max_requests, Some(7));
    }
}
