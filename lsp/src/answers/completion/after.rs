//! What the words of a line ask for next: `unsure` for one of three words, `calendar` for a calendar, `in` for a value.

use sophia_language::{Token, TokenKind};

use super::place::Place;

/// Words behind which a value stands, and nothing that follows one.
const WANT_A_VALUE: &[&str] = &[
    "and", "or", "not", "in", "like", "between", "where", "when", "per", "mod", "if", "match",
    "return", "yield", "each", "take", "map", "add", "select", "then", "else", "until", "over",
    "repeat", "ensure", "budget", "record", "by", "key", "stop", "fail", "skip", "returns",
    "approve",
];

/// What stands behind the words of a line so far, where they ask for one thing alone.
pub(super) fn after_words(line: &[Token], text: &str) -> Option<Place> {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    Some(match words.as_slice() {
        ["calendar"] => Place::Calendar,
        [.., "unsure"] => Place::Unsure,
        // A length such as `2 hours`, which nobody has a name for.
        [.., "within"]
        | [.., "retry", _, "times" | "time", "over"]
        | [.., "once", "per", _, "in"]
        | [.., "once", "per", _, ".", _, "in"] => Place::New,
        [.., "otherwise"] => Place::Otherwise {
            from: line.last()?.span.end as usize,
        },
        [.., "search"] => Place::Knowledge,
        [.., "wait", "for"] => Place::Heard { named: false },
        ["trigger", "on", "webhook"] => Place::Webhook,
        // Other rows, or how many: none of the columns.
        [.., "join"] | [.., "join", "optional"] | [.., "|", "take"] => Place::Rows,
        // The name of a check is a text, and its rule follows.
        [.., "check", "\"", _, "\""] | [.., "check", "\"", "\""] => Place::Value {
            from: line.last()?.span.end as usize,
        },
        [.., "into"]
        | [.., "known", "in"]
        | ["trigger", "on", "change", "in"]
        | ["trigger", "on", "message", "from"] => Place::Source,
        [.., "ask"] if words.first() != Some(&"unsure") => Place::Whom,
        [.., "ask", number, "of"] if number.parse::<u32>().is_ok() => Place::Whom,
        [.., "on"] if matches!(words.first(), Some(&("stop" | "fail" | "skip"))) => {
            Place::Heard { named: false }
        }
        ["record", .., "key"] | ["trigger", "on", "change", "in", .., "by"] => Place::Key,
        _ => return None,
    })
}

/// What a line of a test asks for next; `None` for a value, or where nothing is known.
pub(super) fn in_test(line: &[Token], text: &str) -> Option<Place> {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    let last = line.last()?;
    let from = last.span.end as usize;
    let is_path = |path: &[&str]| path.iter().all(|word| *word != "=" && *word != "fails");
    Some(match words.as_slice() {
        ["given"] => Place::Given,
        ["given", "ask"] => Place::GivenAsk,
        ["given", .., "."] => Place::OfTool {
            dot: last.span.start as usize,
            given: true,
        },
        ["given", path @ ..]
            if is_path(path) && matches!(last.kind, TokenKind::Word | TokenKind::TextEnd) =>
        {
            Place::Answer { from }
        }
        ["run"] => Place::Ran,
        ["expect"] => Place::Expected,
        ["expect", "waits", "for"] => Place::WaitedFor,
        ["expect", _, "."] | ["expect", .., "before", _, "."] => Place::OfTool {
            dot: last.span.start as usize,
            given: false,
        },
        ["expect", _, ".", _] => Place::Count,
        ["then"] => Place::Then,
        ["then", "\"", .., "\""] => Place::Reply { from },
        _ => return None,
    })
}

/// What a tool lends behind its dot: an event where one is heard.
pub(super) fn hears(line: &[Token], text: &str) -> bool {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let words: Vec<&str> = line.iter().map(said).collect();
    match words.as_slice() {
        [first, .., "on", _, "."] => matches!(*first, "stop" | "fail" | "skip"),
        [.., "wait", "for", _, "."] | ["trigger", "on", "webhook", _, "."] => true,
        _ => false,
    }
}

/// Whether a value has ended with a token, whether one must come, or either.
pub(super) fn expects(last: &Token, text: &str) -> Place {
    let value = Place::Value {
        from: last.span.end as usize,
    };
    match last.kind {
        TokenKind::CloseParenthesis
        | TokenKind::CloseBrace
        | TokenKind::CloseBracket
        | TokenKind::TextEnd
        | TokenKind::Number
        | TokenKind::Percent
        | TokenKind::Money
        | TokenKind::Date
        | TokenKind::Time => Place::Modifier,
        TokenKind::Integer => Place::Counted,
        TokenKind::Word => {
            let word = text.get(last.span.range()).unwrap_or_default();
            if WANT_A_VALUE.contains(&word) {
                value
            } else {
                Place::Either
            }
        }
        _ => value,
    }
}
