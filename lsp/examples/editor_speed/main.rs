//! How long an editor waits: the real server, in a process of its own, over its protocol, in a project of 1,000
//! playbooks with one of 2,000 lines.
//!
//! `cargo run --release --workspace --example editor_speed -- target/release/sophia` prints a table: the time from a key
//! press to its diagnostics, of a completion, from the start to the first diagnostics, and the most memory.
//!
//! Some keys make a mistake in the long playbook, so that they and what takes them back change what is published: the time
//! runs until that is there. Others leave it sound, and nothing is published: the time runs until the answer of somebody who
//! asks what is wrong, which waits for the check of that text. The keys fall on its first, its middle and its last part.
//! What takes a key back leads to a text that the server has seen a moment ago, and is told apart.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures starts the server, writes its project, reads the clock, and prints"
)]

mod client;
#[path = "../../../compiler/examples/project_speed/figures.rs"]
mod figures;
mod keys;
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
use figures::{Times, peak};
use keys::{Key, Put};
use project::{CALLS, MODULES, PLAYBOOKS, TOOLS};

/// How often a playbook of sixty lines is repeated for one of 2,000 lines.
const PARTS: usize = 46;
/// How often every key is pressed and taken back.
const ROUNDS: usize = 15;

fn main() {
    let program = std::env::args().nth(1);
    let program = program.expect("the program to measure is named: target/release/sophia");
    let folder = std::env::temp_dir().join(format!("editor_speed_{}", std::process::id()));
    let long = project::long_playbook(PLAYBOOKS, PARTS);
    write(&folder, &long);
    let path = folder.join("long.sophia");
    let keys = keys::keys(&long, PARTS);

    let began = Instant::now();
    let mut client = Client::start(&program, &folder);
    client.open(&path, &long);
    // Of a sound playbook nothing is told; whoever asks waits until the project is checked.
    let _ = client.complete(keys[0].puts[0].line, keys[0].puts[0].column);
    let answered = since(began);
    client.end();

    let began = Instant::now();
    let mut client = Client::start(&program, &folder);
    let broken = long.replacen("count(recent)", "count(recen)", 1);
    client.open(&path, &broken);
    let found = client.complaints(1);
    let start = since(began);
    assert!(!found.is_empty(), "the first text has a mistake");
    client.change(2, &long);
    let found = client.complaints(2);
    assert!(
        found.is_empty(),
        "the long playbook has mistakes: {found:?}"
    );

    let mut times = Pressed::default();
    let mut version = 2;
    for _ in 0..ROUNDS {
        for key in &keys {
            for is_pressed in [true, false] {
                version += 1;
                let pressed = Instant::now();
                if is_pressed {
                    client.press(version, key);
                } else {
                    client.take_back(version, key);
                }
                let found = if key.is_mistake {
                    client.complaints(version)
                } else {
                    client.ask_complaints()
                };
                times.of(key, is_pressed).push(since(pressed));
                let Put { line, column, .. } = key.puts[0];
                let is_sound = !(key.is_mistake && is_pressed);
                assert_eq!(found.is_empty(), is_sound, "line {line}: {found:?}");
                let asked = Instant::now();
                let _ = client.complete(line, column);
                times.completions.push(since(asked));
            }
        }
    }
    for _ in 0..ROUNDS {
        for key in keys::begun(&long, PARTS) {
            version += 1;
            client.press(version, &key);
            let _ = client.ask_complaints();
            let (line, column) = key.puts[0].end();
            let asked = Instant::now();
            let offered = client.complete(line, column);
            times.in_braces.push(since(asked));
            assert!(offered > 0, "something can be written in line {line}");
            version += 1;
            client.take_back(version, &key);
            let _ = client.ask_complaints();
        }
    }
    let lines = long.lines().count();
    let presses = times.completions.len();
    println!("{PLAYBOOKS} playbooks, one of {lines} lines, {presses} keys, over the protocol");
    println!("| what | p50 | p99 | longest | goal |");
    println!("| --- | --- | --- | --- | --- |");
    let keys = [
        (
            "a key that makes a mistake to its diagnostics",
            times.mistakes,
        ),
        ("a key that takes it back to its diagnostics", times.mended),
        (
            "a key that leaves the playbook sound to the answer that it is",
            times.sound,
        ),
        ("a key that takes that back to the same", times.sound_again),
    ];
    for (what, times) in keys {
        row(&format!("from {what}"), times, 10.0);
    }
    row("a completion", times.completions, 20.0);
    row(
        "a completion in a brace that is open",
        times.in_braces,
        20.0,
    );
    let met = verdict(start < 500.0);
    println!("| from the start to the first diagnostics | {start:.0} ms | | | 500 ms: {met} |");
    println!("| from the start to the first answer in a sound playbook | {answered:.0} ms | | | |");
    let most = peak(&client.process());
    let met = verdict(most < 300);
    println!("| most memory of the server | {most} MB | | | 300 MB: {met} |");
    client.end();
    let _ = std::fs::remove_dir_all(&folder);
}

/// How long was waited behind each kind of key.
#[derive(Default)]
struct Pressed {
    mistakes: Vec<f64>,
    mended: Vec<f64>,
    sound: Vec<f64>,
    sound_again: Vec<f64>,
    completions: Vec<f64>,
    in_braces: Vec<f64>,
}

impl Pressed {
    fn of(&mut self, key: &Key, is_pressed: bool) -> &mut Vec<f64> {
        match (key.is_mistake, is_pressed) {
            (true, true) => &mut self.mistakes,
            (true, false) => &mut self.mended,
            (false, true) => &mut self.sound,
            (false, false) => &mut self.sound_again,
        }
    }
}

fn since(instant: Instant) -> f64 {
    instant.elapsed().as_secs_f64() * 1e3
}

/// One row of the table. The goal is for all but the longest hundredth.
fn row(what: &str, times: Vec<f64>, goal: f64) {
    let Times { p50, p99, longest } = Times::of(times);
    let met = verdict(p99 < goal);
    println!("| {what} | {p50:.2} ms | {p99:.2} ms | {longest:.2} ms | p99 {goal:.0} ms: {met} |");
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "reached" } else { "not reached" }
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
