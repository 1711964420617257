//! What the program says before it serves. No word of it names a fault.

use std::net::TcpListener;

use step1_plain::support::testing::{Stopped, run_to_end};

use crate::mystery;

const NUMBERS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// Words that would give a fault away.
const FAULTS: [&str; 24] = [
    "shard",
    "shards",
    "hash",
    "hashed",
    "part",
    "parts",
    "leak",
    "leaks",
    "grow",
    "grows",
    "list",
    "scan",
    "scans",
    "disk",
    "report",
    "reports",
    "sleep",
    "sleeps",
    "lock",
    "locks",
    "mutex",
    "nagle",
    "nodelay",
    "tcp_nodelay",
];

/// Runs to its end, and says nothing about a fault.
#[track_caller]
fn run(args: &[&str]) -> Stopped {
    let ended = run_to_end(&mystery(), args);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    let words = said.split(|it: char| !it.is_alphanumeric() && it != '_');
    let found: Vec<_> = words.filter(|it| FAULTS.contains(&&*it.to_lowercase())).collect();
    assert!(found.is_empty(), "{args:?} names {found:?}: {said}");
    ended
}

#[test]
fn help_names_the_numbers_and_the_flags() {
    let help = |args: &[&str]| {
        let ended = run(args);
        assert!(ended.status.success(), "{ended:?}");
        for words in ["Usage: mystery [OPTIONS] <NUMBER>", "from 1 to 6", "--fixed", "--ttl"] {
            assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
        }
    };
    help(&["--help"]);
    NUMBERS.iter().for_each(|number| help(&[number, "--help"]));
}

#[test]
fn a_bad_number_or_flag_is_refused() {
    let number = "write the number of a mystery first, from 1 to 6";
    for (args, why) in [
        (&["0"][..], number),
        (&["7"], number),
        (&["three", "--fixed"], number),
        (&[], "<NUMBER>"),
        (&["--fixed"], "<NUMBER>"),
        (&["--ttl", "1s", "1"], number),
        (&["01", "--workers", "2"], "--workers"),
        (&["1", "--workers", "2"], "--workers"),
        (&["2", "--worker", "2"], "--worker"),
        (&["3", "--ttl", "soon"], "500ms"),
        (&["6", "--ttl", "soon"], "500ms"),
    ] {
        let ended = run(args);
        assert_eq!(ended.status.code(), Some(2), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(why), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    for number in NUMBERS {
        let ended = run(&[number, "--bind", &address]);
        assert_eq!(ended.status.code(), Some(1), "{number}: {ended:?}");
        let why = format!("{address} is in use by another program");
        assert!(ended.stderr.contains(&why), "{number}: {}", ended.stderr);
    }
}

#[test]
fn printed_settings_can_be_read_again_and_the_number_is_not_one_of_them() {
    let path = std::env::temp_dir().join(format!("mystery-{}.toml", std::process::id()));
    let file = path.to_str().unwrap();
    let printed = run(&["4", "--fixed", "--print-config"]).stdout;
    let check = |text: &str| {
        std::fs::write(&path, text).unwrap();
        run(&["4", "--config", file, "--check-config"])
    };
    let (good, bad) = (check(&printed), check("ttl = 1\nnumber = 4"));
    std::fs::remove_file(&path).unwrap();
    assert!(good.status.success(), "{good:?} of {printed}");
    let why = "toml:2: number is not a setting; write it on the command line";
    assert!(bad.stderr.contains(why), "{bad:?}");
}
