//! A project as it stood at a revision of its git repository.
//!
//! Kept true here: git is asked, and nothing is checked out or changed; a revision is made a commit's own
//! number first, so that nothing a person types is read as an option.

use std::path::Path;
use std::process::Command;

use sophia_diagnostics::{Problem, codes};

use super::open::{Project, Texts};
use super::{LOCK, MANIFEST};

impl Project {
    /// The project of this folder at a revision: `HEAD`, a branch, a tag, a commit.
    ///
    /// # Errors
    /// When there is no git, no repository, no such revision, or no project in it.
    pub fn at_revision(root: &Path, revision: &str) -> Result<Self, Problem> {
        let named = format!("{revision}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &named,
        ];
        let commit = git(root, &arguments).map_err(|problem| {
            Problem::new(
                codes::S840,
                format!("There is no revision `{revision}` to compare with."),
            )
            .because(problem)
            .with_help("name a branch, a tag or a commit of the project's repository")
        })?;
        let commit = commit.trim();
        let listed = git(root, &["ls-tree", "-r", "-z", "--name-only", commit])
            .map_err(|cause| unreadable(revision, &cause))?;
        let mut texts = Texts::default();
        let mut has_manifest = false;
        for path in listed.split('\0') {
            let is_playbook = Path::new(path)
                .extension()
                .is_some_and(|ending| ending == "sophia");
            let hidden = path
                .split('/')
                .any(|part| part.starts_with('.') || part == "node_modules" || part == "target");
            let is_calendar = Path::new(path)
                .extension()
                .is_some_and(|ending| ending == "ics");
            if hidden || !(is_playbook || is_calendar || path == MANIFEST || path == LOCK) {
                continue;
            }
            let text = git(root, &["show", &format!("{commit}:./{path}")])
                .map_err(|cause| unreadable(revision, &cause))?;
            match path {
                MANIFEST => {
                    has_manifest = true;
                    texts.manifest = text;
                }
                LOCK => texts.lock = Some(text),
                _ if is_calendar => {
                    texts.calendars.insert(path.to_owned(), text);
                }
                _ => texts.files.push((path.to_owned(), text)),
            }
        }
        if !has_manifest {
            return Err(Problem::new(
                codes::S840,
                format!("There was no `{MANIFEST}` here at `{revision}`."),
            )
            .with_help("name a later revision"));
        }
        texts.files.sort();
        Ok(Self::of_texts(root, texts))
    }
}

fn unreadable(revision: &str, cause: &str) -> Problem {
    Problem::new(
        codes::S840,
        format!("The project cannot be read as it was at `{revision}`."),
    )
    .because(cause)
}

/// What a command of git prints, or what it says instead.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|_| "git is not installed".to_owned())?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|_| "a file is not UTF-8".to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or("it is not there");
    Err(line.trim_start_matches("fatal: ").to_owned())
}
