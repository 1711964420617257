//! Shows the progress of a loop, if standard error is a terminal.

use std::{
    io::{IsTerminal, Write, stderr},
    time::Duration,
};

use tokio::{
    select,
    time::{MissedTickBehavior, interval},
};

use crate::{
    loops::Outcomes,
    record::{Outcome, Record},
};

/// Records all outcomes of a loop that sends for `length`. `look` sees each outcome first. On a
/// terminal, this also shows the progress.
pub async fn record_all(
    name: &str,
    length: Duration,
    mut outcomes: Outcomes,
    mut look: impl FnMut(&Outcome),
) -> Record {
    let mut record = Record::new(length);
    let mut line = Line::new();
    let mut tick = interval(Duration::from_millis(250));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::new();
    let begin = tick.tick().await;
    loop {
        select! {
            count = outcomes.recv_many(&mut batch, 256) => {
                if count == 0 {
                    break;
                }
                for outcome in batch.drain(..) {
                    look(&outcome);
                    record.add(outcome);
                }
            }
            now = tick.tick(), if line.is_shown => {
                let (seconds, all) = ((now - begin).as_secs_f64(), length.as_secs_f64());
                let (requests, failed) = (record.requests(), record.failed());
                line.rewrite(&if seconds < all {
                    format!("{name}: {seconds:.0} of {all} s, {requests} requests, {failed} errors")
                } else {
                    format!("{name}: waiting for the last responses, {requests} requests")
                });
            }
        }
    }
    line.rewrite("");
    record
}

/// A line of a terminal that is rewritten in place.
struct Line {
    is_shown: bool,
}

impl Line {
    fn new() -> Self {
        Self { is_shown: stderr().is_terminal() }
    }

    fn rewrite(&mut self, text: &str) {
        if self.is_shown {
            // Go back to the first column and erase the line. Errors are ignored, because progress
            // is not important.
            let _ = write!(stderr(), "\r\x1b[2K{text}");
        }
    }
}
