//! `sophia sync`

use sophia_compiler::catalogue::our_name;
use sophia_diagnostics::Problem;
use sophia_server::sync::{Selection, Synced, sync, sync_and_create, write_lock};

use super::open::{Opened, open, secrets};
use super::{create, sample};
use crate::Exit;
use crate::arguments::{Format, Sync};
use crate::render::diagnostic;
use crate::render::numbers::counted;

/// Asks the live systems; writes the lock, or with `--check` says what drifted.
pub(crate) async fn run(options: Sync) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let broken: Vec<_> = opened
        .project
        .own_diagnostics
        .iter()
        // A broken lock is no obstacle: it is about to be written anew.
        .filter(|diagnostic| &*diagnostic.file == sophia_server::project::MANIFEST)
        .collect();
    if opened.show_errors(&broken) {
        return Ok(Exit::CannotDo);
    }
    if let Some(call) = &options.sample {
        let call = Some(call.as_str()).filter(|call| !call.is_empty());
        return sample::run(&opened, &options, call).await;
    }
    let settings = opened.settings(&options.env)?;
    let selection = Selection {
        only: options.only.clone(),
    };
    let (project, secrets, now) = (&opened.project, secrets(), jiff::Timestamp::now());
    if options.create {
        let made = sync_and_create(project, &settings, &secrets, &selection, now);
        let (synced, creation) = Box::pin(made).await?;
        return create::finish(&opened, &options, &synced, &creation);
    }
    let synced = Box::pin(sync(project, &settings, &secrets, &selection, now)).await?;
    if options.check {
        return Ok(drift(&opened, &synced, options.format));
    }
    write_lock(&opened.project.root, &synced.catalogue)?;
    if options.format == Format::Json {
        anstream::println!("{:#}", differences(&synced, &[]));
    } else {
        report(&synced, &[]);
    }
    Ok(Exit::Well)
}

/// What drifted, and the mistakes that the playbooks would have.
fn drift(opened: &Opened, synced: &Synced, format: Format) -> Exit {
    let mut project = opened.project.clone();
    project.snapshot.catalogue = synced.catalogue.clone();
    let before = opened.project.check();
    let checked = project.check();
    let breaks: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|mistake| mistake.is_error() && !before.diagnostics.contains(mistake))
        .collect();
    let broken: std::collections::BTreeSet<_> = breaks
        .iter()
        .map(|mistake| mistake.file.to_string())
        .collect();
    let broken: Vec<_> = broken.into_iter().collect();
    if format == Format::Json {
        anstream::println!("{:#}", differences(synced, &broken));
    } else {
        for mistake in &breaks {
            anstream::println!("{}", diagnostic::sheet(mistake, &opened.project.texts));
        }
        report(synced, &broken);
    }
    if synced.differences.is_empty() {
        Exit::Well
    } else {
        Exit::Problems
    }
}

/// What differs, for programs.
pub(super) fn differences(synced: &Synced, broken: &[String]) -> serde_json::Value {
    serde_json::json!({ "differences": synced.differences, "breaks": broken })
}

/// What was pinned and what differs, for people.
pub(super) fn report(synced: &Synced, broken: &[String]) {
    let catalogue = &synced.catalogue;
    for (name, connection) in &catalogue.connections {
        let columns = connection
            .tables
            .values()
            .map(|table| table.columns.len() as u64)
            .sum();
        let tables = counted(connection.tables.len() as u64, "table", "tables");
        anstream::println!(
            "  {name:<14} {tables}, {}",
            counted(columns, "column", "columns")
        );
    }
    for (name, server) in &catalogue.tools {
        let calls = counted(server.calls.len() as u64, "tool", "tools");
        anstream::println!(
            "  {name:<14} {calls} of {} {}",
            server.server,
            server.version
        );
        for (call, pinned) in &server.calls {
            let plain = our_name(name, &pinned.wire_name);
            if plain != *call {
                anstream::println!(
                    "  {:<14} `{}` is `{call}`: another tool is `{plain}`",
                    "",
                    pinned.wire_name
                );
            }
        }
    }
    for (name, model) in &catalogue.models {
        let file = match (&*model.kind, &model.digest) {
            ("gguf", None) => " (the file is not on this machine)",
            _ => "",
        };
        anstream::println!("  {name:<14} {} {}{file}", model.kind, model.model);
    }
    if synced.differences.is_empty() {
        anstream::println!("Nothing differs from sophia.lock.");
        return;
    }
    anstream::println!(
        "{}:",
        counted(synced.differences.len() as u64, "difference", "differences")
    );
    for difference in synced.differences.iter().take(40) {
        anstream::println!("  {:<40} {}", difference.subject, difference.change);
    }
    if synced.differences.len() > 40 {
        anstream::println!("  … and {} more", synced.differences.len() - 40);
    }
    for file in broken {
        anstream::println!("Breaks {file}");
    }
}
