//! A project of one test: a copy in a folder that goes away, and the program run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The built program.
pub const SOPHIA: &str = env!("CARGO_BIN_EXE_sophia");

/// The repository's folder.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A project folder that is removed at the end.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    /// A copy of `examples/churn_watch` without what earlier runs left there.
    pub fn churn_watch() -> Self {
        Self::copy_of("examples/churn_watch")
    }

    /// A copy of `examples/playbooks`, likewise.
    pub fn company() -> Self {
        Self::copy_of("examples/playbooks")
    }

    fn copy_of(example: &str) -> Self {
        let project = Self::empty();
        let mut open = vec![(repository().join(example), project.path().to_owned())];
        while let Some((from, to)) = open.pop() {
            fs::create_dir_all(&to).expect("a writable folder");
            for entry in fs::read_dir(&from).expect("the example is there") {
                let entry = entry.expect("an entry");
                let to = to.join(entry.file_name());
                if entry.path().is_file() {
                    fs::copy(entry.path(), to).expect("a readable file");
                } else if ![".sophia", "runs"]
                    .iter()
                    .any(|left| entry.file_name() == *left)
                {
                    open.push((entry.path(), to));
                }
            }
        }
        project
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable file");
    }

    /// Reads a file.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect("a readable file")
    }

    /// Replaces a text that must be there.
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} does not hold {from:?}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// The program, ready to be called in this folder, with none of this machine's secrets.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(SOPHIA);
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SOPHIA_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Calls the program and waits for it.
    pub fn sophia(&self, arguments: &[&str]) -> Called {
        Called::from(
            self.command(arguments)
                .output()
                .expect("the program starts"),
        )
    }

    /// The latest runs, so many at most.
    pub fn runs(&self, most: usize) -> Vec<Value> {
        let most = most.to_string();
        let listed = self.sophia(&["runs", "list", "--limit", &most, "--format", "json"]);
        listed.expect(0).json()["runs"]
            .as_array()
            .expect("a list")
            .clone()
    }

    /// The name of the latest run.
    pub fn newest(&self) -> String {
        let run = self.runs(1)[0]["run"].as_str().map(str::to_owned);
        run.expect("a run")
    }

    /// Starts the program and does not wait.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    /// The calls that the stand-in of a tool took, over all runs, oldest run first.
    pub fn stand_in_calls(&self, tool: &str) -> Vec<Value> {
        let mut runs: Vec<PathBuf> = fs::read_dir(self.path().join("runs"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        runs.sort();
        runs.iter()
            .filter_map(|run| fs::read_to_string(run.join(format!("{tool}.jsonl"))).ok())
            .flat_map(|text| {
                text.lines()
                    .filter_map(|line| serde_json::from_str(line).ok())
                    .collect::<Vec<Value>>()
            })
            .collect()
    }
}

/// What a call left.
#[derive(Debug)]
pub struct Called {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl From<Output> for Called {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            err: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }
}

impl Called {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| {
            panic!(
                "not one JSON document ({error}):\n{}\n{}",
                self.out, self.err
            )
        })
    }

    /// Asserts the exit code, showing everything when it differs.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "standard output:\n{}\nstandard error:\n{}",
            self.out, self.err
        );
        self
    }

    /// Asserts that neither stream shows the insides: a panic, a backtrace, an unwrapped error.
    #[track_caller]
    pub fn expect_calm(self) -> Self {
        for insides in ["panicked at", "RUST_BACKTRACE", "Err(", "Os {", "unwrap()"] {
            assert!(
                !self.out.contains(insides) && !self.err.contains(insides),
                "{}\n{}",
                self.out,
                self.err
            );
        }
        self
    }
}
