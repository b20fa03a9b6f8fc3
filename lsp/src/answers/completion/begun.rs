//! Phrases of which some words are written: what each goes on with.
//!
//! Kept true here: a phrase that is one by its first words alone is told from those that only end alike.

use sophia_language::{Token, is_no_name};

use super::phrases::{has_brackets, is_open};
use super::place::Place;

/// Words before `not` behind which no value has ended.
const BEFORE_NOT: &[&str] = &[
    "when", "where", "if", "until", "and", "or", "then", "else", "ensure", "return", "yield",
    "expect",
];

/// What the words of a line so far go on with, where they have begun a phrase.
pub(super) fn begun(words: &[&str]) -> Option<Place> {
    stage(words)
        .or_else(|| looped(words))
        .or_else(|| declared(words))
        .or_else(|| waited(words))
        .or_else(|| valued(words))
}

/// Declarations and triggers.
fn declared(words: &[&str]) -> Option<Place> {
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    Some(match words {
        ["one", "run", "at"] => Place::Words(&["a time"]),
        ["one", "run", "at", "a"] | ["given", .., "fails", "\"", _, "\"", "1"] => {
            Place::Words(&["time"])
        }
        ["query" | "command", .., ",", "at"] => Place::Words(&["most 100 rows", "most 1 row"]),
        ["query" | "command", .., "at", "most"] => Place::New,
        ["query" | "command", .., "at", "most", "1"] => Place::Words(&["row"]),
        ["query" | "command", .., "at", "most", number] if is_number(number) => {
            Place::Words(&["rows"])
        }
        ["metric", .., ","] => Place::Words(&["snapshot daily"]),
        ["metric", .., "snapshot"] => Place::Words(&["daily"]),
        ["metric", .., "daily"] => Place::Words(&["from"]),
        [.., ":" | "->" | "of", "money"] => Place::Words(&["USD", "EUR", "GBP"]),
        ["route", .., "best"] | ["in", "batches"] => Place::Words(&["of"]),
        ["trigger", "on", "change", "in", _, ".", _] => Place::Words(&["by"]),
        ["trigger", "on", "event", _] | ["trigger", "on", "change", "in", .., "by", _] => {
            Place::Words(&["as"])
        }
        ["in"] => Place::Words(&["batches of"]),
        ["in", "batches", "of", number] if is_number(number) => Place::Words(&["or every"]),
        ["in", "batches", .., "or"] => Place::Words(&["every"]),
        ["except"] => Place::Words(&["our own"]),
        ["catch"] => Place::Words(&["up"]),
        ["catch", "up"] => Place::Words(&["once", "all", "none"]),
        ["given", .., "fails", "\"", _, "\"", number] if is_number(number) => {
            Place::Words(&["times"])
        }
        _ => return None,
    })
}

/// What is asked, waited for, read and recorded.
fn waited(words: &[&str]) -> Option<Place> {
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    Some(match words {
        ["ask", whom] | ["let", _, "=", "ask", whom] if is_name(whom) => {
            Place::Words(&["to approve", "for"])
        }
        [.., "to"] if words.contains(&"ask") => Place::Words(&["approve"]),
        [.., "for"] if words.contains(&"ask") => Place::Type,
        ["wait"] => Place::Words(&["for", "until"]),
        ["let", _, "=", "wait"] | [.., "find", "metrics"] => Place::Words(&["for"]),
        ["wait", "for", _, ".", _]
        | ["let", _, "=", "wait", "for", _, ".", _]
        | ["stop" | "fail" | "skip", .., "on", _, ".", _] => Place::Words(&["as"]),
        ["stop" | "fail" | "skip", .., "on", _, ".", _, "as", _] => Place::Words(&["where"]),
        ["remind"] => Place::Words(&["every"]),
        [.., "1", "business"] => Place::Words(&["day"]),
        [.., number, "business"] if is_number(number) => Place::Words(&["days"]),
        ["within", .., ",", "then", "\"", _, "\""] => Place::Words(&["within"]),
        ["record", rows] | ["record", _, ".", rows] if is_name(rows) => Place::Words(&["into"]),
        _ => return None,
    })
}

/// What stands in values.
fn valued(words: &[&str]) -> Option<Place> {
    Some(match words {
        [.., "is"] if words.len() > 1 => Place::Words(&["present", "missing"]),
        [.., value, "not"]
            if is_name(value) && !is_no_name(value) && !BEFORE_NOT.contains(value) =>
        {
            Place::Words(&["in", "like", "between"])
        }
        [.., "read"] => Place::Words(&["csv"]),
        [.., "as", "table" | "list"] => Place::Words(&["of"]),
        [.., "search", knowledge] if is_name(knowledge) => Place::Words(&["for"]),
        [.., "\""] if words.contains(&"search") && !words.contains(&"take") => {
            Place::Words(&["take"])
        }
        [.., "find"] => Place::Words(&["metrics"]),
        _ => return None,
    })
}

/// Whether a word is a name.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// What the words of the last stage of a pipeline go on with.
fn stage(words: &[&str]) -> Option<Place> {
    let at = words.iter().rposition(|word| *word == "|")?;
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    let open = is_open(words) || has_brackets(words.get(at..)?);
    Some(match words.get(at + 1..)? {
        ["add"] | ["add", .., ","] if !open => Place::New,
        ["join", table] | ["join", "optional", table] if is_name(table) && *table != "optional" => {
            Place::Words(&["as"])
        }
        ["join", .., "as", _] => Place::Words(&["on"]),
        ["sort", "by", .., column] if is_name(column) && !open => Place::Words(&["descending"]),
        ["take", number] if is_number(number) => Place::Words(&["per"]),
        _ => return None,
    })
}

/// What the words of a loop, and those of a file that is read, go on with.
fn looped(words: &[&str]) -> Option<Place> {
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    if let Some(at) = words.windows(2).position(|pair| pair == ["read", "csv"]) {
        let path = words.get(at + 2..)?;
        let is_path = path.last().is_some_and(|last| is_name(last)) && !path.contains(&"as");
        return is_path.then_some(Place::Words(&["as table of"]));
    }
    let at = words.windows(2).position(|pair| pair == ["for", "each"])?;
    let words = words.get(at + 2..)?;
    if has_brackets(words) {
        return None;
    }
    Some(match words {
        [_, "in", .., ","] => Place::Words(&["8 at a time", "keep going"]),
        [_, "in", .., ",", number] if is_number(number) => Place::Words(&["at a time"]),
        [_, "in", .., ",", number, "at"] if is_number(number) => Place::Words(&["a time"]),
        [_, "in", .., ",", number, "at", "a"] if is_number(number) => Place::Words(&["time"]),
        [_, "in", .., ",", "keep"] => Place::Words(&["going"]),
        _ => return None,
    })
}

/// What the words of a line of a policy go on with.
pub(super) fn of_policy(line: &[Token], text: &str) -> Option<Place> {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    Some(match words.as_slice() {
        ["every"] => Place::Words(&[
            "do",
            "model has budget",
            "query has bound",
            "command has bound",
            "loop has bound",
            "ask has timeout",
            "wait has timeout",
        ]),
        [.., "do"] => Place::Ruled { dot: None },
        ["no", .., "reaches"] => Place::Reached,
        ["every", "do", .., "follows"] => Place::Words(&["ask"]),
        ["every", "do", .., "has"] => Place::Words(&["undo", "retry", "timeout", "otherwise"]),
        ["every", "do", _] | ["every", "do", _, ".", _] => {
            Place::Words(&["where", "follows ask", "has undo"])
        }
        ["every", "do", .., "where", _, _, _] => Place::Words(&["follows ask", "has undo"]),
        ["every", "model"] => Place::Words(&["has budget"]),
        ["no"] => Place::Label,
        ["no", _] => Place::Words(&["reaches"]),
        ["at"] => Place::Words(&["most"]),
        ["at", "most"] => Place::New,
        ["at", "most", _] => Place::Words(&["of do"]),
        _ => return None,
    })
}
