//! The listening sockets, which the master opens and every worker accepts from.
//!
//! All workers share one socket, so no connection is lost when a worker ends: a connection in the queue
//! waits for the next worker that accepts. (With `SO_REUSEPORT`, each worker has its own socket and
//! queue, and the queue ends with the worker.)

use std::{
    fs,
    io::{self, Error, ErrorKind},
    net::SocketAddr,
    os::{
        fd::OwnedFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::Path,
    rc::Rc,
};

use listenfd::ListenFd;
use socket2::{Domain, SockAddr, Socket, Type};
use step1_plain::support::{
    http::run::{self, cannot_listen, reachable},
    lab::Lab,
};

use crate::support::{bind::Bind, inherit::inherit, settings::Settings};

/// A listening socket of the master.
#[derive(Debug)]
pub struct Listener {
    /// The address in the settings; `None` if the process that started the master opened the socket.
    pub bind: Option<Bind>,
    /// The socket itself.
    pub socket: Socket,
    /// The device and number of our file, because another server may have replaced the file.
    file: Option<(u64, u64)>,
}

impl Listener {
    /// Opens one, with room for `backlog` connections that wait to be accepted.
    ///
    /// # Errors
    /// A sentence that names the problem and the fix.
    pub fn open(bind: &Bind, backlog: i32) -> Result<Self, String> {
        let socket = match bind {
            Bind::Tcp(address) => {
                listen_tcp(*address, backlog).map_err(|error| cannot_listen(*address, &error))
            }
            Bind::Unix(path) => listen_unix(path, backlog)
                .map_err(|error| format!("cannot listen on {bind}: {error}; choose another path")),
        }?;
        let file = match bind {
            Bind::Tcp(_) => None,
            Bind::Unix(path) => identity(path),
        };
        Ok(Self { bind: Some(bind.clone()), socket, file })
    }

    /// The sockets that the starter of this process opened for it, by systemd's convention
    /// (sd_listen_fds(3)).
    ///
    /// # Errors
    /// A sentence that names the problem and the fix.
    pub fn from_starter() -> Result<Vec<Self>, String> {
        let mut given = ListenFd::from_env();
        (0..given.len())
            .filter_map(|index| given.take_raw_fd(index).transpose())
            .map(|number| {
                let socket = number.and_then(inherit).and_then(Self::check);
                let socket = socket.map_err(|error| format!("LISTEN_FDS: {error}; unset it"))?;
                Ok(Self { bind: None, socket, file: None })
            })
            .collect()
    }

    /// The inherited socket, if it is a listening socket.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(inherited: OwnedFd) -> io::Result<Socket> {
        let socket = Socket::from(inherited);
        if !is_listener(&socket)? {
            return Err(Error::other("it is not a listening socket"));
        }
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// `http://ADDR:PORT` with the real port, or `unix:PATH`.
    pub fn url(&self) -> String {
        match (self.address(), &self.bind) {
            (Some(address), _) => format!("http://{address}"),
            (None, Some(bind)) => bind.to_string(),
            (None, None) => "a socket that was inherited".to_owned(),
        }
    }

    /// The commands that send the requests of `lab` to a server on this socket.
    pub fn commands(&self, lab: &Lab) -> String {
        match (self.address(), &self.bind) {
            (Some(address), _) => lab.commands("", &reachable(address).to_string()),
            (None, Some(Bind::Unix(path))) => {
                lab.commands(&format!("--unix-socket {} ", path.display()), "localhost")
            }
            _ => lab.commands("", "localhost"),
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()?.as_socket()
    }

    /// Whether a new client finds it. The file of a Unix socket may be gone, or another server's.
    fn can_be_found(&self) -> bool {
        match &self.bind {
            Some(Bind::Unix(path)) => self.file.is_some() && self.file == identity(path),
            _ => true,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn is_listener(socket: &Socket) -> io::Result<bool> {
    socket.is_listener()
}

/// Elsewhere the system does not tell, and `accept` says what is wrong.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn is_listener(_: &Socket) -> io::Result<bool> {
    Ok(true)
}

/// The listeners in the settings, both open ones and new ones. Sockets from the starter of this process
/// replace them.
///
/// # Errors
/// A sentence that names the problem and the fix.
pub fn listeners(settings: &Settings, open: &[Rc<Listener>]) -> Result<Vec<Rc<Listener>>, String> {
    if open.iter().any(|listener| listener.bind.is_none()) {
        return Ok(open.to_vec());
    }
    let mut open = open.to_vec();
    open.retain(|listener| listener.can_be_found());
    let listener = |bind: &Bind| {
        match open.iter().position(|listener| listener.bind.as_ref() == Some(bind)) {
            Some(index) => {
                let listener = open.swap_remove(index);
                // Listen again, because the backlog may have changed.
                let _ = listener.socket.listen(settings.backlog);
                Ok(listener)
            }
            None => Listener::open(bind, settings.backlog).map(Rc::new),
        }
    };
    settings.bind.iter().map(listener).collect()
}

/// Prints where the server listens. Scripts wait for the first line, and users can paste the others.
pub fn announce(listeners: &[Rc<Listener>], lab: &Lab) {
    let mut text = String::new();
    for listener in listeners {
        text += &format!("listening on {}\n", listener.url());
    }
    text += &listeners[0].commands(lab);
    let pid = std::process::id();
    text += &format!("kill -HUP {pid}   # reload: new settings, new program\n");
    text += &format!("kill -TTIN {pid}  # one worker more; -TTOU: one less\n");
    text += &format!("kill -TERM {pid}  # stop; Ctrl-C too, but without waiting for requests\n");
    run::announce(text);
}

/// Removes the file of a Unix socket.
impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(Bind::Unix(path)) = &self.bind
            && self.can_be_found()
        {
            let _ = fs::remove_file(path);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

fn listen_tcp(address: SocketAddr, backlog: i32) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Without this option, the port stays taken for a minute after its connections are closed.
    socket.set_reuse_address(true)?;
    listen(socket, &address.into(), backlog)
}

fn listen_unix(path: &Path, backlog: i32) -> io::Result<Socket> {
    remove_stale(path)?;
    let address = SockAddr::unix(path)?;
    listen(Socket::new(Domain::UNIX, Type::STREAM, None)?, &address, backlog)
}

fn listen(socket: Socket, address: &SockAddr, backlog: i32) -> io::Result<Socket> {
    socket.bind(address)?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A killed program leaves its socket's file behind, which blocks the next program. The file is stale
/// when no program listens there.
fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(file) = fs::symlink_metadata(path) else { return Ok(()) };
    if !file.file_type().is_socket() {
        return Err(Error::other("a file of that name exists, and it is not a socket"));
    }
    // Don't wait, because a stuck program may never accept.
    let client = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    client.set_nonblocking(true)?;
    match client.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Err(Error::other("another program is listening there")),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        env,
        os::unix::net::{UnixListener, UnixStream},
        path::PathBuf,
    };

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    #[test]
    fn a_stale_socket_file_is_replaced() {
        let path = scratch("stale.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it stays behind");
        let listener = Listener::open(&Bind::Unix(path.clone()), 1).unwrap();
        UnixStream::connect(&path).unwrap();
        drop(listener);
        assert!(!path.exists(), "ours does not");

        let listener = Listener::open(&Bind::Unix(path.clone()), 1).unwrap();
        fs::rename(&path, path.with_extension("old")).unwrap();
        let other = UnixListener::bind(&path).unwrap();
        drop(listener);
        UnixStream::connect(&path).unwrap(); // The other server's file is left alone.
        drop(other);
        fs::remove_file(path.with_extension("old")).and(fs::remove_file(&path)).unwrap();
    }

    #[test]
    fn a_socket_in_use_and_any_other_file_are_left_alone() {
        let path = scratch("used.sock");
        let used = UnixListener::bind(&path).unwrap();
        let refused = Listener::open(&Bind::Unix(path.clone()), 1).unwrap_err();
        assert!(refused.contains("another program is listening"), "{refused}");
        drop(used);
        fs::remove_file(&path).unwrap();

        fs::write(&path, "precious").unwrap();
        let refused = Listener::open(&Bind::Unix(path.clone()), 1).unwrap_err();
        assert!(refused.contains("not a socket"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        fs::remove_file(path).unwrap();
    }

    // On other systems, a full backlog refuses clients as a stale file does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_of_a_stuck_program_is_in_use_and_is_not_waited_for() {
        let path = scratch("stuck.sock");
        let address = SockAddr::unix(&path).unwrap();
        let _stuck = listen(Socket::new(Domain::UNIX, Type::STREAM, None).unwrap(), &address, 0);
        let client = || {
            let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            client.connect(&address).map(|()| client)
        };
        let waiting: Vec<_> = (0..10).map_while(|_| client().ok()).collect();
        assert!(waiting.len() < 10, "its backlog is full");
        let refused = Listener::open(&Bind::Unix(path.clone()), 1).unwrap_err();
        assert!(refused.contains("another program is listening"), "{refused}");
        fs::remove_file(path).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_that_does_not_listen_is_refused() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        assert!(Listener::check(socket.into()).is_err());
    }
}
