//! What happens outside starts exactly the runs that it should: webhooks, requests and files, over the built
//! program and the network.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::project::Project;

const MANIFEST: &str = r#"[project]
name = "door"

[webhooks.github.push]
type      = "{ id: text, branch: text }"
signature = "github"
key       = "id"
"#;

const PUSHES: &str = r#"playbook pushes

trigger on webhook github.push as push

stop "A push to {push.branch}." when push.branch = "main"
"#;

const BRANCHES: &str = r#"playbook branches

input branch: text

trigger on webhook github.push as push with { branch: push.branch }
trigger on request (branch: text)

stop "The branch {branch}." when branch != ""
"#;

const LIMIT: &str = r#"playbook limit

trigger on request (left: integer)

stop "Too many: {left}." when left > 5
"#;

const INTAKE: &str = r#"playbook intake

trigger on file "inbox/*.csv" as upload

stop "Took {upload.path}, {upload.size} bytes." when upload.size > 0
"#;

/// Bodies with their signatures under [`SECRET`], made by another program.
pub const SECRET: &str = "a secret of this test";
const MAIN: (&str, &str) = (
    r#"{"id":"p-1","branch":"main"}"#,
    "sha256=0c4644b2907d4f2e6f69a4a9cfbd6a1b28bfee67801464ee60602fd798db5ad3",
);
const BROKEN: (&str, &str) = (
    r#"{"id":"p-2""#,
    "sha256=fd701d1d870c47c6eee7b0da6a4046af39792c1c0e3b55235acef1904051f08f",
);
const UNTYPED: (&str, &str) = (
    r#"{"id":"p-3","branch":7}"#,
    "sha256=74e9de1ac974de23b471353b47e7f1a66f65fba5a0a1bc671c92233e40b00318",
);

fn project() -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("pushes.sophia", PUSHES);
    project.write("branches.sophia", BRANCHES);
    project.write("limit.sophia", LIMIT);
    project
}

/// The program while it serves.
pub struct Daemon {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: String,
    said: String,
}

impl Daemon {
    pub fn start(project: &Project) -> Self {
        Self::with(project, &[])
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// With these variables besides.
    pub fn with(project: &Project, variables: &[(&str, &str)]) -> Self {
        let mut child = project
            .command(&["serve", ".", "--listen", "127.0.0.1:0"])
            .env("SOPHIA_SECRET_GITHUB_WEBHOOK", SECRET)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut daemon = Self {
            child,
            log,
            address: String::new(),
            said: String::new(),
        };
        let line = daemon.hear("Listening at http://");
        let (_, address) = line.split_once("http://").expect("an address");
        address.trim().clone_into(&mut daemon.address);
        daemon
    }

    /// Reads the log until a line holds a text.
    fn hear(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).expect("a readable log");
            assert!(read > 0, "it ended before it said {text:?}:\n{}", self.said);
            self.said.push_str(&line);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// One request: its status and what it answers.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        stream.write_all(request.as_bytes()).expect("it is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).expect("a status");
        (
            status.parse().expect("a number"),
            serde_json::from_str(body).unwrap_or(Value::Null),
        )
    }

    fn push(&self, (body, signature): (&str, &str)) -> (u16, Value) {
        let headers = [("X-Hub-Signature-256", signature)];
        self.ask("POST", "/hooks/github/push", &headers, body)
    }

    pub fn kill(mut self) {
        self.child.kill().expect("a signal");
        self.child.wait().expect("an end");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signed_delivery_starts_each_of_its_runs_once_also_after_kill_9() {
    let project = project();
    let daemon = Daemon::start(&project);
    let (status, first) = daemon.push(MAIN);
    assert_eq!(status, 202, "{first:#}");
    let started = first["runs"].as_array().expect("runs");
    let playbooks: Vec<_> = started.iter().map(|run| &run["playbook"]).collect();
    assert_eq!(playbooks, ["branches", "pushes"]);
    daemon.kill();

    let daemon = Daemon::start(&project);
    let (status, again) = daemon.push(MAIN);
    assert_eq!(status, 202);
    for (one, other) in started.iter().zip(again["runs"].as_array().expect("runs")) {
        assert_eq!(one["run"], other["run"]);
        assert_eq!(other["admission"], "known");
    }
    assert_eq!(project.runs(100).len(), 2);
    let run = started[1]["run"].as_str().expect("a name");
    // It may have ended before the program was killed.
    loop {
        let (status, sheet) = daemon.ask("GET", &format!("/runs/{run}"), &[], "");
        assert_eq!(status, 200);
        if !sheet["ended"].is_null() {
            assert_eq!(sheet["reason"], "A push to main.");
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn what_is_not_right_is_refused_in_plain_words_and_leaves_nothing_behind() {
    let project = project();
    let mut daemon = Daemon::start(&project);
    let (status, refused) = daemon.push((MAIN.0, BROKEN.1));
    assert_eq!(status, 401);
    assert_eq!(refused["detail"], "The signature does not fit.");
    daemon.hear("refused. The signature does not fit.");
    let (status, refused) = daemon.ask("POST", "/hooks/github/push", &[], MAIN.0);
    assert_eq!(status, 401);
    assert_eq!(
        refused["detail"],
        "The header `x-hub-signature-256` is missing."
    );
    let (status, refused) = daemon.push(BROKEN);
    assert_eq!(status, 400);
    assert_eq!(refused["detail"], "The body is no JSON: line 1, column 11.");
    let (status, refused) = daemon.push(UNTYPED);
    assert_eq!(status, 422);
    assert_eq!(refused["field"], "branch");
    assert_eq!(refused["detail"], "Expected text, found 7.");
    let (status, _) = daemon.ask("POST", "/hooks/github/pull", &[], "{}");
    assert_eq!(status, 404);
    let large = "x".repeat(1024 * 1024 + 1);
    let (status, _) = daemon.ask("POST", "/hooks/github/push", &[], &large);
    assert_eq!(status, 413);
    assert_eq!(project.runs(100).len(), 0);
    assert!(!daemon.said.contains(SECRET));
}

#[test]
fn a_request_waits_for_what_the_run_gives_and_names_the_field_that_does_not_fit() {
    let project = project();
    let daemon = Daemon::start(&project);
    let ask = |body: Value, headers: &[(&str, &str)]| {
        daemon.ask("POST", "/playbooks/limit", headers, &body.to_string())
    };
    let (status, answer) = ask(json!({ "left": 7 }), &[("Idempotency-Key", "k-1")]);
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["status"], "stopped");
    assert_eq!(answer["reason"], "Too many: 7.");
    let (_, again) = ask(json!({ "left": 7 }), &[("Idempotency-Key", "k-1")]);
    assert_eq!(again["run"], answer["run"]);
    for (body, field, message) in [
        (
            json!({ "left": "x" }),
            "left",
            "Expected integer, found \"x\".",
        ),
        (
            json!({ "lft": 1 }),
            "lft",
            "`limit` has no input `lft`; its inputs are left.",
        ),
        (json!({}), "left", "The input `left` is required: integer."),
    ] {
        let (status, refused) = ask(body, &[]);
        assert_eq!(status, 422);
        assert_eq!(refused["field"], field);
        assert_eq!(refused["detail"], message);
    }
    let (status, _) = ask(json!({ "left": 7 }), &[("Origin", "https://example.com")]);
    assert_eq!(status, 403);
    assert_eq!(project.runs(100).len(), 1);
}

#[test]
fn a_file_starts_one_run_for_what_it_holds_also_after_kill_9() {
    let project = project();
    project.write("intake.sophia", INTAKE);
    project.write("inbox/orders.csv", "order\n1\n");
    project.write("inbox/notes.txt", "not this one");
    let mut daemon = Daemon::start(&project);
    daemon.hear("stopped: Took inbox/orders.csv, 8 bytes.");
    daemon.kill();
    let mut daemon = Daemon::start(&project);
    project.write("inbox/more.csv", "order\n22\n");
    daemon.hear("stopped: Took inbox/more.csv, 9 bytes.");
    assert_eq!(project.runs(100).len(), 2);
}

#[test]
fn other_machines_are_let_in_with_a_token_only() {
    let project = project();
    let refused = project.sophia(&["serve", ".", "--listen", "0.0.0.0:0"]);
    let refused = refused.expect(2).expect_calm();
    assert!(refused.err.contains("S995"), "{}", refused.err);
    assert!(refused.err.contains("SOPHIA_SECRET_ACCESS_TOKEN"));
}

#[test]
fn what_would_be_armed_is_told_without_serving() {
    let project = project();
    let told = project.sophia(&["serve", ".", "--check"]).expect(0).err;
    for line in [
        "on webhook github.push · POST /hooks/github/push",
        "on request",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

const WATCHER: &str = r#"playbook watcher

trigger on request (branch: text)

let push = wait for github.push as p where p.branch = branch
  within 1 day
  otherwise stop "Nothing came."

emit branch_pushed { branch: push.branch }
"#;

const TOLD: &str = r#"playbook told

trigger on event branch_pushed as pushed

stop "Was told of {pushed.branch}." when pushed.branch != ""
"#;

#[test]
fn a_delivery_ends_a_wait_and_what_is_told_then_starts_a_run() {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("watcher.sophia", WATCHER);
    project.write("told.sophia", TOLD);
    let mut daemon = Daemon::start(&project);
    let body = r#"{"branch":"main"}"#;
    let (_, asked) = daemon.ask("POST", "/playbooks/watcher?wait=5", &[], body);
    assert_eq!(asked["status"], "waiting", "{asked:#}");
    let (status, taken) = daemon.push(MAIN);
    assert_eq!(status, 202, "{taken:#}");
    daemon.hear("stopped: Was told of main.");
    daemon.kill();
    // What was told starts nothing again.
    let daemon = Daemon::start(&project);
    assert_eq!(daemon.push(MAIN).0, 202);
    assert_eq!(project.runs(100).len(), 2);
}
