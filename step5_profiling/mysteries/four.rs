//! Twice a second, a request writes a report to a slow disk, which takes 50 ms, on the thread of the event
//! loop. Every request that arrives in this time waits in its socket, where no clock of the server
//! runs. A closed loop sends hardly any requests in this time, because its clients wait, too. The fix writes
//! on a separate thread.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// How often a report is due.
const EVERY: Duration = Duration::from_millis(500);

/// When the last report was written, and the thread that writes.
#[derive(Clone)]
pub struct Reports {
    last: Arc<Mutex<Instant>>,
    /// Only in the fixed server.
    writer: Option<Sender<()>>,
}

/// No report yet.
pub fn state(fixed: bool) -> Reports {
    let writer = fixed.then(|| {
        let (writer, reports) = channel();
        thread::spawn(move || reports.iter().for_each(|()| write()));
        writer
    });
    Reports { last: Arc::new(Instant::now().into()), writer }
}

impl Reports {
    fn note(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= EVERY {
            *last = Instant::now();
            match &self.writer {
                Some(writer) => _ = writer.send(()),
                None => write(),
            }
        }
    }
}

/// Simulates the disk.
fn write() {
    thread::sleep(Duration::from_millis(50));
}

/// The layer around all routes.
pub async fn around(State(reports): State<Reports>, request: Request, next: Next) -> Response {
    reports.note();
    next.run(request).await
}
