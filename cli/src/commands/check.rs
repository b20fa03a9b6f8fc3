//! `sophia check`

use std::time::Instant;

use sophia_compiler::Checked;
use sophia_diagnostics::{Diagnostic, Problem};

use super::open::open;
use crate::Exit;
use crate::arguments::{Check, CheckFormat};
use crate::render::numbers::{counted, duration};
use crate::render::{diagnostic, narrated, problem};

/// Checks, prints, and says with the exit code whether there are errors.
pub(crate) fn run(options: &Check) -> Result<Exit, Problem> {
    let began = Instant::now();
    let opened = match open(&options.path) {
        Ok(opened) => opened,
        Err(cannot) if options.format == CheckFormat::Json => {
            anstream::println!(
                "{}",
                serde_json::json!({ "diagnostics": [], "problem": problem::json(&cannot) })
            );
            return Err(cannot);
        }
        Err(cannot) => return Err(cannot),
    };
    let checked = opened.project.check();
    let relevant = opened.relevant(&checked);
    let exit = if relevant.iter().any(|diagnostic| diagnostic.is_error()) {
        Exit::Problems
    } else {
        Exit::Well
    };
    if options.format == CheckFormat::Json {
        let diagnostics: Vec<_> = relevant
            .iter()
            .map(|mistake| diagnostic::json(mistake, &opened.project.texts))
            .collect();
        anstream::println!("{:#}", serde_json::json!({ "diagnostics": diagnostics }));
        return Ok(exit);
    }
    // Hints are for the editor: in a terminal they would hide what matters.
    let shown: Vec<&Diagnostic> = relevant
        .iter()
        .copied()
        .filter(|diagnostic| diagnostic.severity() != sophia_diagnostics::Severity::Hint)
        .collect();
    for mistake in shown.iter().take(20) {
        let texts = &opened.project.texts;
        let told = match options.format {
            CheckFormat::Narrated => narrated::narration(mistake, texts),
            _ => diagnostic::sheet(mistake, texts),
        };
        anstream::println!("{told}");
    }
    if shown.len() > 20 {
        anstream::println!("… and {} more.\n", shown.len() - 20);
    }
    summary(&opened, &shown, &checked, began);
    Ok(exit)
}

fn summary(opened: &super::open::Opened, shown: &[&Diagnostic], checked: &Checked, began: Instant) {
    let catalogue = &opened.project.snapshot.catalogue;
    let tables = catalogue
        .connections
        .values()
        .map(|connection| connection.tables.len() as u64)
        .sum();
    let calls = catalogue
        .tools
        .values()
        .map(|server| server.calls.len() as u64)
        .sum();
    let of = if opened.project.has_lock {
        let day = catalogue.synced_at.split('T').next().unwrap_or_default();
        format!(
            "{}, {}, {} (catalogue of {day})",
            counted(tables, "table", "tables"),
            counted(calls, "tool", "tools"),
            counted(catalogue.models.len() as u64, "model", "models"),
        )
    } else {
        "no sophia.lock: run `sophia sync`".to_owned()
    };
    let mut what = counted(checked.playbooks.len() as u64, "playbook", "playbooks");
    if checked.modules > 0 {
        let modules = counted(checked.modules as u64, "module", "modules");
        what = format!("{what}, {modules}");
    }
    anstream::println!("Checked {what} in {} · {of}", duration(began.elapsed()));
    match (diagnostic::tally(shown), shown.first()) {
        (Some(tally), Some(first)) => {
            let text = opened
                .project
                .texts
                .get(&first.file)
                .map_or("", |text| text);
            let at = sophia_diagnostics::LineIndex::new(text).position(first.span.start as usize);
            anstream::println!("{tally} · first: {}:{}:{}", first.file, at.line, at.column);
        }
        _ => anstream::println!("All is well."),
    }
}
