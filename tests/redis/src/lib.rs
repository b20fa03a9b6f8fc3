//! A Redis of its own for a test: on a port of this machine, with nothing on the disk, gone afterwards.
//!
//! Kept true here: no test needs a server that somebody else started, and none leaves one behind. The server is
//! the one that `tests/peers/install` puts in place, or that the machine has.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server has to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub struct Server {
    child: Child,
    port: u16,
    password: Option<String>,
    _folder: TempDir,
}

impl Server {
    /// Starts one on a port that is free.
    ///
    /// # Panics
    /// When it is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(None, None)
    }

    /// Starts one that asks for a password.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn with_password(password: &str) -> Self {
        Self::with(None, Some(password))
    }

    /// Starts one on this port, where another one stood before.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn at(port: u16) -> Self {
        Self::with(Some(port), None)
    }

    fn with(port: Option<u16>, password: Option<&str>) -> Self {
        let began = Instant::now();
        loop {
            let port = port.unwrap_or_else(free_port);
            // Somebody else may have taken the port in between.
            if let Some(server) = Self::try_start(port, password) {
                return server;
            }
            assert!(began.elapsed() < PATIENCE, "no Redis starts");
        }
    }

    fn try_start(port: u16, password: Option<&str>) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(installed());
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(password) = password {
            command.args(["--requirepass", password]);
        }
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("there is no Redis: run tests/peers/install, which gets one for Linux: {error}")
        });
        let mut server = Self {
            child,
            port,
            password: password.map(ToOwned::to_owned),
            _folder: folder,
        };
        let began = Instant::now();
        while server.child.try_wait().expect("its state").is_none() {
            let answers = TcpStream::connect(("127.0.0.1", port)).is_ok();
            if answers {
                return Some(server);
            }
            assert!(began.elapsed() < PATIENCE, "Redis does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Writes a message into a stream. Its place.
    ///
    /// # Panics
    /// When the server refuses it.
    #[allow(
        clippy::must_use_candidate,
        reason = "most callers want what it does, not what it says"
    )]
    pub fn add(&self, stream: &str, fields: &[(&str, &str)]) -> String {
        let mut words = vec!["XADD", stream, "*"];
        for (name, value) in fields {
            words.extend([*name, *value]);
        }
        self.run(&words)
    }

    /// Runs a command that is answered with one text or one number.
    ///
    /// # Panics
    /// When the server refuses it.
    #[allow(
        clippy::must_use_candidate,
        reason = "most callers want what it does, not what it says"
    )]
    pub fn run(&self, words: &[&str]) -> String {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let mut stream = BufReader::new(stream);
        if let Some(password) = &self.password {
            ask(&mut stream, &["AUTH", password]);
        }
        ask(&mut stream, words)
    }
}

fn ask(stream: &mut BufReader<TcpStream>, words: &[&str]) -> String {
    let mut command = format!("*{}\r\n", words.len());
    for word in words {
        command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    (stream.get_mut().write_all(command.as_bytes())).expect("it takes a command");
    let mut line = String::new();
    stream.read_line(&mut line).expect("an answer");
    let (kind, rest) = line.trim_end().split_at(1);
    match kind {
        "+" | ":" => rest.to_owned(),
        "$" => {
            let mut text = vec![0; rest.parse::<usize>().expect("a length") + 2];
            stream.read_exact(&mut text).expect("a text");
            String::from_utf8_lossy(&text).trim_end().to_owned()
        }
        _ => panic!("{words:?}: {line}"),
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a socket");
    socket.local_addr().expect("its address").port()
}

fn installed() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/.redis/redis-server");
    if own.exists() {
        own
    } else {
        "redis-server".into()
    }
}
