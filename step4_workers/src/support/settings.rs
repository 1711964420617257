//! The settings, all from one definition. Clap derives the command line from it, and serde the settings
//! that a worker inherits.
//!
//! The names are Gunicorn's. An argument's `id` is its key in the file, which often differs from its
//! flag.

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use clap::{CommandFactory, FromArgMatches, Parser, builder::Resettable::Reset};
use serde::{Deserialize, Serialize};
use step2_dict_cache::support::args::parse_capacity;
use step3_ttl_cache::{
    stale::Lifetime,
    support::args::{parse_ttl, parse_window},
};

use crate::support::{
    bind::Bind,
    cache_place::CachePlace,
    parse::{MAX_REQUESTS, duration, file, number, requests, timeout, workers},
};

/// A value that may be none. (clap reads a field's `Option` as "this flag may be missing".)
pub type OrNone<T> = Option<T>;

/// The settings of every program with workers.
#[derive(Clone, Debug, Parser, Serialize, Deserialize)]
#[command(version, about = "Step 4: many workers under one master", long_about = None)]
#[serde(default)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one; unix:PATH is a socket; may be repeated
    #[arg(
        short, long, env = "BIND", value_name = "ADDR",
        default_value = "127.0.0.1:8000", value_parser = Bind::parse
    )]
    pub bind: Vec<Bind>,

    /// Most connections that may wait to be accepted
    #[arg(
        long, value_name = "N", default_value = "2048",
        value_parser = |text: &str| number(text, 1..=65_535)
    )]
    pub backlog: i32,

    /// Worker processes; auto is 2 × cores + 1
    #[arg(
        short, long, env = "WEB_CONCURRENCY", value_name = "N",
        default_value = "auto", value_parser = workers
    )]
    pub workers: usize,

    /// How long an event loop may be stuck before the master ends its worker; 0 means no limit
    #[arg(short, long, value_name = "DURATION", default_value = "30", value_parser = timeout)]
    pub timeout: OrNone<Duration>,

    /// How long a worker may take to finish its requests when asked to stop
    #[arg(long, value_name = "DURATION", default_value = "30", value_parser = duration)]
    pub graceful_timeout: Duration,

    /// How long a connection waits for the head of a request; 0 is one request a connection
    #[arg(
        id = "keepalive", long = "keep-alive", alias = "keepalive", value_name = "DURATION",
        default_value = "2", value_parser = duration
    )]
    pub keep_alive: Duration,

    /// How long a request may wait and compute before it gets a 503
    #[arg(long, value_name = "DURATION", default_value = "60", value_parser = duration)]
    pub request_timeout: Duration,

    /// After how many requests a worker is replaced; 0 is never
    #[arg(long, value_name = "N", default_value = "0", value_parser = requests)]
    pub max_requests: OrNone<u64>,

    /// Up to how many more, at random, so that not all are replaced at once
    #[arg(
        long, value_name = "N", default_value = "0",
        value_parser = |text: &str| number(text, 0..=MAX_REQUESTS)
    )]
    pub max_requests_jitter: u64,

    /// Where to write the master's process id
    #[arg(
        short, long = "pid", alias = "pidfile", value_name = "FILE",
        default_value = "", hide_default_value = true, value_parser = file
    )]
    pub pidfile: OrNone<PathBuf>,

    /// Write a line a request to standard error, or to this file
    #[arg(
        id = "accesslog", long = "access-log", alias = "access-logfile", value_name = "FILE",
        default_value = "", hide_default_value = true, num_args = 0..=1, default_missing_value = "-"
    )]
    pub access_log: AccessLog,

    /// Most entries that each worker stores; the least recently used is evicted first
    #[arg(long, value_name = "N", default_value = "1024", value_parser = parse_capacity)]
    pub capacity: NonZeroUsize,

    /// How long a response is fresh: 500ms, 10s, 1m, 1h; a plain number is seconds
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_ttl)]
    pub ttl: Duration,

    /// How long an expired response is served while the next one is computed in the background
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_window)]
    pub stale_while_revalidate: Duration,

    /// How long an expired response is served when computing the next one fails
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_window)]
    pub stale_if_error: Duration,

    /// Where responses are stored: memory (of each worker), or redis://HOST:PORT/DB for all
    #[arg(long, value_name = "WHERE", default_value = "memory", value_parser = CachePlace::parse)]
    pub cache: CachePlace,
}

impl Settings {
    /// How long a response lives.
    pub fn lifetime(&self) -> Lifetime {
        Lifetime {
            ttl: self.ttl,
            stale_while_revalidate: self.stale_while_revalidate,
            stale_if_error: self.stale_if_error,
        }
    }

    /// After how many requests one worker is replaced: `max_requests`, plus a random part of
    /// `max_requests_jitter`.
    pub fn max_requests_of_one(&self) -> Option<u64> {
        let random = RandomState::new().hash_one(()) % (self.max_requests_jitter + 1);
        self.max_requests.map(|most| most + random)
    }
}

/// The defaults, for settings that a worker has and its master does not.
impl Default for Settings {
    fn default() -> Self {
        let command = Self::command().mut_args(|setting| setting.env(Reset));
        let defaults = Self::from_arg_matches(&command.get_matches_from([""]));
        defaults.expect("each setting accepts its default")
    }
}

/// Where the server writes one line for each request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// To standard error.
    Stderr,
    /// To the end of this file.
    File(PathBuf),
}

impl From<&str> for AccessLog {
    fn from(text: &str) -> Self {
        match text {
            "" => Self::Off,
            "-" => Self::Stderr,
            file => Self::File(file.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, builder::Resettable};

    use super::*;
    use crate::support::cores::{cores, workers_for};

    fn read(flags: &[&str]) -> Settings {
        // Ignore the environment in which the tests run.
        let command = Settings::command().mut_args(|setting| setting.env(Resettable::Reset));
        let matches = command.get_matches_from([&["test"], flags].concat());
        Settings::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn the_defaults_are_gunicorns() {
        let settings = read(&[]);
        assert_eq!(settings.workers, workers_for(cores()));
        assert_eq!(settings.timeout, Some(Duration::from_secs(30)));
        assert_eq!(settings.graceful_timeout, Duration::from_secs(30));
        assert_eq!(settings.keep_alive, Duration::from_secs(2));
        assert_eq!((settings.backlog, settings.max_requests), (2048, None));
        assert_eq!((settings.pidfile, settings.access_log), (None, AccessLog::Off));
        assert_eq!(settings.cache, CachePlace::Memory);
    }

    #[test]
    fn an_error_names_the_allowed_values() {
        for (flag, allowed) in [
            ("--bind=8000", "127.0.0.1:8000"),
            ("--bind=unix:", "unix:/tmp"),
            ("--backlog=0", "from 1"),
            ("--workers=0", "from 1 to 256, or auto"),
            ("--workers=257", "from 1 to 256, or auto"),
            ("--workers=many", "auto"),
            ("--workers=+2", "auto"),
            ("--workers=", "auto"),
            ("--timeout=500ms", "from 1s"),
            ("--timeout=-1", "0 for no limit"),
            ("--graceful-timeout=25h", "24h"),
            ("--keep-alive=soon", "500ms"),
            ("--max-requests=1.5", "whole number"),
            ("--capacity=0", "from 1"),
            ("--ttl=9000h", "8784h"),
            ("--cache=disk", "memory"),
            ("--cache=rediss://127.0.0.1/", "TLS"),
            ("--cache=redis://127.0.0.1:99999/", "redis://HOST:PORT"),
        ] {
            let error = Settings::try_parse_from(["test", flag]).expect_err(flag).to_string();
            assert!(error.contains(allowed), "{flag}: {error}");
        }
    }

    #[test]
    fn zero_means_no_limit_and_an_empty_name_no_file() {
        let never = read(&["--timeout=0", "--max-requests=0", "--pid=", "--access-log="]);
        assert_eq!((never.timeout, never.max_requests, never.pidfile), (None, None, None));
        assert_eq!(never.access_log, AccessLog::Off);
        assert_eq!(read(&["--max-requests=7"]).max_requests, Some(7));
        assert_eq!(read(&["--access-log"]).access_log, AccessLog::Stderr);
    }

    #[test]
    fn gunicorns_users_find_a_flag_by_its_name_in_the_file_too() {
        let settings = read(&["--keepalive=5", "--pidfile=a.pid", "--access-logfile=a.log"]);
        assert_eq!(settings.keep_alive, Duration::from_secs(5));
        assert_eq!(settings.pidfile, Some("a.pid".into()));
        assert_eq!(settings.access_log, AccessLog::File("a.log".into()));
    }
}
