//! Logs, each written by its own thread.
//!
//! Standard error may be a pipe that another program holds open without reading from it. Once the
//! pipe is full, a write blocks forever, and an event loop that is blocked by its log serves no
//! client.

use std::{
    fmt,
    io::{Write, stderr},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::{Duration, SystemTime},
};

use humantime::format_rfc3339_millis;

/// How many lines may wait to be written. Further lines are dropped and counted.
const WAITING: usize = 4096;

/// A log whose lines begin with the time (RFC 3339, UTC).
pub struct Log {
    writer: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    /// Requests a reply once all earlier lines are written.
    Flushed(SyncSender<()>),
}

impl Log {
    /// A log that writes to `sink`. Each line is one call of `write_all`, so several processes can
    /// append to the same file.
    pub fn new(mut sink: impl Write + Send + 'static) -> Self {
        let (writer, messages) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let log = Self { writer, lost: lost.clone() };
        // A line that can't be written is lost. `eprintln!` would panic when standard error is
        // closed.
        let mut write = move |line: &str| drop(sink.write_all(line.as_bytes()));
        thread::spawn(move || {
            for message in messages {
                match message {
                    Message::Line(line) => write(&line),
                    Message::Flushed(done) => drop(done.send(())),
                }
                match lost.swap(0, Relaxed) {
                    0 => {}
                    lost => write(&stamped(format_args!(
                        "{lost} log lines dropped because they could not be written fast enough"
                    ))),
                }
            }
        });
        log
    }

    /// The log on standard error.
    pub fn to_stderr() -> &'static Self {
        static STDERR: OnceLock<Log> = OnceLock::new();
        STDERR.get_or_init(|| Self::new(stderr()))
    }

    /// Queues one line for writing and never blocks. If the queue is full, the line is lost.
    pub fn line(&self, line: fmt::Arguments<'_>) {
        if self.writer.try_send(Message::Line(stamped(line))).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// Waits until all lines are written, but for at most a second.
    pub fn flush(&self) {
        let (done, is_done) = sync_channel(1);
        if self.writer.try_send(Message::Flushed(done)).is_ok() {
            let _ = is_done.recv_timeout(Duration::from_secs(1));
        }
    }
}

fn stamped(line: fmt::Arguments<'_>) -> String {
    format!("{} {line}\n", format_rfc3339_millis(SystemTime::now()))
}

/// Queues one line for standard error.
pub fn log(line: fmt::Arguments<'_>) {
    Log::to_stderr().line(line);
}
