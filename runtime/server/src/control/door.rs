//! The door to whoever carries runs on: a Unix socket that belongs to a store, one JSON document a line.
//!
//! Kept true here: only the user who owns the store comes in; what is asked there is held against the run
//! as anywhere else.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Code, Problem, codes};
use sophia_engine::{Engine, RunId};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{Desk, Request};

/// The longest path that every system takes for a socket.
const LONGEST: usize = 100;

/// How often a door that is about to open is looked at.
const LOOKS: u32 = 100;

/// The time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The longest request, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Done { run: String },
    Refused(Refusal),
}

/// A problem as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct Refusal {
    code: String,
    message: String,
    causes: Vec<String>,
    help: Option<String>,
}

/// Where the door of a store is: beside it, or, where that path is too long, in the folder for what is
/// short-lived, under a name that the store's path decides.
#[must_use]
pub fn place(store: &Path) -> PathBuf {
    let beside = store.with_extension("sock");
    if beside.as_os_str().len() <= LONGEST {
        return beside;
    }
    let full = store
        .parent()
        .and_then(|folder| folder.canonicalize().ok())
        .map_or_else(|| store.to_path_buf(), |folder| folder.join("runs.db"));
    let digest = blake3::hash(full.as_os_str().as_encoded_bytes()).to_hex();
    std::env::temp_dir().join(format!("sophia-{}.sock", &digest[..24]))
}

/// Opens the door of a store, whose runs this process carries on. It closes when the task ends.
///
/// # Errors
/// When the system does not give a socket there.
pub fn listen(store: &Path, engine: Engine) -> io::Result<JoinHandle<()>> {
    let place = place(store);
    // Whoever holds the store's lock owns the door; an older one is left from a process that is gone.
    match std::fs::remove_file(&place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&place)?;
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        let mut visitors = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                Ok((stream, _)) = listener.accept() => {
                    let engine = engine.clone();
                    visitors.spawn(async move {
                        // A visitor that goes away needs no answer.
                        let _ = serve(stream, &engine).await;
                    });
                }
                Some(_) = visitors.join_next(), if !visitors.is_empty() => {}
                else => return,
            }
        }
    }))
}

async fn serve(stream: UnixStream, engine: &Engine) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(tokio::io::AsyncReadExt::take(read, LARGEST));
    read.read_line(&mut line).await?;
    if let Some(told) = super::waits::answer(&line, engine) {
        let mut told = told?;
        told.push(b'\n');
        return write.write_all(&told).await;
    }
    let reply = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match engine.take(request).await {
            Ok(run) => Reply::Done {
                run: run.0.to_string(),
            },
            Err(problem) => Reply::Refused(Refusal {
                code: problem.code.to_string(),
                message: problem.message,
                causes: problem.causes,
                help: problem.help,
            }),
        },
        Err(error) => Reply::Refused(Refusal {
            code: codes::S969.to_string(),
            message: "The request cannot be read.".to_owned(),
            causes: vec![error.to_string()],
            help: Some("use the same version of Sophia as the process that carries runs on".into()),
        }),
    };
    let mut reply = serde_json::to_vec(&reply).map_err(io::Error::other)?;
    reply.push(b'\n');
    write.write_all(&reply).await
}

/// The door of another process.
#[derive(Debug)]
pub struct Door {
    place: PathBuf,
}

impl Door {
    /// The door of a store, where a process stands behind it.
    pub async fn of(store: &Path) -> Option<Self> {
        let place = place(store);
        let owner = |path: &Path| std::fs::metadata(path).ok().map(|about| about.uid());
        // Another user's socket under that name is not the store's.
        if owner(&place)? != owner(store)? {
            return None;
        }
        UnixStream::connect(&place).await.ok()?;
        Some(Self { place })
    }

    /// The door of a store that another process has taken over: it opens a moment later.
    pub async fn opening(store: &Path) -> Option<Self> {
        for _ in 0..LOOKS {
            if let Some(door) = Self::of(store).await {
                return Some(door);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        None
    }
}

#[async_trait]
impl Desk for Door {
    async fn take(&self, request: Request) -> Result<RunId, Problem> {
        let gone = |error: io::Error| {
            Problem::new(
                codes::S960,
                "The process that carries the runs on does not answer.",
            )
            .because(error)
            .with_help("try again; if it goes on, start that process anew")
        };
        let mut stream = UnixStream::connect(&self.place).await.map_err(gone)?;
        let mut line = serde_json::to_vec(&request).map_err(|error| gone(error.into()))?;
        line.push(b'\n');
        stream.write_all(&line).await.map_err(gone)?;
        let mut reply = String::new();
        BufReader::new(stream)
            .read_line(&mut reply)
            .await
            .map_err(gone)?;
        match serde_json::from_str(&reply).map_err(|error| gone(error.into()))? {
            Reply::Done { run } => Ok(RunId(run.into())),
            Reply::Refused(refusal) => {
                let code = Code::known(&refusal.code).unwrap_or(codes::S969);
                let mut problem = Problem::new(code, refusal.message);
                problem.causes = refusal.causes;
                problem.help = refusal.help;
                Err(problem)
            }
        }
    }
}
