//! The lines of a run's steps: `customers   5,174 rows   38 ms`.

use std::time::Duration;

use sophia_server::sheet::StepLine;

use super::numbers::{counted, duration, grouped};
use super::style::{ERROR, QUIET, WARNING, paint};

/// Whether a step is worth a line of its own while a run goes on: what reads, computes, asks or acts.
pub(crate) fn is_shown(line: &StepLine) -> bool {
    !matches!(line.kind, "branch" | "end" | "loop" | "block")
}

/// One line of at most 100 columns where the playbook's own names are short.
pub(crate) fn line(line: &StepLine) -> String {
    let label = line.call.as_deref().unwrap_or(&line.label);
    let label = if label.chars().count() > 24 {
        line.label.as_ref()
    } else {
        label
    };
    format!(
        "  {label:<24} {:<60} {}",
        what(line),
        paint(QUIET, duration(Duration::from_micros(line.micros)))
    )
}

/// What came of a step, in a few words.
fn what(line: &StepLine) -> String {
    let rows = line.rows.map(|rows| counted(rows, "row", "rows"));
    let mut text = match (line.kind, rows) {
        ("predictor", _) => line.note.clone().unwrap_or_default(),
        ("compute", Some(_)) => {
            let rows = line.rows.map(grouped).unwrap_or_default();
            line.note
                .as_ref()
                .map_or_else(|| rows.clone(), |note| format!("{rows} {note}"))
        }
        (_, Some(rows)) => rows,
        ("model" | "effect" | "read", None) if line.reached > 1 || line.suppressed > 0 => {
            let mut text = format!("{} of {}", grouped(line.done), grouped(line.reached));
            if line.suppressed > 0 {
                text.push_str(&format!(", {} left out", grouped(line.suppressed)));
            }
            text
        }
        _ => String::new(),
    };
    if line.failed > 0 {
        text.push_str(&paint(
            ERROR,
            format_args!(" {} failed", grouped(line.failed)),
        ));
    }
    if line.open > 0 {
        text.push_str(&paint(
            WARNING,
            format_args!(" {} open", grouped(line.open)),
        ));
    }
    if line.stand_in {
        text.push_str(" (stand-in)");
    }
    if line.answered_by.contains_key("otherwise") {
        text.push_str(" (otherwise)");
    }
    text
}
