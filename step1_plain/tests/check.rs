//! What `check.sh` says about machines that lack something.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use step1_plain::support::testing::{Program, run_command_to_end};

/// A machine with only these programs.
struct Machine {
    bin: PathBuf,
}

impl Machine {
    /// A machine with all programs that are needed, and no others.
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("check-{}-{}", process::id(), MADE.fetch_add(1, Relaxed));
        let bin = env::temp_dir().join(name);
        fs::create_dir_all(&bin).unwrap();
        let machine = Self { bin };
        for tool in ["sed", "sort", "head", "mktemp", "rm", "awk", "cat"] {
            let paths = env::var_os("PATH").unwrap();
            let tool = env::split_paths(&paths).map(|path| path.join(tool)).find(|it| it.exists());
            let tool = tool.unwrap();
            symlink(&tool, machine.bin.join(tool.file_name().unwrap())).unwrap();
        }
        machine
            .with("uname", "echo Linux")
            .with("rustc", "echo 'rustc 1.99.0 (of this test)'; cat >/dev/null")
            .with("cargo", "true")
            .with("curl", "exit 7")
            .with("df", "echo head; echo disk 0 0 $((100 * 1024 * 1024)) 0%")
            .with("getconf", "echo 4")
    }

    fn with(self, name: &str, script: &str) -> Self {
        let path = self.bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.bin.join(name)).unwrap();
        self
    }

    /// Whether the check succeeds, and what it says.
    fn check_in(&self, folder: &Path) -> (bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("check.sh");
        let mut command = Command::new("/bin/sh");
        command.arg(script).current_dir(folder).env_clear().env("PATH", &self.bin);
        let stopped = run_command_to_end(&mut command);
        assert_eq!(stopped.stderr, "", "{}", stopped.stdout);
        (stopped.status.success(), stopped.stdout)
    }

    fn check(&self) -> (bool, String) {
        self.check_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    /// Fails unless the check succeeds anyway, and says this.
    #[track_caller]
    fn expect_ready_and(&self, fix: &str) {
        let (is_ready, said) = self.check();
        assert!(is_ready && said.contains(fix), "{fix}: {said}");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.bin);
    }
}

#[test]
fn a_machine_with_all_that_is_needed_is_ready() {
    let (is_ready, said) = Machine::new().check();
    assert!(is_ready && said.ends_with("ready: cargo run -p step1_plain\n"), "{said}");
    assert!(!said.contains("MISSING"), "{said}");
    // None of these is needed, and each is reported.
    for optional in ["hey", "ab", "redis-server", "nginx", "go", "a browser"] {
        assert!(said.contains(&format!("without  {optional}: ")), "{optional}: {said}");
    }
}

#[test]
fn each_missing_tool_is_reported_with_its_fix() {
    let cannot_link = "[ $# -eq 1 ] && { echo 'rustc 1.99.0 (x)'; exit; }; cat >/dev/null; \
                       echo 'error: linker `cc` not found' >&2; exit 1";
    for (machine, what, fix) in [
        (Machine::new().without("cargo"), "Rust", "https://rustup.rs"),
        (Machine::new().with("rustc", "exit 1"), "Rust", "rustup default stable"),
        (Machine::new().with("rustc", "echo 'rustc 1.9.0 (x)'"), "this is 1.9.0", "rustup update"),
        (Machine::new().with("rustc", cannot_link), "linker `cc` not found", "apt install gcc"),
        (Machine::new().without("curl"), "curl", "apt install curl"),
        (Machine::new().with("curl", "exit 0"), "port 8000", "--bind 127.0.0.1:8001"),
        (
            Machine::new().with("df", "echo; echo disk 0 0 2097152 0%"),
            "(there are 2)",
            "CARGO_TARGET_DIR",
        ),
    ] {
        let (is_ready, said) = machine.check();
        assert!(!is_ready && said.contains("not ready: 1 missing"), "{what}: {said}");
        let missing = said.split("MISSING").nth(1).unwrap();
        assert!(missing.contains(what) && missing.contains(fix), "{what}: {said}");
    }
}

#[test]
fn missing_optional_tools_are_reported_and_do_not_fail_the_check() {
    Machine::new().with("cargo", "exit 101").expect_ready_and("cargo fetch --locked");
    Machine::new().with("getconf", "echo 1").expect_ready_and("look at the recorded figures");
}

#[test]
fn a_server_of_ours_on_the_port_is_named_and_no_hindrance() {
    // What `/healthz` of a real one sends.
    let program = Program::start(env!("CARGO_BIN_EXE_step1_plain"), &[]);
    let health = program.connect().get("/healthz");
    let mut response = String::from("HTTP/1.1 200 OK\n");
    for (name, value) in &health.headers {
        response += &format!("{name}: {value}\n");
    }
    let script = format!("cat <<'END'\n{response}\n{}END", health.text());
    let ours = Machine::new().with("curl", &script);
    ours.expect_ready_and("one of our own servers is running there");
    ours.expect_ready_and("-> stop it with Ctrl-C in its terminal");
    // A FastAPI server of the same course has one of the two headers.
    let other = Machine::new().with("curl", "echo x-process-time: 0.000123");
    let (is_ready, said) = other.check();
    assert!(!is_ready && said.contains("another program listens there"), "{said}");
}

#[test]
fn each_system_has_its_own_fixes() {
    let system = |name, script| Machine::new().with(name, script);
    system("uname", "echo Darwin").expect_ready_and("brew install httpd");
    system("uname", "echo MINGW64_NT").expect_ready_and("in WSL: sudo apt install redis-server");
    system("dnf", "true").expect_ready_and("sudo dnf install httpd-tools");
    system("pacman", "true").expect_ready_and("sudo pacman -S apache");
}

#[test]
fn in_another_folder_it_says_where_to_go() {
    let (is_ready, said) = Machine::new().check_in(&env::temp_dir());
    assert!(!is_ready && said.contains("cd to the folder with Cargo.toml"), "{said}");
}
