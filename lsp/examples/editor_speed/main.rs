//! How long an editor waits: the real server, in a process of its own, over its protocol, in a project of 1,000
//! playbooks with one of 2,000 lines.
//!
//! `cargo run --release -p sophia-lsp --example editor_speed -- target/release/sophia` prints the time from a key
//! press to its complaints, of a completion, from the start to the first complaints, and the most memory.
//!
//! Each key press breaks a name in the long playbook or mends it, so that every one of them changes the complaints.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures starts the server, writes its project, reads the clock, and prints"
)]

mod client;
#[path = "../../../compiler/examples/project_speed/project.rs"]
#[allow(
    dead_code,
    reason = "its manifest is a value; a server in a process of its own needs a text"
)]
mod project;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use client::Client;
use project::{CALLS, MODULES, PLAYBOOKS, TOOLS};

/// How often a playbook of sixty lines is repeated for one of 2,000 lines.
const PARTS: usize = 46;
const KEYS: usize = 300;

fn main() {
    let program = std::env::args().nth(1);
    let program = program.expect("the program to measure is named: target/release/sophia");
    let folder = std::env::temp_dir().join(format!("editor_speed_{}", std::process::id()));
    let long = project::long_playbook(PLAYBOOKS, PARTS);
    write(&folder, &long);
    let path = folder.join("long.sophia");

    let began = Instant::now();
    let mut client = Client::start(&program, &folder);
    let broken = long.replacen("count(recent)", "count(recen)", 1);
    client.open(&path, &broken);
    let found = client.complaints(1);
    let start = began.elapsed().as_secs_f64() * 1e3;
    assert!(!found.is_empty(), "the first text has a mistake");

    // The last letter of a name in the middle of the text, typed and taken back.
    let at = long
        .match_indices("count(recent)")
        .nth(PARTS / 2)
        .expect("the playbook has loops")
        .0;
    let line = long[..at].matches('\n').count();
    let column = at - long[..at].rfind('\n').map_or(0, |end| end + 1) + "count(recent".len();
    client.change(2, &long);
    client.complaints(2);
    let (mut keys, mut completions) = (Vec::new(), Vec::new());
    let mut version = 2;
    for key in 0..KEYS {
        version += 1;
        let put = if key % 2 == 0 { Some("x") } else { None };
        let pressed = Instant::now();
        client.press(version, line, column, put);
        let found = client.complaints(version);
        keys.push(pressed.elapsed().as_secs_f64() * 1e3);
        assert_eq!(found.is_empty(), put.is_none(), "key {key}");
        let asked = Instant::now();
        let offered = client.complete(line, column);
        completions.push(asked.elapsed().as_secs_f64() * 1e3);
        assert!(offered > 0);
    }
    let lines = long.lines().count();
    println!("{PLAYBOOKS} playbooks, one of {lines} lines, over the protocol");
    println!("from the start to the first complaints: {start:.0} ms (goal 500)");
    println!(
        "from a key to its complaints: {} (goal p99 10)",
        spoken(&mut keys)
    );
    println!("a completion: {} (goal p99 20)", spoken(&mut completions));
    println!("most memory: {} MB (goal 300)", client.peak());
    client.end();
    let _ = std::fs::remove_dir_all(&folder);
}

fn spoken(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default()
    };
    format!(
        "p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        at(50),
        at(99),
        at(100)
    )
}

/// Writes the project into a folder.
fn write(folder: &Path, long: &str) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let put = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("the folder can be written");
    };
    put("sophia.toml", &manifest());
    put("sophia.lock", &project::catalogue().to_toml());
    for number in 0..PLAYBOOKS {
        put(
            &format!("playbook_{number}.sophia"),
            &project::playbook(number),
        );
    }
    for number in 0..MODULES {
        put(&format!("desk_{number}.sophia"), &project::module(number));
    }
    put("long.sophia", long);
}

/// The manifest of the project as a text.
fn manifest() -> String {
    let mut text = "[project]\nname = \"large\"\nzone = \"UTC\"\n\n[connections.warehouse]\nkind = \"postgres\"\nurl = { secret = \"warehouse_url\" }\n\n[models.local]\nkind = \"gguf\"\nfile = \"model.gguf\"\n".to_owned();
    for tool in 0..TOOLS {
        let content: Vec<String> = (0..CALLS)
            .map(|call| format!("send_{call} = [\"text\"]"))
            .collect();
        let _ = write!(
            text,
            "\n[tools.tool_{tool}]\ncommand = [\"tool-server\"]\ncontent = {{ {} }}\n",
            content.join(", ")
        );
    }
    text
}
