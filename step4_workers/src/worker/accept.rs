//! Accepting connections: at once, and so that each worker has its share.
//!
//! All workers share the listening sockets, and the system gives a connection to whichever worker asks
//! first: mostly to one that is awake already. With keep-alive it would have all connections for a long
//! time. So the worker that accepts a connection hands it over to the sibling that has the fewest, and
//! nobody waits.
//!
//! A sibling has to be woken first, which takes longer than a hit. So while connections come and go
//! fast, a worker keeps them: on 2 cores, `ab -c 50` without keep-alive got a third fewer responses
//! a second if one connection in four was handed over.
//!
//! Not all workers watch the sockets. A connection wakes all that watch, and all but one were woken for
//! nothing (the "thundering herd"). When all of five workers watched, `ab` got a third fewer responses.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    os::fd::AsFd,
    sync::atomic::Ordering::{Relaxed, SeqCst},
    time::Duration,
};

use socket2::Socket;
use step1_plain::support::http::serve::Complaints;
use tokio::{
    io::Interest,
    select,
    task::yield_now,
    time::{Instant, Interval, interval_at, sleep},
};

use crate::{
    scoreboard::{own_slot::OwnSlot, slot::State},
    support::{
        cores::cores,
        guarded::Guarded,
        mailbox::Mailbox,
        pace::Pace,
        sockets::{Watched, as_stream, readable, watch, watch_all},
    },
};

/// How often a worker looks how its siblings are. One whose event loop has not gone round in this time
/// is taken for stuck, and the others do without it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Accepts from the master's sockets, as one of several workers.
pub struct SharedListener {
    slot: OwnSlot,
    sockets: &'static [Socket],
    /// The sockets once more, while this worker watches them.
    watched: Vec<Watched>,
    /// Where to look first, so that a crowd at one socket does not keep out those at the others.
    first: usize,
    /// The mailboxes of all workers, by slot.
    mailboxes: &'static [Mailbox],
    own_mailbox: Watched,
    /// The heartbeats of all workers at the last look, and whether they had changed since the one before.
    hearts: Vec<(u64, bool)>,
    look: Interval,
    pace: Pace,
    complaints: Complaints,
}

impl SharedListener {
    /// Accepts from these sockets, for the worker in this slot.
    ///
    /// # Errors
    /// When the event loop can't watch one of them.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(
        sockets: &'static [Socket],
        mailboxes: &'static [Mailbox],
        slot: OwnSlot,
    ) -> io::Result<Self> {
        let mut listener = Self {
            slot,
            sockets,
            watched: Vec::new(),
            first: 0,
            mailboxes,
            own_mailbox: watch(mailboxes[slot.index].outlet())?,
            hearts: vec![(u64::MAX, true); mailboxes.len()],
            look: interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY),
            pace: Pace::new(slot.closed.load(Relaxed)),
            complaints: Complaints::default(),
        };
        listener.look_around()?;
        Ok(listener)
    }

    /// Notices which siblings are stuck.
    fn listen_to_hearts(&mut self) {
        for (index, (last, beats)) in self.hearts.iter_mut().enumerate() {
            let heartbeats = self.slot.board.slot(index).heartbeats.load(Relaxed);
            *beats = heartbeats != *last;
            *last = heartbeats;
        }
    }

    /// Does what a sibling can't do any more.
    fn look_around(&mut self) -> io::Result<()> {
        for index in 0..self.mailboxes.len() {
            if index != self.slot.index && !self.takes_connections(index) {
                self.empty(index);
            }
        }
        if !self.should_watch() {
            self.watched.clear();
        } else if self.watched.is_empty() {
            self.watched = watch_all(self.sockets)?;
        }
        Ok(())
    }

    /// The newest workers watch, one for every two cores. The other half of the cores has work enough
    /// with the network. The newest, because it is the oldest that leave.
    fn should_watch(&self) -> bool {
        let (board, own) = (self.slot.board, self.slot.number.load(Relaxed));
        let is_newer = |index: &usize| {
            self.takes_connections(*index) && board.slot(*index).number.load(Relaxed) > own
        };
        (0..self.mailboxes.len()).filter(is_newer).count() < (cores() / 2).max(1)
    }

    fn takes_connections(&self, index: usize) -> bool {
        self.hearts[index].1 && self.slot.board.slot(index).state().accepts()
    }

    /// Takes over what lies in the mailbox of a worker that is stuck or gone.
    fn empty(&self, index: usize) {
        let from = self.slot.board.slot(index);
        while from.handed.load(Relaxed) > 0 {
            match self.mailboxes[index].take() {
                Ok(Some(connection)) => {
                    from.handed.fetch_sub(1, SeqCst);
                    self.slot.handed.fetch_add(1, SeqCst);
                    // By the way that it would have come. There is room for hundreds.
                    let _ = self.mailboxes[self.slot.index].put(connection.as_fd());
                }
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }

    /// Waits for the next connection that is this worker's.
    async fn next(&mut self) -> io::Result<(Connection, Option<SocketAddr>)> {
        loop {
            // Those that were accepted before should be served before more are accepted.
            yield_now().await;
            let (connection, address) = select! {
                biased;
                _ = self.look.tick() => {
                    self.listen_to_hearts();
                    self.look_around()?;
                    continue;
                }
                ready = self.own_mailbox.readable() => {
                    let own = self.slot.index;
                    match ready?.try_io(|_| self.mailboxes[own].take()) {
                        Ok(Ok(Some(connection))) => {
                            self.slot.handed.fetch_sub(1, SeqCst);
                            let connection = Socket::from(connection);
                            let Ok(address) = connection.peer_addr() else { continue };
                            (connection, address)
                        }
                        Ok(Ok(None)) => {
                            self.look_around()?;
                            continue;
                        }
                        Ok(Err(error)) => return Err(error),
                        Err(_) => continue,
                    }
                }
                ready = readable(&self.watched, self.first) => {
                    let index = ready?;
                    let accept = |_: &_| self.sockets[index].accept();
                    match self.watched[index].try_io(Interest::READABLE, accept) {
                        Ok((connection, address)) => {
                            self.first = (index + 1) % self.sockets.len();
                            if self.hand_over(&connection) {
                                continue;
                            }
                            (connection, address)
                        }
                        // A sibling was faster.
                        Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                        Err(error) => return Err(error),
                    }
                }
            };
            self.slot.turn.store(self.slot.board.next_turn(), Relaxed);
            let guard = Counted::new(self.slot);
            return Ok((Guarded::new(as_stream(connection)?, guard), address.as_socket()));
        }
    }

    /// Hands a connection over to the sibling that should have it, if it is not this worker.
    fn hand_over(&mut self, connection: &Socket) -> bool {
        let index = self.who_should_have_it();
        let sibling = self.slot.board.slot(index);
        if index == self.slot.index {
            return false;
        }
        // In this order: a worker that leaves changes its state first, and then waits for what is on
        // the way to it.
        sibling.handed.fetch_add(1, SeqCst);
        let is_handed =
            sibling.state().accepts() && self.mailboxes[index].put(connection.as_fd()).is_ok();
        if !is_handed {
            sibling.handed.fetch_sub(1, SeqCst);
        }
        is_handed
    }

    /// The worker with the fewest connections, and of several the one that had its turn first. But this
    /// worker, as long as it gets through those that it has sooner than a sibling wakes up.
    fn who_should_have_it(&mut self) -> usize {
        let own = self.slot.index;
        if self.slot.load() < self.pace.at(self.slot.closed.load(Relaxed)) {
            return own;
        }
        let board = self.slot.board;
        (0..self.mailboxes.len())
            .filter(|&index| index == own || self.takes_connections(index))
            .min_by_key(|&index| {
                let slot = board.slot(index);
                (slot.load(), slot.turn.load(Relaxed))
            })
            .unwrap_or(own)
    }
}

/// An accepted connection, which is on the scoreboard while it is open.
pub type Connection = Guarded<Counted>;

/// One connection in the count of a worker.
pub struct Counted(OwnSlot);

impl Counted {
    fn new(slot: OwnSlot) -> Self {
        slot.connections.fetch_add(1, Relaxed);
        Self(slot)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
        self.0.closed.fetch_add(1, Relaxed);
    }
}

impl axum::serve::Listener for SharedListener {
    type Io = Connection;
    /// `None` for the client of a Unix socket.
    type Addr = Option<SocketAddr>;

    async fn accept(&mut self) -> (Connection, Option<SocketAddr>) {
        loop {
            match self.next().await {
                Ok(accepted) => return accepted,
                Err(error) => self.complaints.wait_after(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Option<SocketAddr>> {
        Ok(self.sockets[0].local_addr()?.as_socket())
    }
}

/// From now on, siblings accept what this worker would have accepted. Returns when nothing is on the way
/// to it any more; it must go on accepting until then.
pub async fn leave(slot: OwnSlot, mailboxes: &[Mailbox]) {
    /// A sibling that dies while it hands a connection over leaves a wrong count behind.
    const AT_MOST: Duration = Duration::from_millis(100);
    slot.set_state(State::Draining);
    let start = Instant::now();
    for (index, mailbox) in mailboxes.iter().enumerate() {
        if slot.board.slot(index).state().accepts() {
            mailbox.ring();
        }
    }
    while slot.handed.load(SeqCst) > 0 && start.elapsed() < AT_MOST {
        sleep(Duration::from_millis(1)).await;
    }
}
