//! What the statements of a run gave is given again where it holds: after any change inside a body, a workspace answers
//! what a check from nothing answers.
//!
//! `SOPHIA_EDITS` says how often each text is changed.

mod fixture;
mod lines;
#[path = "changing/random.rs"]
mod random;

use std::fmt::Write as _;
use std::sync::Arc;

use fixture::{examples, pages};
use lines::rewritten;
use random::Random;
use sophia_compiler::found::Places;
use sophia_compiler::{Snapshot, SourceFile, Workspace};
use sophia_diagnostics::Diagnostic;
use sophia_plan::types::{RecordType, Type};

/// A body in which statements rest on each other in every way.
const BODY: &str = include_str!("lines/body.sophia");

/// How often a text is changed, if nobody says otherwise.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever wants many edits says so"
)]
fn edits(usual: usize) -> usize {
    let said = std::env::var("SOPHIA_EDITS").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(usual)
}

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: Arc::from(*path),
        text: Arc::from(*text),
    });
    let mut files: Vec<SourceFile> = files.collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Workspace::new(Snapshot {
        manifest: fixture::manifest(),
        catalogue: fixture::catalogue(),
        files,
    })
}

/// Everything that was found, and of which column of which query each field of a type is.
fn written(workspace: &Workspace, path: &str) -> String {
    let mut text = format!("{:#?}", workspace.checked());
    if let Some(places) = workspace.places(path) {
        let _ = write!(text, "{places:#?}");
        for (span, of) in &places.types {
            let _ = write!(text, "\n{span:?}");
            columns(places, of, &mut text);
        }
    }
    text
}

fn columns(places: &Places, of: &Type, text: &mut String) {
    let record = |record: &RecordType, text: &mut String| {
        for field in &record.fields {
            for (query, row) in &places.queries {
                let mut columns = row.fields.iter();
                if columns.any(|column| Arc::ptr_eq(&column.name, &field.name)) {
                    let _ = write!(text, " {query}.{}", field.name);
                }
            }
            columns(places, &field.of, text);
        }
    };
    match of {
        Type::Optional(inner) | Type::List(inner) => columns(places, inner, text),
        Type::Table(row) | Type::Record(row) => record(row, text),
        _ => {}
    }
}

/// Changes a text again and again, and holds what a workspace says of it against what one says that is new. Gives how
/// often there was no error in it.
fn change(random: &mut Random, files: &[(&str, &str)], edits: usize, told: &str) -> usize {
    let Some((path, text)) = files.first().copied() else {
        return 0;
    };
    let mut held = workspace(files);
    // Whether somebody asks for places or not.
    if random.below(3) > 0 {
        held.note([Arc::from(path)]);
    }
    held.check();
    let (mut sound, mut now) = (text.to_owned(), text.to_owned());
    let mut clean = 0;
    for number in 0..edits {
        now = match random.below(4) {
            0 => sound.clone(),
            1 => rewritten(random, &now),
            _ => rewritten(random, &sound),
        };
        held.write(path, now.as_str());
        held.check();
        let mut fresh = Workspace::new(held.snapshot().clone());
        fresh.note(held.noted().iter().cloned());
        fresh.check();
        let (found, expected) = (written(&held, path), written(&fresh, path));
        if found != expected {
            let lines = found.lines().zip(expected.lines()).enumerate();
            let other: Vec<_> = lines.filter(|(_, (one, two))| one != two).take(5).collect();
            panic!(
                "{told}, edit {number}\nbefore:\n{sound}\nnow:\n{now}\nkept and from nothing differ: {other:#?}"
            );
        }
        if number % 3 > 0 {
            drop(held.tidy());
        }
        if !held.checked().diagnostics.iter().any(Diagnostic::is_error) {
            clean += 1;
            sound.clone_from(&now);
        }
        // What was there at first comes back, so that no text withers.
        if random.below(12) == 0 {
            text.clone_into(&mut sound);
        }
    }
    clean
}

#[test]
fn any_change_of_a_body_is_answered_as_from_nothing() {
    let mut random = Random::new(11);
    let files = [("body.sophia", BODY)];
    let mut held = workspace(&files);
    let told: Vec<String> = (held.check().diagnostics.iter())
        .map(|told| format!("{} {:?}: {}", told.code, told.span, told.message))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    let edits = edits(120);
    let clean = change(&mut random, &files, edits, "the body");
    assert!(clean > edits / 4, "{clean} of {edits} without an error");
}

#[test]
fn any_change_of_an_example_is_answered_as_from_nothing() {
    let mut random = Random::new(5);
    let edits = edits(1);
    let (mut clean, mut all) = (0, 0);
    for folder in ["tests/specification", "../docs/language"] {
        for (page, words) in pages(folder) {
            for (number, example) in examples(&words).iter().enumerate() {
                let told = format!("{page}, example {number}");
                clean += change(&mut random, &example.files(), edits, &told);
                all += edits;
            }
        }
    }
    assert!(clean > all / 8, "{clean} of {all} without an error");
}
