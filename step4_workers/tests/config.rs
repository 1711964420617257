//! Settings, from every source.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, process::Command};

use step1_plain::support::testing::{run_command_to_end, run_to_end};
use support::{PROGRAM, scratch, start, wait_for_workers};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/workers.toml");

#[test]
fn the_sample_file_and_its_printed_settings_are_good() {
    let checked = run_to_end(PROGRAM, &["--config", SAMPLE, "--check-config"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let printed = run_to_end(PROGRAM, &["--config", SAMPLE, "--print-config"]);
    assert_eq!(printed.status.code(), Some(0), "{printed:?}");
    assert!(printed.stdout.contains(&format!("workers = 4  # {SAMPLE}:")), "{printed:?}");
    assert!(printed.stdout.contains("max_requests = 100000  # "), "{printed:?}");
    assert!(printed.stdout.contains("timeout = 30  # default\n"), "{printed:?}");
    let file = scratch("printed.toml");
    fs::write(&file, &printed.stdout).unwrap();
    let again = run_to_end(PROGRAM, &["--config", file.to_str().unwrap(), "--check-config"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    fs::remove_file(file).unwrap();
}

#[test]
fn flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults() {
    let file = scratch("layers.toml");
    fs::write(&file, "workers = 2\nbind = '127.0.0.1:2'\nttl = 20").unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["--config", file.to_str().unwrap(), "--print-config", "-b", "127.0.0.1:3"]);
    command.env("WEB_CONCURRENCY", "3").env("BIND", "127.0.0.1:4");
    let printed = run_command_to_end(&mut command).stdout;
    let at = file.display();
    for line in [
        "bind = \"127.0.0.1:3\"  # --bind\n",
        "workers = 3  # environment: WEB_CONCURRENCY\n",
        &format!("ttl = 20  # {at}:3\n"),
        "capacity = 1024  # default\n",
    ] {
        assert!(printed.contains(line), "{line} in {printed}");
    }
    fs::remove_file(file).unwrap();
}

#[test]
fn web_concurrency_sets_the_number_of_workers() {
    let mut command = Command::new(PROGRAM);
    command.args(["--bind", "127.0.0.1:0"]).env("WEB_CONCURRENCY", "4");
    wait_for_workers(&step1_plain::support::testing::Program::start_command(&mut command), 4);
}

#[test]
fn by_default_there_are_two_workers_per_core_and_one_more() {
    let cores = std::thread::available_parallelism().unwrap().get();
    wait_for_workers(&start(&[]), 2 * cores + 1);
}

#[test]
fn a_wrong_setting_and_its_place_are_named_in_one_line_and_the_exit_code_is_2() {
    let file = scratch("wrong.toml");
    fs::write(&file, "\nttl = 'soon'").unwrap();
    let file = file.to_str().unwrap();
    for (args, expected) in [
        (&["--config", file, "--check-config"][..], format!("{file}:2: ttl = \"soon\": write a")),
        (&["--config", file], format!("{file}:2: ttl = \"soon\": write a")),
        (&["--config", "/nowhere"], "cannot read /nowhere: ".to_owned()),
        (&["--config", "/dev/zero"], "cannot read /dev/zero: it is not a file".to_owned()),
        (&["--workers", "0"], "'0' for '--workers <N>': write a whole number from 1 to".to_owned()),
        (&["--max-requests", "-1"], "'-1' for '--max-requests <N>': write a whole".to_owned()),
        (&["--ttl", "-1s"], "'-1s' for '--ttl <DURATION>': write a duration such as".to_owned()),
        (&["--cache", "rediss://h"], "TLS".to_owned()),
        (&["--wrokers", "2"], "'--wrokers' found; see --help".to_owned()),
        (&["--workers"], "'--workers <N>' but none was supplied; see --help".to_owned()),
    ] {
        let stopped = run_to_end(PROGRAM, args);
        assert_eq!(stopped.status.code(), Some(2), "{args:?}: {stopped:?}");
        assert!(stopped.stderr.starts_with("error: "), "{args:?}: {stopped:?}");
        assert!(stopped.stderr.contains(&expected), "{args:?}: {stopped:?}");
        assert_eq!(stopped.stderr.lines().count(), 1, "{args:?}: {stopped:?}");
    }
    let secret = run_to_end(PROGRAM, &["--cache", "redis://:secret@h:99999/", "--check-config"]);
    assert!(secret.stderr.contains("'redis://***@h:99999/'"), "{secret:?}");
    fs::remove_file(file).unwrap();
}

#[test]
fn a_wrong_variable_of_the_environment_is_named_unless_a_flag_beats_it() {
    let check = |name, text: &[u8], args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(args).arg("--check-config").env(name, OsStr::from_bytes(text));
        run_command_to_end(&mut command)
    };
    for bind in [&b""[..], b"8000", b"\xff", b"unix:/tmp/\xff"] {
        let wrong = check("BIND", bind, &[]);
        assert!(wrong.stderr.starts_with("error: environment: BIND: bind = "), "{wrong:?}");
        assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
        assert_eq!(wrong.stderr.lines().count(), 1, "{wrong:?}");
    }
    let wrong = check("WEB_CONCURRENCY", b"lots", &[]);
    assert!(wrong.stderr.contains("WEB_CONCURRENCY: workers = \"lots\": write"), "{wrong:?}");
    let beaten = check("WEB_CONCURRENCY", b"lots", &["-w", "2"]);
    assert_eq!(beaten.status.code(), Some(0), "{beaten:?}");
}

#[test]
fn a_refusal_by_the_system_is_one_line_and_the_exit_code_is_1() {
    for (args, expected) in [
        (["--access-log", "/nowhere/a.log"], "access log /nowhere/a.log: "),
        (["--bind", "unix:/nowhere/at/all.sock"], "unix:/nowhere/at/all.sock"),
    ] {
        let stopped = run_to_end(PROGRAM, &args);
        assert_eq!(stopped.status.code(), Some(1), "{args:?}: {stopped:?}");
        assert!(stopped.stderr.starts_with("error: "), "{args:?}: {stopped:?}");
        assert!(stopped.stderr.contains(expected), "{args:?}: {stopped:?}");
        assert_eq!(stopped.stderr.lines().count(), 1, "{args:?}: {stopped:?}");
    }
}

#[test]
fn help_names_flags_variables_and_defaults() {
    let help = run_to_end(PROGRAM, &["--help"]);
    assert_eq!(help.status.code(), Some(0), "{help:?}");
    for expected in [
        "many workers under one master\n",
        "-b, --bind <ADDR>",
        "[env: BIND=",
        "[default: 127.0.0.1:8000]",
        "--access-log [<FILE>]",
        "-c, --config <FILE>",
        "--check-config",
    ] {
        assert!(help.stdout.contains(expected), "{expected}: {}", help.stdout);
    }
}
