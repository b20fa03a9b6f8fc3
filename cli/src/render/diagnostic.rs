//! A mistake with its place: the sheet of `docs/` and the JSON of `--format json`.
//!
//! The order of facts on the sheet is part of the product, so its layout is our own; see `narrated` for
//! the form that reads aloud.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, LineIndex, Severity};

use super::style::{ERROR, HINT, QUIET, STRONG, WARNING, paint};

/// The texts of a project by the names that diagnostics use.
pub(crate) type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// The sheet of one mistake, at most 100 columns where the writer's own line is.
pub(crate) fn sheet(diagnostic: &Diagnostic, texts: &Texts) -> String {
    let style = match diagnostic.severity() {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Hint => HINT,
    };
    let mut sheet = String::new();
    let _ = writeln!(
        sheet,
        "{}  {}",
        paint(style, diagnostic.code),
        paint(STRONG, &diagnostic.message)
    );
    let text = texts.get(&diagnostic.file).map_or("", |text| text);
    frame(&mut sheet, text, diagnostic, style);
    if !diagnostic.related.is_empty() {
        let _ = writeln!(sheet, "     {}", paint(QUIET, "|"));
        for related in &diagnostic.related {
            let other = texts.get(&related.file).map_or("", |text| text);
            let at = LineIndex::new(other).position(related.span.start as usize);
            let place = if related.file == diagnostic.file {
                format!("line {}", at.line)
            } else if other.is_empty() {
                // The lock is nobody's to read.
                related.file.to_string()
            } else {
                format!("{}:{}", related.file, at.line)
            };
            let _ = writeln!(
                sheet,
                "     {} {}  {}",
                paint(QUIET, "|"),
                related.message,
                paint(QUIET, place)
            );
        }
    }
    if !diagnostic.notes.is_empty() {
        let _ = writeln!(sheet, "     {}", paint(QUIET, "|"));
        for note in &diagnostic.notes {
            let _ = writeln!(sheet, "     {} {note}", paint(QUIET, "="));
        }
    }
    let explain = paint(QUIET, format_args!("sophia explain {}", diagnostic.code));
    match &diagnostic.fix {
        Some(fix) => {
            let line = format!("Fix: {}", fix.message);
            let gap = " ".repeat(60_usize.saturating_sub(line.chars().count()).max(2));
            let _ = writeln!(sheet, "\n  {line}{gap}{explain}");
        }
        None => {
            let _ = writeln!(sheet, "\n  {explain}");
        }
    }
    sheet
}

/// The place and the line it stands on, underlined.
fn frame(sheet: &mut String, text: &str, diagnostic: &Diagnostic, style: anstyle::Style) {
    let index = LineIndex::new(text);
    let at = index.position(diagnostic.span.start as usize);
    let end = index.position(diagnostic.span.end as usize);
    let _ = writeln!(sheet, "\n  {}:{}:{}", diagnostic.file, at.line, at.column);
    let line = index.line(at.line);
    let before = (at.column as usize).saturating_sub(1);
    // A mistake over several lines is underlined to the end of its first.
    let last = if end.line == at.line {
        end.column as usize
    } else {
        line.chars().count() + 1
    };
    let carets = "^".repeat(last.saturating_sub(at.column as usize).max(1));
    let lead: String = line
        .chars()
        .take(before)
        .map(|letter| if letter == '\t' { '\t' } else { ' ' })
        .collect();
    let bar = paint(QUIET, "|");
    let label = diagnostic
        .label
        .as_deref()
        .map(|label| format!(" {label}"))
        .unwrap_or_default();
    let _ = writeln!(sheet, "     {bar}");
    let _ = writeln!(
        sheet,
        "{} {bar} {line}",
        paint(QUIET, format_args!("{:>4}", at.line))
    );
    let _ = writeln!(
        sheet,
        "     {bar} {lead}{}",
        paint(style, format_args!("{carets}{label}"))
    );
}

/// The mistake as one JSON object with positions that start at 1.
pub(crate) fn json(diagnostic: &Diagnostic, texts: &Texts) -> serde_json::Value {
    let index = LineIndex::new(texts.get(&diagnostic.file).map_or("", |text| text));
    let start = index.position(diagnostic.span.start as usize);
    let end = index.position(diagnostic.span.end as usize);
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|related| {
            let other = LineIndex::new(texts.get(&related.file).map_or("", |text| text));
            let at = other.position(related.span.start as usize);
            serde_json::json!({
                "file": related.file,
                "line": at.line,
                "column": at.column,
                "message": related.message,
            })
        })
        .collect();
    serde_json::json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity(),
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "help": diagnostic.fix.as_ref().map(|fix| fix.message.as_str()),
        "label": diagnostic.label,
        "notes": diagnostic.notes,
        "related": related,
    })
}

/// `2 errors, 1 warning in 2 files`, or nothing where there are none.
pub(crate) fn tally(diagnostics: &[&Diagnostic]) -> Option<String> {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity() == severity)
            .count() as u64
    };
    let mut parts = Vec::new();
    for (severity, singular, plural) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Hint, "hint", "hints"),
    ] {
        let number = count(severity);
        if number > 0 {
            parts.push(super::numbers::counted(number, singular, plural));
        }
    }
    if parts.is_empty() {
        return None;
    }
    let files: std::collections::BTreeSet<_> = diagnostics
        .iter()
        .map(|diagnostic| &diagnostic.file)
        .collect();
    let files = super::numbers::counted(files.len() as u64, "file", "files");
    Some(format!("{} in {files}", parts.join(", ")))
}
