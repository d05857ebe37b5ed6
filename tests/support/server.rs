//! A loopback HTTP/1.1 server whose every byte and pause is the test's: faults are exact, requests are recorded.
//!
//! ```ignore
//! let server = Server::start(|request: &Seen| match request.path.as_str() {
//!     "/feed" if request.header("if-none-match") == Some("\"1\"") => Reply::status(304),
//!     "/feed" => Reply::ok("<rss/>").header("ETag", "\"1\""),
//!     _ => Reply::status(404),
//! });
//! fetch(server.url("/feed"));
//! assert_eq!(server.seen().len(), 1);
//! ```
//!
//! One thread a connection; connections are kept alive as HTTP/1.1 says. Dropping the server stops it: open connections end
//! at their next step. For what HTTP does not allow there is `Reply::raw`.

// Each test binary includes this file as a module of its own and uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// With the query.
    pub path: String,
    /// In their order, names as written, values as bytes turned into chars one by one.
    pub headers: Vec<(String, String)>,
    /// The whole head, byte for byte.
    pub head: Vec<u8>,
    /// When its last byte was read.
    pub at: Instant,
    /// Counted from 1 over the life of the server.
    pub connection: usize,
}

impl Seen {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// One thing the server does with the connection.
#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// The same bytes until the client has had enough.
    SendForever(Vec<u8>),
    /// Byte by byte with a pause after each.
    Drip(Vec<u8>, Duration),
    Wait(Duration),
    /// Nothing more, until the client or the test goes away.
    Hang,
    /// FIN.
    Close,
    /// RST.
    Reset,
}

/// What the server answers. Without `raw` steps: status line, headers, `Content-Length`, body.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    before: Vec<Step>,
    raw: Option<Vec<Step>>,
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), before: Vec::new(), raw: None }
    }

    /// 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(200) }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: impl AsRef<str>) -> Self {
        Self::status(status).header("Location", to.as_ref())
    }

    /// Steps of your own instead of a well-formed response; add them with `send`, `wait`, … The connection closes after the last.
    pub fn raw() -> Self {
        Self { raw: Some(Vec::new()), ..Self::status(0) }
    }

    /// Adds a header line; also `Content-Length`, which is then not added by itself.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Waits before the answer.
    pub fn after(mut self, pause: Duration) -> Self {
        self.before.push(Step::Wait(pause));
        self
    }

    /// Raw: these bytes.
    pub fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Raw: these bytes again and again.
    pub fn send_forever(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::SendForever(bytes.into()))
    }

    /// Raw: byte by byte, `pause` after each.
    pub fn drip(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.step(Step::Drip(bytes.into(), pause))
    }

    /// Raw: a pause.
    pub fn wait(self, pause: Duration) -> Self {
        self.step(Step::Wait(pause))
    }

    /// Raw: silence on an open connection.
    pub fn hang(self) -> Self {
        self.step(Step::Hang)
    }

    /// Raw: the connection ends in order.
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Raw: the connection ends with a reset. What was sent just before may be lost, so `wait` a little first.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    fn step(mut self, step: Step) -> Self {
        self.raw.get_or_insert_default().push(step);
        self
    }

    fn steps(self) -> (Vec<Step>, bool) {
        let mut steps = self.before;
        if let Some(raw) = self.raw {
            steps.extend(raw);
            return (steps, false);
        }
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        let has = |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if !has("content-length") && !has("transfer-encoding") && self.status != 304 {
            head.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes());
        }
        head.extend(b"\r\n");
        head.extend(self.body);
        steps.push(Step::Send(head));
        (steps, !has("connection"))
    }
}

type Script = dyn Fn(&Seen) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
}

/// The server; listens from `start` until it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// On 127.0.0.1, at a port of the system's choice.
    pub fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), script).expect("127.0.0.1 can be listened on")
    }

    /// At any address of this machine, for example 127.0.0.2; an error where the system does not have it.
    pub fn start_at(
        address: SocketAddr,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &for_thread));
        Ok(Self { address, shared })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` and the path, which starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Connections accepted so far, also those that brought no request.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        let ip = if self.address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { self.address.ip() };
        let _ = TcpStream::connect_timeout(&SocketAddr::new(ip, self.address.port()), Duration::from_secs(1));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let shared = Arc::clone(shared);
        thread::spawn(move || while let Some(true) = exchange(&stream, connection, &shared) {});
    }
}

/// One request and its reply; whether the connection goes on. None: the client is gone.
fn exchange(stream: &TcpStream, connection: usize, shared: &Shared) -> Option<bool> {
    let head = read_head(stream, shared)?;
    let seen = understand(head, connection);
    let (steps, keep) = (shared.script)(&seen).steps();
    shared.seen.lock().unwrap().push(seen);
    let resets = steps.iter().any(|step| matches!(step, Step::Reset));
    if !resets {
        // See `read_head`: the last byte is still to be taken.
        (&mut &*stream).read_exact(&mut [0]).ok()?;
    }
    for step in steps {
        perform(step, stream, shared)?;
    }
    Some(keep)
}

/// Reads up to the empty line, and leaves its last byte unread: a socket that is closed with unread bytes sends a reset.
fn read_head(stream: &TcpStream, shared: &Shared) -> Option<Vec<u8>> {
    stream.set_read_timeout(Some(Duration::from_millis(50))).ok()?;
    let mut window = vec![0; 256 * 1024];
    loop {
        match stream.peek(&mut window) {
            Ok(0) => return None,
            Ok(length) => {
                if let Some(end) = window[..length].windows(4).position(|four| four == b"\r\n\r\n") {
                    let mut head = vec![0; end + 3];
                    (&mut &*stream).read_exact(&mut head).ok()?;
                    head.push(b'\n');
                    return Some(head);
                }
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return None,
        }
        if shared.stopped.load(Ordering::SeqCst) {
            return None;
        }
    }
}

fn understand(head: Vec<u8>, connection: usize) -> Seen {
    let text: String = head.iter().map(|&byte| char::from(byte)).collect();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().unwrap_or_default().to_owned();
    let path = first.next().unwrap_or_default().to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim_matches(' ').to_owned()))
        .collect();
    Seen { method, path, headers, head, at: Instant::now(), connection }
}

/// None: the connection is over.
fn perform(step: Step, stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut writer = stream;
    match step {
        Step::Send(bytes) => writer.write_all(&bytes).ok()?,
        Step::SendForever(bytes) => loop {
            writer.write_all(&bytes).ok()?;
            going_on(shared)?;
        },
        Step::Drip(bytes, pause) => {
            for byte in bytes {
                writer.write_all(&[byte]).ok()?;
                pause_for(pause, shared)?;
            }
        }
        Step::Wait(pause) => pause_for(pause, shared)?,
        Step::Hang => loop {
            pause_for(Duration::from_millis(20), shared)?;
            // A closed connection reads as 0 bytes.
            if let Ok(0) = stream.peek(&mut [0]) {
                return None;
            }
        },
        Step::Close | Step::Reset => return None,
    }
    Some(())
}

fn going_on(shared: &Shared) -> Option<()> {
    (!shared.stopped.load(Ordering::SeqCst)).then_some(())
}

fn pause_for(pause: Duration, shared: &Shared) -> Option<()> {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        going_on(shared)?;
        thread::sleep(Duration::from_millis(20).min(until.saturating_duration_since(Instant::now())));
    }
    Some(())
}
