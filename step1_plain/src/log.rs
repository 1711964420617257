//! Lines on standard error, written by a thread of their own.
//!
//! Standard error may be a pipe that somebody holds open and does not read. Writing to it then
//! waits for ever, and an event loop that waits for its log answers nobody.

use std::{
    fmt,
    io::{Write, stderr},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// How many lines may wait to be written; more are counted, and lost.
const WAITING: usize = 4096;

static WRITER: OnceLock<SyncSender<Message>> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

enum Message {
    Line(String),
    /// All lines before this one are written.
    Flushed(SyncSender<()>),
}

/// Writes one line, whole, sooner or later.
pub fn log(line: fmt::Arguments<'_>) {
    if writer().try_send(Message::Line(format!("{line}\n"))).is_err() {
        LOST.fetch_add(1, Relaxed);
    }
}

/// Waits until all lines are written, but for no longer than a second.
pub fn flush() {
    let (done, is_done) = sync_channel(1);
    if writer().try_send(Message::Flushed(done)).is_ok() {
        let _ = is_done.recv_timeout(Duration::from_secs(1));
    }
}

fn writer() -> &'static SyncSender<Message> {
    WRITER.get_or_init(|| {
        let (sender, messages) = sync_channel(WAITING);
        thread::spawn(move || {
            for message in messages {
                match message {
                    Message::Line(line) => write(&line),
                    Message::Flushed(done) => drop(done.send(())),
                }
                match LOST.swap(0, Relaxed) {
                    0 => {}
                    lost => write(&format!("{lost} lines of this log are lost: nobody read it\n")),
                }
            }
        });
        sender
    })
}

/// One write for one line, so that several processes on one terminal do not mix theirs. (And no
/// `eprintln!`, which panics when standard error is closed.)
fn write(line: &str) {
    let _ = stderr().write_all(line.as_bytes());
}
