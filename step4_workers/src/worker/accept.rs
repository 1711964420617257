//! Accepting connections at once, with a fair share for each worker.
//!
//! All workers share the listening sockets. The system gives a connection to the worker that calls
//! `accept` first, usually one that is already awake. With keep-alive, that worker would hold nearly all
//! connections for a long time. So the worker that accepts a connection hands it over to the sibling
//! with the fewest, and no client waits.
//!
//! Waking a sibling takes longer than a hit, so a worker keeps connections that come and go fast. Handing
//! over one in four cost `ab -c 50` without keep-alive a third of its responses a second, on 2 cores.
//!
//! Not all workers watch the sockets, because a connection wakes all watchers, and all but one for
//! nothing (the "thundering herd"). With all five workers watching, `ab` got a third fewer responses.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    net::SocketAddr,
    os::fd::AsFd,
    sync::atomic::Ordering::{Relaxed, SeqCst},
    time::Duration,
};

use socket2::{SockAddr, Socket};
use step1_plain::support::http::serve::Complaints;
use tokio::{
    io::Interest,
    select,
    task::yield_now,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::siblings::Siblings;
use crate::{
    scoreboard::slot::OwnSlot,
    support::{
        guarded::Guarded,
        mailbox::{Mail, Mailbox},
        sockets::{Watched, as_stream, readable, watch},
    },
};

/// How often a worker checks on its siblings.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// Accepts from the master's sockets, as one of several workers.
pub struct SharedListener {
    slot: OwnSlot,
    sockets: Vec<Socket>,
    /// The same sockets, registered with tokio while this worker watches them.
    watched: Vec<Watched>,
    /// Which socket to check first, so that a busy one does not starve the others.
    first: usize,
    /// The mailboxes of all workers, by slot.
    mailboxes: &'static [Mailbox],
    own_mailbox: Watched,
    /// The connections that this worker has taken from mailboxes and not served yet.
    taken: VecDeque<Socket>,
    siblings: Siblings,
    check: Interval,
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
        sockets: Vec<Socket>,
        mailboxes: &'static [Mailbox],
        slot: OwnSlot,
    ) -> io::Result<Self> {
        let mut check = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut listener = Self {
            slot,
            sockets,
            watched: Vec::new(),
            first: 0,
            mailboxes,
            own_mailbox: watch(mailboxes[slot.index].outlet())?,
            taken: VecDeque::new(),
            siblings: Siblings::new(slot, mailboxes.len()),
            check,
            complaints: Complaints::default(),
        };
        // The worker before in this slot may have left connections, and a wrong count of them.
        listener.take_over(slot.index);
        slot.in_mailbox.store(listener.taken.len() as u64, SeqCst);
        listener.stand_in()?;
        Ok(listener)
    }

    /// Does the work of siblings that are stuck or gone.
    fn stand_in(&mut self) -> io::Result<()> {
        for index in 0..self.mailboxes.len() {
            let has_mail = self.slot.board.slot(index).in_mailbox.load(Relaxed) > 0;
            if has_mail && index != self.slot.index && !self.siblings.is_available(index) {
                self.take_over(index);
            }
        }
        if !self.siblings.should_watch() {
            self.watched.clear();
        } else if self.watched.is_empty() {
            let watched = self.sockets.iter().map(|socket| watch(socket.as_fd()));
            self.watched = watched.collect::<io::Result<_>>()?;
        }
        Ok(())
    }

    /// Takes all connections out of a mailbox.
    fn take_over(&mut self, index: usize) {
        let from = self.slot.board.slot(index);
        while let Ok(mail) = self.mailboxes[index].take() {
            match mail {
                Mail::Connection(connection) => {
                    from.count_out();
                    self.slot.in_mailbox.fetch_add(1, SeqCst);
                    self.taken.push_back(connection.into());
                }
                Mail::Lost => from.count_out(),
                Mail::Ring => {}
            }
        }
    }

    /// Waits for this worker's next connection.
    async fn next(&mut self) -> io::Result<(Socket, SockAddr)> {
        loop {
            // Serve the accepted connections before accepting more.
            yield_now().await;
            if let Some(connection) = self.taken.pop_front() {
                self.slot.count_out();
                // Without an address, its client has left.
                let Ok(address) = connection.peer_addr() else { continue };
                return Ok((connection, address));
            }
            select! {
                biased;
                _ = self.check.tick() => {
                    self.slot.is_full.store(0, Relaxed);
                    self.siblings.check_heartbeats();
                    self.stand_in()?;
                }
                ready = self.own_mailbox.readable() => {
                    let own = self.slot.index;
                    match ready?.try_io(|_| self.mailboxes[own].take()) {
                        Ok(Ok(Mail::Connection(connection))) => {
                            self.taken.push_back(connection.into());
                        }
                        Ok(Ok(Mail::Lost)) => self.slot.count_out(),
                        Ok(Ok(Mail::Ring)) => self.stand_in()?,
                        Ok(Err(error)) => return Err(error),
                        Err(_) => {} // It is empty.
                    }
                }
                ready = readable(&self.watched, self.first) => {
                    let index = ready?;
                    let accept = |_: &_| self.sockets[index].accept();
                    match self.watched[index].try_io(Interest::READABLE, accept) {
                        Ok((connection, address)) => {
                            self.first = (index + 1) % self.sockets.len();
                            if !self.hand_over(&connection) {
                                return Ok((connection, address));
                            }
                        }
                        // A sibling accepted it first.
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    /// Hands a connection over if a sibling should have it. Returns whether it did.
    fn hand_over(&mut self, connection: &Socket) -> bool {
        let index = self.siblings.least_loaded();
        if index == self.slot.index {
            return false;
        }
        // Count first, then read the state. A leaving worker changes its state first, and then waits
        // for the connections on their way to it.
        let sibling = self.slot.board.slot(index);
        sibling.in_mailbox.fetch_add(1, SeqCst);
        let is_handed =
            sibling.state().accepts() && self.mailboxes[index].put(connection.as_fd()).is_ok();
        if !is_handed {
            sibling.count_out();
        }
        is_handed
    }
}

/// Lets all siblings that accept connections know that they may have to stand in for this worker.
pub fn ring_all(slot: OwnSlot, mailboxes: &[Mailbox]) {
    for (index, mailbox) in mailboxes.iter().enumerate() {
        if index != slot.index && slot.board.slot(index).state().accepts() {
            mailbox.ring();
        }
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
            let next = self.next().await.and_then(|(it, address)| Ok((as_stream(it)?, address)));
            match next {
                Ok((stream, address)) => {
                    let now = self.slot.board.next_connection();
                    self.slot.last_connection.store(now, Relaxed);
                    return (Guarded::new(stream, Counted::new(self.slot)), address.as_socket());
                }
                Err(error) => {
                    let is_full = self.complaints.wait_after(&error).await;
                    self.slot.is_full.store(is_full.into(), Relaxed);
                    ring_all(self.slot, self.mailboxes);
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Option<SocketAddr>> {
        Ok(self.sockets[0].local_addr()?.as_socket())
    }
}
