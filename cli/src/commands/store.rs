//! `sophia store`: a backup, a store from one, whether a store is whole, and room that is given back.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::upkeep::{self, Retention, Verified};
use sophia_server::environment::{Folders, store_keys};
use sophia_server::retention::retention;

use super::open::{open, secrets};
use crate::Exit;
use crate::arguments::{Format, Store, StoreAction, StoreFile, StorePlace};
use crate::render::numbers::{bytes, counted, grouped, instant};
use crate::render::style::{ERROR, QUIET, paint};

/// Looks after the store of an environment, also while a daemon holds it.
pub(crate) fn run(options: &Store) -> Result<Exit, Problem> {
    match &options.action {
        StoreAction::Backup(options) => backup(options),
        StoreAction::Restore(options) => restore(options),
        StoreAction::Verify(options) => verify(options),
        StoreAction::Compact(options) => compact(options),
    }
}

/// The file of a store, and which of its runs are kept.
fn place(place: &StorePlace) -> Result<(PathBuf, Retention), Problem> {
    let opened = open(&place.project)?;
    let settings = opened.settings(&place.env)?;
    let folders = Folders::new(
        &opened.project.root,
        &settings.name,
        settings.store_path.as_deref(),
    );
    Ok((folders.store, retention(&settings)))
}

fn there(place_of: &StorePlace) -> Result<(PathBuf, Retention), Problem> {
    let (store, retention) = place(place_of)?;
    if store.exists() {
        return Ok((store, retention));
    }
    Err(Problem::new(
        codes::S986,
        format!("Nothing has run in the environment {} yet.", place_of.env),
    )
    .with_help("`sophia run` starts a run"))
}

fn backup(options: &StoreFile) -> Result<Exit, Problem> {
    let (store, _) = there(&options.place)?;
    let made = upkeep::backup(&store, &options.file)?;
    match options.place.format {
        Format::Json => anstream::println!("{:#}", json!({ "backup": made, "file": options.file })),
        Format::Text => anstream::println!(
            "Backed up {} in {} to {}.\n\nNext: sophia store restore {} makes a store from it",
            counted(made.runs, "run", "runs"),
            bytes(made.bytes),
            options.file.display(),
            options.file.display(),
        ),
    }
    Ok(Exit::Well)
}

fn restore(options: &StoreFile) -> Result<Exit, Problem> {
    let (store, _) = place(&options.place)?;
    let made = upkeep::restore(&options.file, &store)?;
    match options.place.format {
        Format::Json => anstream::println!("{:#}", json!({ "restored": made, "store": store })),
        Format::Text => anstream::println!(
            "Restored {} to {}.\n\nNext: sophia store verify · sophia resume goes on with what was under way",
            counted(made.runs, "run", "runs"),
            store.display(),
        ),
    }
    Ok(Exit::Well)
}

fn verify(options: &StorePlace) -> Result<Exit, Problem> {
    let (store, _) = there(options)?;
    let verified = upkeep::verify(&store, &store_keys(&secrets())?)?;
    match options.format {
        Format::Json => anstream::println!("{:#}", json!(verified)),
        Format::Text => anstream::print!("{}", verified_text(&verified, &store)),
    }
    Ok(if verified.findings.is_empty() {
        Exit::Well
    } else {
        Exit::Problems
    })
}

fn verified_text(verified: &Verified, store: &Path) -> String {
    let mut text = String::new();
    for finding in &verified.findings {
        let run = match &finding.run {
            Some(run) => format!("run {run}"),
            None => "the store".to_owned(),
        };
        text.push_str(&format!(
            "  {}  {run}: {}\n",
            paint(ERROR, "S996"),
            finding.what
        ));
    }
    if !verified.findings.is_empty() {
        text.push('\n');
    }
    for deleted in &verified.deleted {
        let until = deleted
            .until
            .map(|until| format!(", ended until {}", instant(until)))
            .unwrap_or_default();
        let what = format!(
            "deleted {}: {} {}{until}",
            instant(deleted.at),
            grouped(deleted.count),
            deleted.what
        );
        text.push_str(&format!("  {}\n", paint(QUIET, what)));
    }
    let looked = format!(
        "{}, {}, {}",
        counted(verified.runs, "run", "runs"),
        counted(verified.records, "record", "records"),
        counted(verified.large, "large value", "large values"),
    );
    text.push_str(&match verified.findings.len() {
        0 => format!("Whole: {looked} in {}.\n", store.display()),
        number => format!(
            "{} in {looked} of {}.\n\nNext: sophia explain S996\n",
            paint(
                ERROR,
                format_args!("{} found", counted(number as u64, "fault", "faults"))
            ),
            store.display()
        ),
    });
    text
}

fn compact(options: &StorePlace) -> Result<Exit, Problem> {
    let (store, retention) = there(options)?;
    let keys = store_keys(&secrets())?;
    let now = Timestamp::now();
    let mut runs = 0;
    loop {
        let removed = upkeep::remove_old(&store, retention, now)?;
        runs += removed.runs;
        if !removed.more {
            break;
        }
    }
    let compacted = upkeep::compact(&store, &keys, now)?;
    if options.format == Format::Json {
        anstream::println!("{:#}", json!({ "runs": runs, "compacted": compacted }));
        return Ok(Exit::Well);
    }
    anstream::println!(
        "Compacted from {} to {}: {}, {} and {} deleted.",
        bytes(compacted.before),
        bytes(compacted.after),
        counted(runs, "run", "runs"),
        counted(compacted.large, "large value", "large values"),
        counted(compacted.plans, "plan", "plans"),
    );
    if compacted.keeps_room {
        anstream::println!(
            "\nThe file was made by an older version and keeps its free room until this is done while nothing runs."
        );
    }
    Ok(Exit::Well)
}
