//! One connection of an HTTP/1.1 client, on hyper.

use std::{
    fmt::{self, Display},
    io::ErrorKind,
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use axum::http::{HeaderValue, Request, StatusCode, Uri, header::HOST};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The server and the path of the requests.
#[derive(Clone, Debug)]
pub struct Target {
    /// The addresses of the host. `localhost` often has two.
    pub addresses: Vec<SocketAddr>,
    host: HeaderValue,
    path: Uri,
}

impl Target {
    /// Parses `http://HOST[:PORT][/PATH][?QUERY]`.
    ///
    /// # Errors
    /// A message with an example.
    pub fn parse(url: &str) -> Result<Self, String> {
        let example = "for example http://127.0.0.1:8000/slow?n=1000000";
        let uri: Uri = url.parse().map_err(|_| format!("write a URL, {example}"))?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!("write a URL that begins with http://, {example}"));
        };
        // A user name must not appear in `Host` (RFC 9110, section 7.2).
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let name = authority.host().trim_matches(['[', ']']);
        let port = match host[authority.host().len()..].trim_start_matches(':') {
            "" => 80,
            port => {
                port.parse().map_err(|_| format!("no port has the number {port}; {example}"))?
            }
        };
        let addresses: Vec<_> = (name, port)
            .to_socket_addrs()
            .map_err(|_| format!("no host has the name '{name}'; write one, {example}"))?
            .collect();
        let host = host.parse().map_err(|_| format!("write a URL, {example}"))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = path.parse().map_err(|_| format!("write a URL, {example}"))?;
        Ok(Self { addresses, host, path })
    }

    /// Drops all addresses except the one at which a server listens.
    ///
    /// # Errors
    /// If there is none, with advice.
    pub fn listening(mut self) -> Result<Self, String> {
        match std::net::TcpStream::connect(&*self.addresses) {
            Ok(stream) => {
                self.addresses = stream.peer_addr().into_iter().collect();
                Ok(self)
            }
            Err(error) => {
                let host = self.host.to_str().expect("it was made from a str");
                Err(format!("{host}: {}", Trouble::Connect(error.kind())))
            }
        }
    }
}

/// The reason why a request has no response below 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// No connection.
    Connect(ErrorKind),
    /// The server closed the connection before the end of the response.
    Lost,
    /// A response with an error status.
    Status(StatusCode),
    /// No response in time.
    Timeout,
}

impl Display for Trouble {
    /// The reason and some advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(ErrorKind::ConnectionRefused) => f.write_str(
                "nothing listens on this address; start a server first: cargo run -p step1_plain",
            ),
            Self::Connect(kind) => {
                write!(f, "no connection ({kind}); try fewer connections or a lower rate")
            }
            Self::Lost => f.write_str(
                "the connection broke before the response; look at the server's standard error",
            ),
            Self::Status(StatusCode::SERVICE_UNAVAILABLE) => f.write_str(
                "status 503, the server has too much to do; try a lower rate or fewer clients",
            ),
            Self::Status(status) => {
                write!(f, "status {status}; request the URL with curl to see what is wrong")
            }
            Self::Timeout => {
                f.write_str("no response in time; try a lower rate, or a longer --timeout")
            }
        }
    }
}

/// A connection that opens when it is first needed.
pub struct Connection {
    target: Arc<Target>,
    open: Option<SendRequest<Empty<Bytes>>>,
}

impl Connection {
    /// Creates a connection for requests to `target`, but does not open it yet.
    pub fn to(target: Arc<Target>) -> Self {
        Self { target, open: None }
    }

    /// Sends the request, reads the whole response, and returns its `Server-Timing`. If the
    /// connection is not open, opens it first.
    ///
    /// # Errors
    /// If there is no response, or its status is 400 or more.
    pub async fn get(&mut self) -> Result<Option<HeaderValue>, Trouble> {
        // Dropping this future also drops the connection, which closes it.
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        // The server may have closed the connection while it was idle.
        if open.ready().await.is_err() {
            open = self.connect().await?;
        }
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.target.path.clone();
        request.headers_mut().insert(HOST, self.target.host.clone());
        let mut response = open.send_request(request).await.map_err(|_| Trouble::Lost)?;
        while let Some(frame) = response.frame().await {
            frame.map_err(|_| Trouble::Lost)?;
        }
        self.open = Some(open);
        match response.status() {
            status if status.is_client_error() || status.is_server_error() => {
                Err(Trouble::Status(status))
            }
            _ => Ok(response.headers_mut().remove("server-timing")),
        }
    }

    async fn connect(&self) -> Result<SendRequest<Empty<Bytes>>, Trouble> {
        let stream = TcpStream::connect(&*self.target.addresses).await;
        let stream = stream.map_err(|error| Trouble::Connect(error.kind()))?;
        let _ = stream.set_nodelay(true); // A small request, so waiting only delays it.
        let (open, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|_| Trouble::Lost)?;
        tokio::spawn(connection);
        Ok(open)
    }
}
