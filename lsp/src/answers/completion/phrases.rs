//! Words that follow each other in a fixed order, and names that are made where they stand.

use sophia_language::{Token, TokenKind};

use super::begun::begun;
use super::place::Place;

/// Words that make a name when they begin a line.
const MAKES_A_NAME: &[&str] = &[
    "playbook",
    "module",
    "input",
    "type",
    "query",
    "command",
    "metric",
    "state",
    "predictor",
    "model",
    "function",
    "action",
    "policy",
    "let",
];

/// What the words of a line so far go on with, where that is fixed or where a new name is made.
pub(super) fn phrase(line: &[Token], text: &str) -> Option<Place> {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    let last = line.last()?;
    if let Some(place) = begun(&words) {
        return Some(place);
    }
    Some(match words.as_slice() {
        [word] if MAKES_A_NAME.contains(word) => Place::New,
        ["for", "each"]
        | [.., "=", "for", "each"]
        | ["retry" | "budget"]
        | ["budget", .., ","]
        | ["repeat", "every"]
        | [.., ".."] => Place::New,
        [first, .., "as"] if makes_a_name(first, &words) => Place::New,
        [first, .., "(" | ","] if declares(first, &words) && is_open(&words) => Place::New,
        ["query" | "command", .., ","] => Place::Words(&["at most 100 rows", "at most 1 row"]),
        ["one", "run"] => Place::Words(&["at a time"]),
        ["one", .., ","] => Place::Words(&["skip", "join", "newest wins"]),
        [.., "ask", number] if is_number(number) => Place::Words(&["of"]),
        [.., "ask", "\"", _, "\""] | [.., "ask", _, "of", "\"", _, "\""] => {
            Place::Words(&["to approve", "for"])
        }
        ["stop" | "fail" | "skip", "\"", .., "\""] => Place::Words(&["when", "on"]),
        ["within", .., ","] => Place::Words(&["then"]),
        ["let", _, "="] => Place::Bound {
            from: last.span.end as usize,
        },
        ["let", _] | [.., "|", "add", _] => Place::Words(&["="]),
        ["for", "each", _, "in", .., ","] if !has_brackets(&words) => {
            Place::Words(&["8 at a time", "keep going"])
        }
        ["for", "each", _, "in", .., ",", number] if is_number(number) => {
            Place::Words(&["at a time"])
        }
        ["for"] | [.., "=", "for"] => Place::Words(&["each"]),
        ["for", "each", _] | [.., "=", "for", "each", _] => Place::Words(&["in"]),
        ["query", _] | ["query", .., ")"] | ["learn"] | ["metric", _, ":", _] => {
            Place::Words(&["from"])
        }
        ["command", .., ")"] => Place::Words(&["on"]),
        ["model" | "function", .., ")"] | ["trigger", "on", "request", .., ")"] => {
            Place::Words(&["->"])
        }
        ["predict"] => Place::Predicted,
        ["accept"] => Place::Words(&["auc >= 0.80", "mae <= 10"]),
        ["accept", "auc"] => Place::Words(&[">= 0.80"]),
        ["accept", "mae"] => Place::Words(&["<= 10"]),
        ["repeat"] => Place::Words(&["every"]),
        ["retrain"] => Place::Words(&["every month", "every week", "every day"]),
        ["retrain", "every"] => Place::Words(&["month", "week", "day"]),
        ["budget", .., "per"] => Place::Words(&["call", "run"]),
        ["budget", ..] if last.kind == TokenKind::Money => Place::Words(&["per call", "per run"]),
        ["on"] => Place::Words(&["failure"]),
        ["on", "failure"] | ["trigger", "on", "webhook", _, ".", _] => Place::Words(&["as"]),
        ["at"] => Place::Words(&["most once per"]),
        ["at", "most"] => Place::Words(&["once per"]),
        [.., "at", "most", "once"] | ["one", "run", "at", "a", "time"] => Place::Words(&["per"]),
        [.., "once", "per", _] | [.., "once", "per", _, ".", _] => Place::Words(&["in"]),
        [.., "retry", times] if is_number(times) => Place::Words(&["times"]),
        [.., "retry", _, "times" | "time"] => Place::Words(&["over"]),
        ["undo"]
        | ["trigger", "on", "webhook" | "event", .., "as", _]
        | ["expect", .., "called", "once" | "times"] => Place::Words(&["with"]),
        [.., "|", "sort" | "group"] => Place::Words(&["by"]),
        [.., ":" | "->" | "of", "row" | "type" | "list" | "table"] => Place::Words(&["of"]),
        ["expect", .., "never"] => Place::Words(&["called"]),
        ["expect", .., "called"] => Place::Words(&["once", "2 times"]),
        ["expect", .., "waits"] => Place::Words(&["for"]),
        ["one"] => Place::Words(&["run at a time"]),
        _ => return None,
    })
}

/// Whether a comma may be one between brackets.
pub(super) fn has_brackets(words: &[&str]) -> bool {
    words.iter().any(|word| matches!(*word, "(" | "[" | "{"))
}

/// Whether a line declares something with parameters.
fn declares(first: &str, words: &[&str]) -> bool {
    matches!(first, "query" | "command" | "model" | "function" | "action")
        || matches!(words, ["trigger", "on", "request", ..])
}

/// Whether a parenthesis of the line is open.
pub(super) fn is_open(words: &[&str]) -> bool {
    let count = |mark: &str| words.iter().filter(|word| **word == mark).count();
    count("(") > count(")")
}

/// Whether a name follows `as`, and no type.
fn makes_a_name(first: &str, words: &[&str]) -> bool {
    matches!(first, "trigger" | "wait" | "stop" | "on")
        || words
            .iter()
            .any(|word| matches!(*word, "join" | "otherwise" | "wait" | "optional"))
}
