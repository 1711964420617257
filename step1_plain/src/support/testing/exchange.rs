//! A connection to any server. It reads everything that HTTP/1 allows (RFC 9112), while
//! [`Client`](super::Client) reads only the responses of our own servers.
//!
//! It is written by hand because it is only a page of code. hyper's client would add two crates to
//! every student's first build of the tests.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use super::Response;

/// A connection on which each response is read before the next request is sent.
pub struct Exchange(BufReader<Timed>);

/// Why there is no response.
#[derive(Debug)]
pub enum Failure {
    /// The deadline passed.
    TooLate,
    /// The server closed the connection before it sent a byte.
    Closed,
    /// Another error, as a message.
    Broken(String),
}

impl Exchange {
    /// Connects to the first of these addresses where a server listens, until `deadline`.
    ///
    /// # Errors
    /// If no server listens at any of them.
    pub fn open(addresses: &[SocketAddr], deadline: Instant) -> io::Result<Self> {
        let connect = |address| TcpStream::connect_timeout(address, left(deadline)?);
        let mut connected = Err(ErrorKind::AddrNotAvailable.into());
        for address in addresses {
            connected = connect(address);
            if connected.is_ok() {
                break;
            }
        }
        let stream = connected?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(Timed { stream, deadline })))
    }

    /// Sends a request without a body and reads its response, until `deadline`. The flag says
    /// whether the server keeps the connection open.
    ///
    /// # Errors
    /// If the whole response does not arrive in time.
    pub fn request(
        &mut self,
        method: &str,
        rest: &str,
        deadline: Instant,
    ) -> Result<(Response, bool), Failure> {
        self.0.get_mut().deadline = deadline;
        let sent = self.0.get_mut().write_all(format!("{method} {rest}").as_bytes());
        sent.map_err(|error| if is_end(&error) { Failure::Closed } else { in_words(error) })?;
        match self.0.fill_buf() {
            Ok([]) => return Err(Failure::Closed),
            Err(error) if is_end(&error) => return Err(Failure::Closed),
            Err(error) => return Err(in_words(error)),
            Ok(_) => {}
        }
        loop {
            let (version, mut response) = self.head()?;
            // A 1xx response comes before the real one.
            if response.status >= 200 {
                let to_the_end = self.body(method, &mut response).map_err(in_words)?;
                let is_kept_alive = !to_the_end && is_kept_alive(&version, &response);
                return Ok((response, is_kept_alive));
            }
        }
    }

    fn head(&mut self) -> Result<(String, Response), Failure> {
        let line = self.line().map_err(in_words)?;
        let mut words = line.splitn(3, ' ');
        let version = words.next().filter(|version| version.starts_with("HTTP/1."));
        let status = words.next().and_then(|status| status.parse().ok());
        let (Some(version), Some(status)) = (version, status) else {
            return Err(Failure::Broken(format!("no status line: {line:?}")));
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line().map_err(in_words)?;
            if line.is_empty() {
                let response = Response { status, headers, body: Vec::new() };
                return Ok((version.to_owned(), response));
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(Failure::Broken(format!("no header: {line:?}")));
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads the body. Returns true if only the end of the connection ends it (section 6.3).
    fn body(&mut self, method: &str, response: &mut Response) -> io::Result<bool> {
        if method == "HEAD" || [204, 304].contains(&response.status) {
            return Ok(false);
        }
        let coding = response.header("transfer-encoding").unwrap_or("");
        if coding.to_ascii_lowercase().ends_with("chunked") {
            response.body = self.chunks()?;
            return Ok(false);
        }
        if let Some(length) = response.header("content-length") {
            let length = length.parse().map_err(|_| invalid("Content-Length", length))?;
            response.body = self.exactly(length)?;
            return Ok(false);
        }
        self.0.read_to_end(&mut response.body)?;
        Ok(true)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or("").trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| invalid("chunk size", &line))?;
            if size == 0 {
                // Trailers, if there are any.
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(size)?);
            let end = self.line()?;
            if !end.is_empty() {
                return Err(invalid("end of a chunk", &end));
            }
        }
    }

    fn exactly(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // `length` may be any number, so we don't allocate a buffer of that size at once.
        (&mut self.0).take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            let words = format!("the connection ended after {} of {length} bytes", bytes.len());
            return Err(io::Error::other(words));
        }
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        if self.0.read_until(b'\n', &mut line)? == 0 {
            return Err(io::Error::other("the connection ended in the middle of the response"));
        }
        Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
    }
}

/// A stream with a deadline, even if bytes still trickle in.
struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The time until `deadline`.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Whether the connection stays open (section 9.3).
fn is_kept_alive(version: &str, response: &Response) -> bool {
    let headers = response.headers.iter().filter(|(name, _)| name == "connection");
    let options: Vec<_> = headers.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
    let has = |name: &str| options.iter().any(|option| option.eq_ignore_ascii_case(name));
    !has("close") && (version != "HTTP/1.0" || has("keep-alive"))
}

fn is_end(error: &io::Error) -> bool {
    let ends = [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe];
    ends.contains(&error.kind())
}

fn invalid(what: &str, came: &str) -> io::Error {
    io::Error::other(format!("no {what}: {came:?}"))
}

fn in_words(error: io::Error) -> Failure {
    match error.kind() {
        // The system decides which of these two a timeout is.
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Failure::TooLate,
        _ => Failure::Broken(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// Reads the response of a server that sends these bytes and closes the connection.
    fn read(method: &str, bytes: &'static str) -> Result<(Response, bool), Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
            while !request.next().unwrap().unwrap().is_empty() {}
            stream.write_all(bytes.as_bytes()).unwrap();
        });
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut exchange = Exchange::open(&[address], deadline).unwrap();
        let response = exchange.request(method, "/ HTTP/1.1\r\nhost: test\r\n\r\n", deadline);
        server.join().unwrap();
        response
    }

    #[test]
    fn a_body_ends_where_http_says() {
        for (bytes, is_kept_alive) in [
            ("HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2\r\n\r\nok", true),
            ("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", true),
            ("HTTP/1.1 200 OK\ncontent-length: 2\n\nok", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", true),
            ("HTTP/1.0 200 OK\r\n\r\nok", false),
            ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok", false),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\no\r\n01;x=y\r\nk\r\n0\r\n\r\n",
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\na: b\r\n\r\n",
                true,
            ),
        ] {
            let (response, kept) = read("GET", bytes).unwrap();
            assert_eq!(
                (response.status, response.text(), kept),
                (200, "ok", is_kept_alive),
                "{bytes}"
            );
        }
        let (head, kept) = read("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").unwrap();
        assert_eq!((head.status, head.text(), kept), (200, "", true));
    }

    #[test]
    fn a_message_that_is_not_a_response_is_described_in_words() {
        for (bytes, why) in [
            ("<html>", "no status line"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", "ended after 2 of 10 bytes"),
            ("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", "no Content-Length: \"two\""),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok", "no chunk size"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok", "ended in the middle"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "ended in the middle"),
            ("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "no header"),
        ] {
            match read("GET", bytes) {
                Err(Failure::Broken(words)) => assert!(words.contains(why), "{bytes}: {words}"),
                other => panic!("{bytes}: {other:?}"),
            }
        }
        assert!(matches!(read("GET", ""), Err(Failure::Closed)));
    }
}
