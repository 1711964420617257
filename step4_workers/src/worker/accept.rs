//! Accepting connections at once, with a fair share for each worker.
//!
//! All workers share the listening sockets. The system gives a connection to the worker that asks
//! first, which is mostly one that is awake already. With keep-alive, that worker would hold nearly all
//! connections for a long time. So the worker that accepts a connection hands it over to the sibling
//! with the fewest, and no client waits.
//!
//! Waking a sibling takes longer than a hit. So a worker keeps its connections while they come and go
//! fast. On 2 cores, `ab -c 50` without keep-alive got a third fewer responses a second when workers
//! handed over one connection in four.
//!
//! Not all workers watch the sockets, because a connection wakes all watchers, and all but one for
//! nothing (the "thundering herd"). With all five workers watching, `ab` got a third fewer responses.

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

/// How often a worker checks on its siblings. A sibling without a heartbeat since the last look counts
/// as stuck, and the others take over its work.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Accepts from the master's sockets, as one of several workers.
pub struct SharedListener {
    slot: OwnSlot,
    sockets: &'static [Socket],
    /// The same sockets, registered with tokio while this worker watches them.
    watched: Vec<Watched>,
    /// Which socket to check first, so that a busy one does not starve the others.
    first: usize,
    /// The mailboxes of all workers, by slot.
    mailboxes: &'static [Mailbox],
    own_mailbox: Watched,
    /// Each worker's heartbeats at the last look, and whether they had changed since the look before.
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

    /// Takes over the work of siblings that are stuck or gone.
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

    /// The newest workers watch, one for every two cores, because the network keeps the other cores
    /// busy. The oldest do not watch, because they leave first.
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

    /// Takes over the connections in the mailbox of a worker that is stuck or gone.
    fn empty(&self, index: usize) {
        let from = self.slot.board.slot(index);
        while from.handed.load(Relaxed) > 0 {
            match self.mailboxes[index].take() {
                Ok(Some(connection)) => {
                    from.handed.fetch_sub(1, SeqCst);
                    self.slot.handed.fetch_add(1, SeqCst);
                    // Use this worker's own mailbox, as a sibling would. It has room for hundreds.
                    let _ = self.mailboxes[self.slot.index].put(connection.as_fd());
                }
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }

    /// Waits for this worker's next connection.
    async fn next(&mut self) -> io::Result<(Connection, Option<SocketAddr>)> {
        loop {
            // Serve the accepted connections before accepting more.
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
                        // A sibling accepted it first.
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

    /// Hands a connection over if a sibling should have it. Returns whether it did.
    fn hand_over(&mut self, connection: &Socket) -> bool {
        let index = self.who_should_have_it();
        let sibling = self.slot.board.slot(index);
        if index == self.slot.index {
            return false;
        }
        // Count first, then read the state. A leaving worker changes its state first, and then waits
        // for the connections on their way to it.
        sibling.handed.fetch_add(1, SeqCst);
        let is_handed =
            sibling.state().accepts() && self.mailboxes[index].put(connection.as_fd()).is_ok();
        if !is_handed {
            sibling.handed.fetch_sub(1, SeqCst);
        }
        is_handed
    }

    /// The worker with the fewest connections or, among equals, the one that has waited longest. But
    /// this worker keeps a connection while it gets through its own sooner than a sibling wakes up.
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

/// An accepted connection, counted on the scoreboard while it is open.
pub type Connection = Guarded<Counted>;

/// One connection in a worker's count.
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

/// Leaves new connections to the siblings. Returns when no connection is on its way to this worker,
/// which must go on accepting until then.
pub async fn leave(slot: OwnSlot, mailboxes: &[Mailbox]) {
    /// A sibling that dies during a handover leaves a wrong count behind.
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
