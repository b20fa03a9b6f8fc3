//! What is needed to start a server.

use std::path::PathBuf;
use std::time::Duration;

use sophia_guard::Secret;

/// How a server is started. Written by a person; nothing here ever comes from a server or a call.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The name that calls use, unique in a fleet.
    pub name: String,
    /// The program and its arguments. Never given to a shell.
    pub command: Vec<String>,
    /// Environment variables that may be shown.
    pub variables: Vec<(String, String)>,
    /// Environment variables that may not.
    pub secrets: Vec<(String, Secret)>,
    /// The folder it runs in. A relative program such as `./serve` is looked for there.
    pub folder: PathBuf,
    /// The time it may take to start, and to list its tools.
    pub start_timeout: Duration,
}
