//! The lines of a run's steps: `customers   5,174 rows   38 ms`.

use std::time::Duration;

use anstyle::Style;
use sophia_server::sheet::StepLine;

use super::numbers::{counted, duration, grouped};
use super::style::{ERROR, QUIET, WARNING, paint};

/// Whether a step is worth a line of its own while a run goes on: what reads, computes, asks or acts.
pub(crate) fn is_shown(line: &StepLine) -> bool {
    !matches!(line.kind, "branch" | "end" | "loop" | "block")
}

/// How wide the names are.
const NAMES: std::ops::RangeInclusive<usize> = 24..=36;

/// How wide names and what came of the steps are together.
const BOTH: usize = 85;

/// A line for each step, of at most 100 columns where the playbook's own names are short.
pub(crate) fn lines<'a>(lines: impl Iterator<Item = &'a StepLine> + Clone) -> Vec<String> {
    let widest = lines.clone().map(|line| label(line).chars().count());
    let names = widest
        .max()
        .unwrap_or(0)
        .clamp(*NAMES.start(), *NAMES.end());
    let told = |line: &StepLine| {
        let Words { text, width } = what(line);
        let name = label(line);
        // A name that is wider still has its own line.
        let gap = if name.chars().count() > names {
            format!("\n  {:names$}", "")
        } else {
            " ".repeat(names - name.chars().count())
        };
        format!(
            "  {name}{gap} {text}{} {}",
            " ".repeat(BOTH.saturating_sub(names + 1 + width)),
            paint(QUIET, duration(Duration::from_micros(line.micros)))
        )
    };
    lines.map(told).collect()
}

/// How a step is called: as what it calls, where that is short.
fn label(line: &StepLine) -> &str {
    let call = line.call.as_deref().unwrap_or(&line.label);
    if call.chars().count() > *NAMES.start() {
        &line.label
    } else {
        call
    }
}

/// Words, some of them painted, and how wide they are on a terminal.
#[derive(Default)]
struct Words {
    text: String,
    width: usize,
}

impl Words {
    fn add(&mut self, words: &str, style: Option<Style>) {
        if words.is_empty() {
            return;
        }
        if self.width > 0 {
            self.text.push(' ');
            self.width += 1;
        }
        self.width += words.chars().count();
        match style {
            Some(style) => self.text.push_str(&paint(style, words)),
            None => self.text.push_str(words),
        }
    }
}

/// What came of a step, in a few words.
fn what(line: &StepLine) -> Words {
    let rows = line.rows.map(|rows| counted(rows, "row", "rows"));
    let result = match (line.kind, rows) {
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
    let mut words = Words::default();
    words.add(&result, None);
    if line.failed > 0 {
        words.add(&format!("{} failed", grouped(line.failed)), Some(ERROR));
    }
    if line.open > 0 {
        words.add(&format!("{} open", grouped(line.open)), Some(WARNING));
    }
    if line.stand_in {
        words.add("(stand-in)", None);
    }
    if line.answered_by.contains_key("otherwise") {
        words.add("(otherwise)", None);
    }
    words
}
