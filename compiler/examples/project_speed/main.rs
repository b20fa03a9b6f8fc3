//! How long a check of a large project takes from nothing, how long until the answer is there after one edit, and how
//! much memory: 1,000 playbooks of 60 lines and 100 modules against a catalogue of 2,000 tables and 520 calls of tools.
//!
//! Behind `--`, one of `nothing`, `short`, `module` and `long` measures that part alone, and a number behind it says how
//! many edits there are. Edits that leave the project without a mistake are told apart: of them labels, bounds, policies
//! and plans follow.
//!
//! The project is made up, the same every time; it must be without mistakes, or the figure would be one of complaints.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures reads the clock, the kernel's account of it, and prints"
)]

mod edits;
mod figures;
mod manifest;
mod project;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use edits::{Editor, Where};
use figures::{Times, peak};
use project::{CALLS, MODULES, PLAYBOOKS, TABLES, TOOLS};
use sophia_compiler::{Snapshot, SourceFile, Workspace, check};

/// As the product's own.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const EDITS: usize = 600;
/// How often a playbook of sixty lines is repeated for one of 2,000 lines.
const PARTS: usize = 46;

fn main() {
    let playbooks = (0..PLAYBOOKS).map(|number| (named(number), project::playbook(number)));
    let modules =
        (0..MODULES).map(|number| (format!("desk_{number}.sophia"), project::module(number)));
    let files: Vec<SourceFile> = (playbooks.chain(modules))
        .map(|(path, text)| SourceFile {
            path: Arc::from(path),
            text: Arc::from(text),
        })
        .collect();
    let snapshot = Snapshot {
        manifest: manifest::manifest(),
        catalogue: project::catalogue(),
        files,
    };
    let only = std::env::args().nth(1);
    let measures = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if measures("nothing") {
        from_nothing(&snapshot);
    }
    let edits = std::env::args().nth(2).and_then(|count| count.parse().ok());
    let edits = edits.unwrap_or(EDITS);
    let mut workspace = Workspace::new(snapshot);
    workspace.check();
    if measures("short") {
        let what = "a playbook of 62 lines";
        after_edits(what, &mut workspace, Where::Playbooks, edits);
    }
    if measures("module") {
        let what = "a module that 10 playbooks use";
        after_edits(what, &mut workspace, Where::Modules, edits);
    }
    if measures("long") {
        long(&mut workspace, edits);
    }
    println!("peak {} MB", peak("self"));
}

/// Edits of a playbook of 2,000 lines, as a program asks and as an editor does, which wants to know of every place.
fn long(workspace: &mut Workspace, edits: usize) {
    let long = project::long_playbook(PLAYBOOKS, PARTS);
    let lines = long.lines().count();
    workspace.write(&named(PLAYBOOKS), long);
    assert!(
        workspace.check().is_clean(),
        "the long playbook has mistakes"
    );
    let what = format!("a playbook of {lines} lines");
    after_edits(&what, workspace, Where::File(named(PLAYBOOKS)), edits);
    workspace.note([Arc::from(named(PLAYBOOKS))]);
    workspace.check();
    let what = format!("{what} that is open");
    after_edits(&what, workspace, Where::File(named(PLAYBOOKS)), edits);
}

fn named(playbook: usize) -> String {
    format!("playbook_{playbook}.sophia")
}

fn from_nothing(snapshot: &Snapshot) {
    let lines: usize = (snapshot.files.iter())
        .map(|file| file.text.lines().count())
        .sum();
    let checked = check(snapshot);
    for diagnostic in checked.diagnostics.iter().take(5) {
        println!(
            "{} {}: {}",
            diagnostic.code, diagnostic.file, diagnostic.message
        );
    }
    assert!(checked.is_clean(), "the project has mistakes");
    drop(checked);
    let times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(check(snapshot));
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    println!(
        "{PLAYBOOKS} playbooks, {MODULES} modules, {lines} lines, {TABLES} tables, {} calls, from nothing: {} (peak {} MB)",
        TOOLS * CALLS,
        Times::of(times),
        peak("self")
    );
}

/// One edit, one answer: a changed literal, a broken line, a mended one, at random places.
fn after_edits(what: &str, workspace: &mut Workspace, place: Where, edits: usize) {
    let mut editor = Editor::new(place, workspace.snapshot());
    let (mut sound, mut broken) = (Taken::default(), Taken::default());
    for _ in 0..edits {
        let (path, text) = editor.next(workspace.snapshot());
        let (start, processor) = (Instant::now(), on_processor());
        workspace.write(&path, text);
        let is_sound = workspace.check().is_clean();
        let taken = if is_sound { &mut sound } else { &mut broken };
        taken.times.push(start.elapsed().as_secs_f64() * 1e3);
        taken.busy.push(on_processor() - processor);
        // As a server does once the answer is out.
        drop(workspace.tidy());
    }
    for (kind, taken) in [("without a mistake", sound), ("with mistakes", broken)] {
        let count = taken.times.len();
        println!(
            "after an edit of {what}, {kind}: {}; on the processor {} ({count} of {edits} edits)",
            Times::of(taken.times),
            Times::of(taken.busy)
        );
    }
    for (path, text) in editor.mended() {
        workspace.write(&path, text);
    }
    assert!(workspace.check().is_clean(), "everything is mended");
}

/// How long answers took, and how long the thread that gave them was on a processor.
#[derive(Default)]
struct Taken {
    times: Vec<f64>,
    busy: Vec<f64>,
}

/// How long this thread was on a processor, in milliseconds, as the kernel counts it: what others take from a shared
/// machine does not count.
fn on_processor() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = account.split(' ').next();
    spent
        .and_then(|spent| spent.parse::<f64>().ok())
        .unwrap_or_default()
        / 1e6
}
