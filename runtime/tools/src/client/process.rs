//! The process of a server: started without a shell in an environment of its own, ended with
//! everything that it started.
//!
//! Kept true here: the server leads a process group of its own, and that group is killed at the end,
//! however the end comes about; some servers survive the end of their input, and launchers such as
//! `npx` leave the real server behind when only they are killed.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use sophia_diagnostics::{Problem, codes};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::ServerSettings;
use super::last_words::LastWords;
use super::secret::Mask;

/// The only variables that a server inherits.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// How long a server may take to end once its input has ended.
const AFTER_INPUT: Duration = Duration::from_secs(2);

/// How long a server may take to end once it was asked to.
const AFTER_REQUEST: Duration = Duration::from_secs(1);

/// A server's process.
pub(super) struct ServerProcess {
    child: Child,
    group: Group,
    last_words: LastWords,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// Its exit status, where it had one before it was killed.
    pub(super) status: Option<ExitStatus>,
    /// The last lines it wrote, oldest first, secrets masked.
    pub(super) last_lines: Vec<String>,
}

impl ServerProcess {
    /// Starts a server.
    pub(super) fn start(
        settings: &ServerSettings,
        mask: &Mask,
    ) -> Result<(Self, ChildStdin, ChildStdout), Problem> {
        let mut child = command(settings)?
            .spawn()
            .map_err(|error| not_started(settings, &error))?;
        let group = Group::led_by(&child);
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(not_started(settings, &io::ErrorKind::BrokenPipe.into()));
        };
        let process = Self {
            child,
            group,
            last_words: LastWords::of(errors, mask.clone()),
        };
        Ok((process, input, output))
    }

    /// What it wrote to stderr so far.
    pub(super) fn last_lines(&self) -> Vec<String> {
        self.last_words.so_far()
    }

    /// Ends it in three steps. Its input must be closed already: then a well-behaved server ends by
    /// itself within `patience`; then it is asked; then the whole group is killed.
    pub(super) async fn end(&mut self, patience: Duration) -> Ending {
        let mut status = self.wait(patience).await;
        if status.is_none() {
            self.group.ask_to_end();
            if patience >= AFTER_REQUEST {
                status = self.wait(AFTER_REQUEST).await;
            }
        }
        // Whoever is left in the group keeps its number from being given to anybody else.
        self.group.kill();
        if status.is_none() {
            let _gone = self.child.kill().await;
        }
        Ending {
            status,
            last_lines: self.last_words.all().await,
        }
    }

    /// Ends a server that was working until now.
    pub(super) async fn end_gently(&mut self) -> Ending {
        self.end(AFTER_INPUT).await
    }

    async fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        match tokio::time::timeout(patience, self.child.wait()).await {
            Ok(Ok(status)) => Some(status),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // A process that is still there was given up half-way: the future that held it was dropped.
        if self.child.id().is_some() {
            self.group.kill();
        }
    }
}

fn command(settings: &ServerSettings) -> Result<Command, Problem> {
    let Some((program, arguments)) = settings.command.split_first() else {
        return Err(Problem::new(
            codes::S950,
            format!("The tool server {} has no command.", settings.name),
        )
        .with_help(format!("name its program in `[tools.{}]`", settings.name)));
    };
    if !settings.folder.is_dir() {
        return Err(Problem::new(
            codes::S950,
            format!(
                "The tool server {} cannot be started: the folder {} does not exist.",
                settings.name,
                settings.folder.display()
            ),
        ));
    }
    let mut command = Command::new(located(program, &settings.folder));
    command
        .args(arguments)
        .current_dir(&settings.folder)
        .env_clear()
        .envs(INHERITED.iter().filter_map(|name| {
            let value = std::env::var_os(name)?;
            Some((OsString::from(name), value))
        }))
        .envs(settings.variables.iter().map(|(name, value)| (name, value)))
        .envs(
            settings
                .secrets
                .iter()
                .map(|(name, secret)| (name, secret.reveal())),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    Ok(command)
}

/// A bare name is looked up on the `PATH`; a relative path starts at the server's folder.
fn located(program: &str, folder: &Path) -> OsString {
    let path = Path::new(program);
    if path.is_relative() && path.components().count() > 1 {
        folder.join(path).into_os_string()
    } else {
        program.into()
    }
}

fn not_started(settings: &ServerSettings, error: &io::Error) -> Problem {
    let program = settings.command.first().map_or("", String::as_str);
    let name = &settings.name;
    match error.kind() {
        io::ErrorKind::NotFound => Problem::new(
            codes::S950,
            format!("The tool server {name} cannot be started: `{program}` is not installed."),
        )
        .because(format!("`{program}` is not on the PATH"))
        .with_help(installation(program)),
        io::ErrorKind::PermissionDenied => Problem::new(
            codes::S950,
            format!("The tool server {name} cannot be started: `{program}` may not be executed."),
        )
        .because(error)
        .with_help(format!("make `{program}` executable")),
        _ => Problem::new(
            codes::S950,
            format!("The tool server {name} cannot be started: `{program}` did not start."),
        )
        .because(error),
    }
}

fn installation(program: &str) -> String {
    match program {
        "npx" | "node" | "npm" => {
            format!("install Node.js 18 or newer, which brings `{program}`")
        }
        "uvx" | "uv" => format!("install uv, which brings `{program}`"),
        "python" | "python3" => "install Python 3".to_owned(),
        "docker" => "install Docker".to_owned(),
        other => format!("install `{other}`, or correct the tool's `command`"),
    }
}

/// The process group that a server leads.
struct Group {
    #[cfg(unix)]
    leader: Option<nix::unistd::Pid>,
}

#[cfg(unix)]
impl Group {
    fn led_by(child: &Child) -> Self {
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(nix::unistd::Pid::from_raw);
        Self { leader }
    }

    fn ask_to_end(&self) {
        self.signal(nix::sys::signal::Signal::SIGTERM);
    }

    fn kill(&self) {
        self.signal(nix::sys::signal::Signal::SIGKILL);
    }

    fn signal(&self, signal: nix::sys::signal::Signal) {
        if let Some(leader) = self.leader {
            // The one error is that nobody is left, which is what is wanted.
            let _nobody_left = nix::sys::signal::killpg(leader, signal);
        }
    }
}

/// Elsewhere the process itself is killed through its handle.
#[cfg(not(unix))]
impl Group {
    fn led_by(_child: &Child) -> Self {
        Self {}
    }

    fn ask_to_end(&self) {}

    fn kill(&self) {}
}
