//! `sophia store`: a backup, a store from one, whether a store is whole, and room that is given back.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sophia_diagnostics::Problem;
use sophia_engine::upkeep::{self, Verified};
use sophia_server::environment::store_keys;
use sophia_server::retention::retention;

use super::open::secrets;
use super::place::Found;
use crate::Exit;
use crate::arguments::{Format, Store, StoreAction, StoreFile, StoreOf};
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

fn backup(options: &StoreFile) -> Result<Exit, Problem> {
    let store = options.of.place.find_store()?.store;
    let made = upkeep::backup(&store, &options.file)?;
    match options.of.format {
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
    let store = options.of.place.find()?.store;
    let made = upkeep::restore(&options.file, &store)?;
    match options.of.format {
        Format::Json => anstream::println!("{:#}", json!({ "restored": made, "store": store })),
        Format::Text => anstream::println!(
            "Restored {} to {}.\n\nNext: sophia store verify · sophia resume goes on with what was under way",
            counted(made.runs, "run", "runs"),
            store.display(),
        ),
    }
    Ok(Exit::Well)
}

fn verify(options: &StoreOf) -> Result<Exit, Problem> {
    let store = options.place.find_store()?.store;
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

fn compact(options: &StoreOf) -> Result<Exit, Problem> {
    let Found {
        store, settings, ..
    } = options.place.find_store()?;
    let retention = retention(&settings);
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
