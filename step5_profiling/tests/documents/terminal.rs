//! The terminals of a reader who follows a document: one for each server, and one for everything else.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

/// No command takes longer, with all that it has to build.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a server has to stop after Ctrl-C.
const STOPPING: Duration = Duration::from_secs(20);

/// A copy of the workspace as it is, to follow documents in; gone when dropped.
pub struct Checkout {
    top: PathBuf,
    folder: PathBuf,
    terminals: BTreeMap<String, Terminal>,
}

struct Terminal {
    child: Child,
    output: PathBuf,
}

impl Checkout {
    /// Copies the workspace at `top`. What has been built there is used.
    pub fn copy_of(top: &Path) -> io::Result<Self> {
        // Always the same, so that what has been built for it is there the next time.
        let folder = std::env::temp_dir().join("documents-of-the-course");
        let _ = fs::remove_dir_all(&folder);
        let (from, to) = (top.to_string_lossy(), folder.to_string_lossy());
        git(&["clone", "--quiet", "--local", &from, &to], top)?;
        // What has been written and not yet committed is to be tried, too.
        for file in git(&["ls-files", "--modified", "--others", "--exclude-standard"], top)?.lines()
        {
            if let Some(parent) = folder.join(file).parent() {
                fs::create_dir_all(parent)?;
            }
            // A file that was deleted is modified as well.
            if top.join(file).exists() {
                fs::copy(top.join(file), folder.join(file))?;
            } else {
                fs::remove_file(folder.join(file))?;
            }
        }
        // As in a terminal, where curl shows no meter beside what it prints.
        fs::write(folder.join(".curlrc"), "no-progress-meter\n")?;
        std::os::unix::fs::symlink(top.join("target"), folder.join("target"))?;
        git(&["add", "--all"], &folder)?;
        let copy = Self { top: top.to_owned(), folder, terminals: BTreeMap::new() };
        copy.copy_times()?;
        Ok(copy)
    }

    /// Gives each file the time of its original: by these times, Cargo knows that what has been built of the
    /// one is not to be built of the other.
    pub fn copy_times(&self) -> io::Result<()> {
        for file in git(&["ls-files"], &self.folder)?.lines() {
            if let Ok(original) = self.top.join(file).metadata() {
                File::open(self.folder.join(file))?.set_modified(original.modified()?)?;
            }
        }
        Ok(())
    }

    /// Stops every server, and undoes what has been changed.
    pub fn clean(&mut self) -> io::Result<()> {
        for terminal in self.terminals.keys().cloned().collect::<Vec<_>>() {
            let _ = self.stop(&terminal);
        }
        // What has been built of a changed file is not what is built of its original.
        for file in git(&["diff", "--name-only"], &self.folder)?.lines() {
            File::open(self.top.join(file))?.set_modified(SystemTime::now())?;
        }
        git(&["clean", "--quiet", "--force", "-d"], &self.folder)?;
        git(&["checkout", "--", "."], &self.folder)?;
        Ok(())
    }

    /// Runs a script to its end, and returns what it printed.
    pub fn run(&self, script: &str) -> Result<String, String> {
        let path = self.folder.join("output");
        let mut child = self.start(script, &path).map_err(|error| error.to_string())?;
        let status = wait(&mut child, PATIENCE);
        // With all that it has left running.
        end(&child, "KILL");
        let printed = fs::read_to_string(&path).unwrap_or_default();
        match status {
            Some(status) if status.success() => Ok(printed),
            Some(status) => Err(format!("it failed ({status}), after it had printed\n{printed}")),
            None => {
                let _ = child.wait();
                Err(format!("it takes more than {PATIENCE:?}; it has printed\n{printed}"))
            }
        }
    }

    /// Starts a server in the terminal of this name, in place of the one there, and returns what it
    /// prints until it listens.
    pub fn serve(&mut self, terminal: &str, script: &str) -> Result<String, String> {
        self.open(terminal, script)?;
        let server = self.terminals.get_mut(terminal).expect("it has just been opened");
        let start = Instant::now();
        loop {
            let printed = fs::read_to_string(&server.output).unwrap_or_default();
            let ready = ["listening on ", "Ready to accept connections", "start worker processes"];
            if ready.iter().any(|ready| printed.contains(ready)) {
                // The rest of what it says at first comes with it.
                sleep(Duration::from_millis(300));
                return Ok(fs::read_to_string(&server.output).unwrap_or_default());
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("the server ended ({status}); it has printed\n{printed}"));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("the server never listens; it has printed\n{printed}"));
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Starts what goes on asking, in the terminal of this name.
    pub fn load(&mut self, terminal: &str, script: &str) -> Result<String, String> {
        self.open(terminal, script)?;
        sleep(Duration::from_millis(500));
        Ok(String::new())
    }

    fn open(&mut self, terminal: &str, script: &str) -> Result<(), String> {
        self.stop(terminal)?;
        let output = self.folder.join(format!("output-of-{terminal}"));
        let child = self.start(script, &output).map_err(|error| error.to_string())?;
        self.terminals.insert(terminal.to_owned(), Terminal { child, output });
        Ok(())
    }

    /// Presses Ctrl-C in a terminal.
    pub fn stop(&mut self, terminal: &str) -> Result<(), String> {
        let Some(mut server) = self.terminals.remove(terminal) else { return Ok(()) };
        end(&server.child, "INT");
        if wait(&mut server.child, STOPPING).is_some() {
            return Ok(());
        }
        end(&server.child, "KILL");
        let _ = server.child.wait();
        Err("the server does not stop at Ctrl-C".to_owned())
    }

    /// In a process group of its own, so that Ctrl-C reaches all that it starts.
    fn start(&self, script: &str, output: &Path) -> io::Result<Child> {
        let output = File::create(output)?;
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(&self.folder)
            .env("CARGO_TERM_QUIET", "true")
            .env("CURL_HOME", &self.folder)
            .env_remove("BIND")
            .env_remove("WEB_CONCURRENCY")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = self.clean();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs Git in this folder, and returns what it prints.
fn git(arguments: &[&str], folder: &Path) -> io::Result<String> {
    let output = Command::new("git").args(arguments).current_dir(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(io::Error::other(text)) }
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < patience {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        sleep(Duration::from_millis(20));
    }
    None
}

/// Sends a signal to the whole group.
fn end(child: &Child, signal: &str) {
    let group = format!("-{}", child.id());
    // Of a group that has ended by itself, it says that there is none.
    let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
}
