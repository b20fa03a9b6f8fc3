//! `sophia sync`

use sophia_diagnostics::Problem;
use sophia_server::sync::{Selection, Synced, sync, write_lock};

use super::open::{Opened, open, secrets};
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
    let settings = opened.settings(&options.env)?;
    let selection = Selection {
        only: options.only.clone(),
    };
    let synced = sync(
        &opened.project,
        &settings,
        &secrets(),
        &selection,
        jiff::Timestamp::now(),
    )
    .await?;
    if options.check {
        return Ok(drift(&opened, &synced, options.format));
    }
    write_lock(&opened.project.root, &synced.catalogue)?;
    report(&synced, options.format, &[]);
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
    if format == Format::Text {
        for mistake in &breaks {
            anstream::println!("{}", diagnostic::sheet(mistake, &opened.project.texts));
        }
    }
    report(synced, format, &broken);
    if synced.differences.is_empty() {
        Exit::Well
    } else {
        Exit::Problems
    }
}

fn report(synced: &Synced, format: Format, broken: &[String]) {
    let catalogue = &synced.catalogue;
    if format == Format::Json {
        anstream::println!(
            "{:#}",
            serde_json::json!({ "differences": synced.differences, "breaks": broken })
        );
        return;
    }
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
