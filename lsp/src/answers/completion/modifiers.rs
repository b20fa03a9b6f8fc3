//! What may follow a step: `retry`, `timeout`, `at most once per` and their kind, by what the step does.
//!
//! Kept true here: a modifier that has nothing to act on, and one that the step has already, is not offered.

use sophia_language::{Token, TokenKind, begins_item};

use super::around::{enclosing, line_of, open_bracket};
use super::items::{Item, Items, Rank};
use super::words::Block;
use crate::answers::meaning::{Meaning, granted};
use crate::names::Kind as What;
use crate::project::Spot;
use crate::protocol::CompletionItemKind as Kind;

/// What a step does, as far as its modifiers ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// It changes the world.
    Effect,
    /// It calls an action: statements that hold together.
    Action,
    /// It asks somebody.
    Ask,
    /// It waits for something from outside.
    Wait,
    /// It lets time pass.
    Pause,
    /// It calls something, reads, or calculates.
    Value,
    /// It is a trigger, which begins a run.
    Begin,
}

/// A step, and where a cursor behind it stands.
struct Step {
    does: Does,
    /// The words of the modifiers that it has.
    has: Vec<String>,
    /// Whether the cursor stands on a line of its own that is indented deeper.
    is_deeper: bool,
    /// Whether the cursor stands where a line begins.
    begins_line: bool,
}

/// The first word of a modifier, and what is written for it. In the order in which they are needed most often.
const MODIFIERS: &[(&str, &str)] = &[
    (
        "at most once per",
        "at most once per ${1:key} in ${2:7 days}",
    ),
    ("retry", "retry ${1:3} times over ${2:10 minutes}"),
    ("within", "within ${1:1 day}"),
    ("remind", "remind every ${1:1 hour}"),
    ("undo with", "undo with $0"),
    ("timeout", "timeout ${1:30 seconds}"),
    ("unsure", "unsure ${1|retry,skip,ask|}"),
    ("otherwise", "otherwise $0"),
    ("named", "named $0"),
    ("catch up", "catch up ${1|once,all,none|}"),
    ("except our own", "except our own"),
    (
        "in batches of",
        "in batches of ${1:100} or every ${2:5 minutes}",
    ),
];

/// Words that a line of modifiers begins with.
const GO_ON: &[&str] = &[
    "at",
    "retry",
    "within",
    "remind",
    "undo",
    "timeout",
    "unsure",
    "otherwise",
    "named",
    "then",
    "catch",
    "except",
    "in",
];

/// The modifiers that the step before a cursor can have, behind it or on a line of its own. Says whether nothing else
/// can stand there.
pub(super) fn modifiers(items: &mut Items<'_>, offset: usize) -> bool {
    let Some(step) = step(&items.spot, offset) else {
        return false;
    };
    let is_sure = step.does != Does::Value;
    let rank = match (step.begins_line, step.is_deeper) {
        (true, false) => Rank::Far,
        _ if is_sure => Rank::Required,
        _ => Rank::Wanted,
    };
    for (word, snippet) in MODIFIERS {
        let first = word.split(' ').next().unwrap_or_default();
        if step.does.takes(first) && !step.has.iter().any(|has| has == first) {
            items.push(rank, Item::new(*word, Kind::Keyword).snippet(*snippet));
        }
    }
    is_sure && !step.begins_line
}

impl Does {
    /// Whether a modifier has something to act on.
    fn takes(self, first: &str) -> bool {
        match first {
            "retry" | "timeout" => matches!(self, Self::Effect | Self::Action | Self::Value),
            "otherwise" => !matches!(self, Self::Pause | Self::Begin),
            "at" | "undo" => matches!(self, Self::Effect | Self::Action),
            "unsure" => self == Self::Effect,
            "within" => matches!(self, Self::Ask | Self::Wait),
            "remind" => self == Self::Ask,
            "catch" | "except" | "in" => self == Self::Begin,
            _ => self != Self::Begin,
        }
    }
}

/// The step that what is written at a cursor belongs to; `None` inside its brackets, and where there is none.
fn step(spot: &Spot<'_>, offset: usize) -> Option<Step> {
    let text = spot.file.text.as_str();
    let tokens = &spot.parsed()?.tokens;
    let word = text.get(..offset)?;
    let word = word.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let count = tokens.partition_point(|token| (token.span.end as usize) <= word.len());
    let before = tokens.get(..count)?;
    if open_bracket(before).is_some() && enclosing(before, text) != Some(Block::Statements) {
        return None;
    }
    let own = indentation(text, word.len());
    let begins_line = line_of(before).is_empty();
    let mut has = Vec::new();
    let mut upto = before;
    loop {
        let (start, is_first) = line_start(upto)?;
        let line = upto.get(start..).unwrap_or_default();
        let line = said(line, text);
        match line.first() {
            Some((_, first)) if GO_ON.contains(first) => has.extend(modifiers_of(&line)),
            // A line that goes on with what stands before it, or one that is empty.
            Some((_, first)) if !begins_item(first) => {}
            None => {}
            Some((first, _)) => {
                has.extend(modifiers_of(&line));
                let head = indentation(text, first.span.start as usize);
                return Some(Step {
                    does: does(spot, &line)?,
                    has,
                    is_deeper: begins_line && own > head,
                    begins_line,
                });
            }
        }
        // An empty line ends whatever stands before it.
        let is_apart = line.is_empty() && upto.len() < before.len();
        if is_apart || is_first {
            return None;
        }
        upto = upto.get(..start.checked_sub(1)?)?;
    }
}

/// The number of the first token of the last line, brackets that are closed again being one with their lines, and whether
/// no line stands before it in its block; `None` where another bracket is left that is open.
fn line_start(tokens: &[Token]) -> Option<(usize, bool)> {
    let mut closed = 0usize;
    for (at, token) in tokens.iter().enumerate().rev() {
        if token.kind.is_closing() {
            closed += 1;
        } else if token.kind.closed_by().is_some() {
            match closed.checked_sub(1) {
                Some(left) => closed = left,
                // The line begins behind the brace that holds it.
                None if token.kind == TokenKind::OpenBrace => return Some((at + 1, true)),
                None => return None,
            }
        } else if token.kind == TokenKind::Newline && closed == 0 {
            return Some((at + 1, false));
        }
    }
    Some((0, true))
}

/// The words and marks of a line.
fn said<'t>(line: &'t [Token], text: &'t str) -> Vec<(&'t Token, &'t str)> {
    let line = line.iter().filter(|token| !token.kind.is_trivia());
    let line = line.filter(|token| token.span.start < token.span.end);
    line.map(|token| (token, text.get(token.span.range()).unwrap_or_default()))
        .collect()
}

/// The first words of the modifiers on a line.
fn modifiers_of(line: &[(&Token, &str)]) -> Vec<String> {
    let mut depth = 0usize;
    let mut found = Vec::new();
    for (token, word) in line {
        if token.kind.closed_by().is_some() {
            depth += 1;
        } else if token.kind.is_closing() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.kind == TokenKind::Word && GO_ON.contains(word) {
            found.push((*word).to_owned());
        }
    }
    found
}

/// What the step does that a line begins.
fn does(spot: &Spot<'_>, line: &[(&Token, &str)]) -> Option<Does> {
    let words: Vec<&str> = line.iter().map(|(_, word)| *word).collect();
    let is_let = words.first() == Some(&"let");
    let step = match words.as_slice() {
        ["let", _, "=", rest @ ..] => rest,
        ["let", ..] => return None,
        rest => rest,
    };
    Some(match step {
        ["trigger", _, ..] => Does::Begin,
        ["do", name, next, ..] => called(spot, name, next),
        ["record" | "emit" | "set" | "run" | "start", _, ..] => Does::Effect,
        ["ask", _, ..] => Does::Ask,
        ["wait", "for", "first", ..] => Does::Pause,
        ["wait", "for", _, ..] => Does::Wait,
        ["wait", _, ..] => Does::Pause,
        ["for", ..] => return None,
        // What calls nothing has nothing that could fail.
        rest if is_let && rest.contains(&"(") => Does::Value,
        _ => return None,
    })
}

/// Whether a call behind `do` is one of an action.
fn called(spot: &Spot<'_>, name: &str, next: &str) -> Does {
    let made = spot.file.index().and_then(|index| index.declared(name));
    let is_action = made.is_some_and(|binder| match binder.kind {
        What::Action => true,
        What::Grant if next == "." => (spot.project)
            .and_then(|project| granted(project, &binder.written))
            .is_some_and(|meaning| matches!(meaning, Meaning::Made { .. })),
        _ => false,
    });
    if is_action {
        Does::Action
    } else {
        Does::Effect
    }
}

/// The columns before what a line says first.
fn indentation(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default();
    line.bytes().take_while(|byte| *byte == b' ').count()
}
