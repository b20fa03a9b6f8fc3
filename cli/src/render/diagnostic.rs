//! A mistake with its place: the sheet of `docs/` and the JSON of `--format json`.
//!
//! The texts are read through miette's source model, so that spans, tabs and wide characters are
//! treated as other tools treat them; the layout is our own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use miette::{SourceCode, SourceSpan};
use sophia_diagnostics::{Diagnostic, LineIndex, Severity, Span};

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
    let _ = writeln!(sheet, "{}  {}", paint(style, diagnostic.code), paint(STRONG, &diagnostic.message));
    let text = texts.get(&diagnostic.file).map_or("", |text| text);
    frame(&mut sheet, text, diagnostic, style);
    if !diagnostic.related.is_empty() {
        let _ = writeln!(sheet, "     {}", paint(QUIET, "|"));
        for related in &diagnostic.related {
            let other = texts.get(&related.file).map_or("", |text| text);
            let at = LineIndex::new(other).position(related.span.start as usize);
            let place = if related.file == diagnostic.file {
                format!("line {}", at.line)
            } else {
                format!("{}:{}", related.file, at.line)
            };
            let _ = writeln!(sheet, "     {} {}  {}", paint(QUIET, "|"), related.message, paint(QUIET, place));
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
    let at = LineIndex::new(text).position(diagnostic.span.start as usize);
    let _ = writeln!(sheet, "\n  {}:{}:{}", diagnostic.file, at.line, at.column);
    let Some((before, marked)) = line_parts(text, diagnostic.span) else { return };
    let gutter = format!("{:>4}", at.line);
    let bar = paint(QUIET, "|");
    let lead: String = before.chars().map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(marked.max(1));
    let label = diagnostic.label.as_deref().map(|label| format!(" {label}")).unwrap_or_default();
    let line = LineIndex::new(text).line(at.line);
    let _ = writeln!(sheet, "     {bar}");
    let _ = writeln!(sheet, "{} {bar} {line}", paint(QUIET, gutter));
    let _ = writeln!(sheet, "     {bar} {lead}{}", paint(style, format_args!("{carets}{label}")));
}

/// What stands before the span on its line, and how many characters of that line are marked.
fn line_parts(text: &str, span: Span) -> Option<(String, usize)> {
    let start = (span.start as usize).min(text.len());
    let end = (span.end as usize).clamp(start, text.len());
    let contents = text.read_span(&SourceSpan::from(start..end), 0, 0).ok()?;
    let shown = std::str::from_utf8(contents.data()).ok()?;
    let offset = start.checked_sub(contents.span().offset())?;
    let before = shown.get(..offset)?;
    let marked = text.get(start..end)?.lines().next().unwrap_or("").chars().count();
    Some((before.to_owned(), marked))
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
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count() as u64;
    let mut parts = Vec::new();
    for (severity, singular, plural) in
        [(Severity::Error, "error", "errors"), (Severity::Warning, "warning", "warnings"), (Severity::Hint, "hint", "hints")]
    {
        let number = count(severity);
        if number > 0 {
            parts.push(super::numbers::counted(number, singular, plural));
        }
    }
    if parts.is_empty() {
        return None;
    }
    let files: std::collections::BTreeSet<_> = diagnostics.iter().map(|diagnostic| &diagnostic.file).collect();
    let files = super::numbers::counted(files.len() as u64, "file", "files");
    Some(format!("{} in {files}", parts.join(", ")))
}
