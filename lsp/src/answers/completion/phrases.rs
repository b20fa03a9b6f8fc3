//! Words that follow each other in a fixed order, and names that are made where they stand.

use sophia_language::{Token, TokenKind, is_no_name};

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
    if let Some(place) = stage(&words).or_else(|| looped(&words)) {
        return Some(place);
    }
    Some(match words.as_slice() {
        [word] if MAKES_A_NAME.contains(word) => Place::New,
        ["for", "each"]
        | [.., "=", "for", "each"]
        | ["retry" | "budget"]
        | ["budget", .., ","]
        | [.., ".."] => Place::New,
        [first, .., "as"] if makes_a_name(first, &words) => Place::New,
        [first, .., "(" | ","] if declares(first, &words) && is_open(&words) => Place::New,
        ["query" | "command", .., ","] => Place::Words(&["at most 100 rows", "at most 1 row"]),
        ["query" | "command", .., ",", "at"] => Place::Words(&["most 100 rows", "most 1 row"]),
        ["query" | "command", .., "at", "most"] => Place::New,
        ["query" | "command", .., "at", "most", "1"] => Place::Words(&["row"]),
        ["query" | "command", .., "at", "most", _] => Place::Words(&["rows"]),
        ["metric", .., ","] => Place::Words(&["snapshot daily"]),
        ["metric", .., "snapshot"] => Place::Words(&["daily"]),
        ["metric", .., "daily"] => Place::Words(&["from"]),
        ["one", "run"] => Place::Words(&["at a time"]),
        ["one", "run", "at"] => Place::Words(&["a time"]),
        [.., "at", "a"] => Place::Words(&["time"]),
        ["one", .., ","] => Place::Words(&["skip", "join", "newest wins"]),
        [.., "ask", number] if is_number(number) => Place::Words(&["of"]),
        [.., "ask", "\"", _, "\""] | [.., "ask", _, "of", "\"", _, "\""] => {
            Place::Words(&["to approve", "for"])
        }
        ["ask", whom] | ["let", _, "=", "ask", whom] if is_name(whom) => {
            Place::Words(&["to approve", "for"])
        }
        [.., "to"] if words.contains(&"ask") => Place::Words(&["approve"]),
        [.., "for"] if words.contains(&"ask") => Place::Type,
        ["wait"] => Place::Words(&["for", "until"]),
        ["let", _, "=", "wait"] => Place::Words(&["for"]),
        ["wait", "for", _, ".", _] | ["let", _, "=", "wait", "for", _, ".", _] => {
            Place::Words(&["as"])
        }
        ["stop" | "fail" | "skip", .., "on", _, ".", _] => Place::Words(&["as"]),
        ["stop" | "fail" | "skip", .., "on", _, ".", _, "as", _] => Place::Words(&["where"]),
        [.., "is"] if words.len() > 1 => Place::Words(&["present", "missing"]),
        [.., value, "not"]
            if is_name(value) && !is_no_name(value) && !BEFORE_NOT.contains(value) =>
        {
            Place::Words(&["in", "like", "between"])
        }
        ["remind"] => Place::Words(&["every"]),
        [.., "1", "business"] => Place::Words(&["day"]),
        [.., number, "business"] if is_number(number) => Place::Words(&["days"]),
        ["within", .., ",", "then", "\"", _, "\""] => Place::Words(&["within"]),
        [.., "read"] => Place::Words(&["csv"]),
        [.., "as", "table" | "list"] => Place::Words(&["of"]),
        [.., "search", knowledge] if is_name(knowledge) => Place::Words(&["for"]),
        [.., "\""] if words.contains(&"search") && !words.contains(&"take") => {
            Place::Words(&["take"])
        }
        [.., "find"] => Place::Words(&["metrics"]),
        [.., "find", "metrics"] => Place::Words(&["for"]),
        ["route", .., "best"] => Place::Words(&["of"]),
        ["record", rows] if is_name(rows) => Place::Words(&["into"]),
        ["record", _, ".", _] => Place::Words(&["into"]),
        ["trigger", "on", "event", _] => Place::Words(&["as"]),
        ["trigger", "on", "change", "in", _, ".", _] => Place::Words(&["by"]),
        ["trigger", "on", "change", "in", .., "by", _] => Place::Words(&["as"]),
        ["in"] => Place::Words(&["batches of"]),
        ["in", "batches"] => Place::Words(&["of"]),
        ["in", "batches", "of", number] if is_number(number) => Place::Words(&["or every"]),
        ["in", "batches", .., "or"] => Place::Words(&["every"]),
        ["except"] => Place::Words(&["our own"]),
        ["catch"] => Place::Words(&["up"]),
        ["catch", "up"] => Place::Words(&["once", "all", "none"]),
        [.., ":" | "->" | "of", "money"] => Place::Words(&["USD", "EUR", "GBP"]),
        ["given", .., "fails", "\"", _, "\"", "1"] => Place::Words(&["time"]),
        ["given", .., "fails", "\"", _, "\"", number] if is_number(number) => {
            Place::Words(&["times"])
        }
        ["stop" | "fail" | "skip", "\"", .., "\""] => Place::Words(&["when", "on"]),
        ["within", .., ","] => Place::Words(&["then"]),
        ["let", _, "="] => Place::Bound {
            from: last.span.end as usize,
        },
        ["let", _] | [.., "|", "add", _] => Place::Words(&["="]),
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
        ["retrain"] => Place::Words(&["every month", "every week", "every day"]),
        ["retrain", "every"] => Place::Words(&["month", "week", "day"]),
        ["budget", .., "per"] => Place::Words(&["call", "run"]),
        ["budget", ..] if last.kind == TokenKind::Money => Place::Words(&["per call", "per run"]),
        ["on"] => Place::Words(&["failure"]),
        ["on", "failure"] | ["trigger", "on", "webhook", _, ".", _] => Place::Words(&["as"]),
        ["at"] => Place::Words(&["most once per"]),
        ["at", "most"] => Place::Words(&["once per"]),
        [.., "at", "most", "once"] | ["one", "run", "at", "a", "time"] => Place::Words(&["per"]),
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

/// Words before `not` behind which no value has ended.
const BEFORE_NOT: &[&str] = &[
    "when", "where", "if", "until", "and", "or", "then", "else", "ensure", "return", "yield",
    "expect",
];

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
        ["add"] => Place::New,
        ["add", .., ","] if !open => Place::New,
        ["join", table] if is_name(table) && *table != "optional" => Place::Words(&["as"]),
        ["join", "optional", _] => Place::Words(&["as"]),
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
        [_, "in", .., ",", "keep"] => Place::Words(&["going"]),
        _ => return None,
    })
}

/// What the words of a line of a policy go on with.
pub(super) fn of_policy(line: &[Token], text: &str) -> Option<Place> {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    Some(match words.as_slice() {
        ["every"] => Place::Words(&["do", "model has budget"]),
        ["every", "do", .., "follows"] => Place::Words(&["ask"]),
        ["every", "do", .., "has"] => Place::Words(&["undo"]),
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

/// Whether a comma may be one between brackets.
fn has_brackets(words: &[&str]) -> bool {
    words.iter().any(|word| matches!(*word, "(" | "[" | "{"))
}

/// Whether a line declares something with parameters.
fn declares(first: &str, words: &[&str]) -> bool {
    matches!(first, "query" | "command" | "model" | "function" | "action")
        || matches!(words, ["trigger", "on", "request", ..])
}

/// Whether a parenthesis of the line is open.
fn is_open(words: &[&str]) -> bool {
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
