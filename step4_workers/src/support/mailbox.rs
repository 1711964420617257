//! Handing an open connection over to a sibling, through the mailbox that each worker has.
//!
//! A mailbox is a pair of connected Unix sockets. A descriptor that is sent through it is open in the
//! receiving process (unix(7), `SCM_RIGHTS`), and so is its connection. All workers and the master have
//! both ends of each mailbox. So no connection is lost in the mailbox of a dead worker, because a
//! sibling takes it out.

use std::{
    io::{self, IoSlice, IoSliceMut, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::{
    cmsg_space,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    },
};

/// Room for one descriptor beside a message.
const ROOM: usize = cmsg_space!(ScmRights(1));

/// One worker's mailbox.
pub struct Mailbox {
    inlet: UnixStream,
    outlet: UnixStream,
}

impl Mailbox {
    /// An empty mailbox.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn new() -> io::Result<Self> {
        let (inlet, outlet) = UnixStream::pair().map_err(|error| {
            io::Error::other(format!(
                "{error}: each worker takes four descriptors and some more; raise ulimit -n, or start \
                 fewer --workers"
            ))
        })?;
        inlet.set_nonblocking(true)?;
        outlet.set_nonblocking(true)?;
        Ok(Self { inlet, outlet })
    }

    /// The mailbox with these inherited ends, in the order of [`ends`](Self::ends).
    ///
    /// # Errors
    /// When an end was not inherited.
    pub fn inherited([inlet, outlet]: [io::Result<OwnedFd>; 2]) -> io::Result<Self> {
        Ok(Self { inlet: inlet?.into(), outlet: outlet?.into() })
    }

    /// Both ends, for a worker to inherit.
    pub fn ends(&self) -> [BorrowedFd<'_>; 2] {
        [self.inlet.as_fd(), self.outlet.as_fd()]
    }

    /// The end that is readable while the mailbox is not empty.
    pub fn outlet(&self) -> BorrowedFd<'_> {
        self.outlet.as_fd()
    }

    /// Puts a descriptor in. After that, the sender may close its own copy.
    ///
    /// # Errors
    /// `WouldBlock` when the mailbox is full.
    pub fn put(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let (mut space, fds) = ([MaybeUninit::uninit(); ROOM], [fd]);
        let mut beside = SendAncillaryBuffer::new(&mut space);
        beside.push(SendAncillaryMessage::ScmRights(&fds));
        // A descriptor travels beside at least one byte.
        sendmsg(&self.inlet, &[IoSlice::new(b"!")], &mut beside, SendFlags::empty())?;
        Ok(())
    }

    /// Rings, so that the owner looks around after a change. An owner with a full mailbox is about to
    /// look into it anyway.
    pub fn ring(&self) {
        let _ = (&self.inlet).write(b"!");
    }

    /// Takes the oldest piece of mail out.
    ///
    /// # Errors
    /// `WouldBlock` when the mailbox is empty.
    pub fn take(&self) -> io::Result<Mail> {
        let (mut space, mut byte) = ([MaybeUninit::uninit(); ROOM], [0]);
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let message = &mut [IoSliceMut::new(&mut byte)];
        let received = recvmsg(&self.outlet, message, &mut beside, RecvFlags::empty())?;
        let fd = beside.drain().find_map(|it| match it {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        });
        Ok(match fd {
            Some(fd) => Mail::Connection(fd),
            None if received.flags.contains(ReturnFlags::CTRUNC) => Mail::Lost,
            None => Mail::Ring,
        })
    }
}

/// What comes out of a mailbox.
#[derive(Debug)]
pub enum Mail {
    /// A descriptor.
    Connection(OwnedFd),
    /// The system has closed a descriptor, because this process has no room for another one.
    Lost,
    /// A sibling rang; see [`Mailbox::ring`].
    Ring,
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};

    use super::*;

    #[test]
    fn descriptors_come_out_open_and_in_order() {
        let mailbox = Mailbox::new().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let (_, other) = io::pipe().unwrap();
        mailbox.put(writer.as_fd()).unwrap();
        mailbox.put(other.as_fd()).unwrap();
        drop(writer);
        let Mail::Connection(taken) = mailbox.take().unwrap() else { panic!("it is there") };
        io::PipeWriter::from(taken).write_all(b"hello").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        assert!(matches!(mailbox.take().unwrap(), Mail::Connection(_)));
        mailbox.ring();
        assert!(matches!(mailbox.take().unwrap(), Mail::Ring));
        assert_eq!(mailbox.take().unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[test]
    fn a_full_mailbox_takes_no_more() {
        let mailbox = Mailbox::new().unwrap();
        let (_reader, writer) = io::pipe().unwrap();
        let error = (0..100_000).find_map(|_| mailbox.put(writer.as_fd()).err()).unwrap();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
}
