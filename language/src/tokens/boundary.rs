//! Where an unfinished text or SQL body must end: before the line that unmistakably begins
//! something else. Used only to find the end of what has no end of its own.

/// The columns of white space before the first character of the line that holds `at`.
pub(crate) fn indentation_at(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    text.get(start..).map_or(0, |line| {
        line.bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    })
}

/// Whether only white space stands before `at` on its line.
pub(crate) fn is_first_on_line(text: &str, at: usize) -> bool {
    text.get(line_start(text, at)..at)
        .is_some_and(|before| before.trim().is_empty())
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

/// A line with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Where it begins, its indentation included.
    pub(crate) start: usize,
    /// Its text without the line break.
    pub(crate) text: &'a str,
}

impl<'a> Line<'a> {
    /// The lines of `text` that begin after the one that holds `at`.
    pub(crate) fn after(text: &'a str, at: usize) -> impl Iterator<Item = Self> {
        let first = text
            .get(at..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |newline| at + newline + 1);
        Self::from(text, first)
    }

    /// The lines of `text` from the one that begins at `start` on.
    pub(crate) fn from(text: &'a str, mut start: usize) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
            let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            let line = Line {
                start,
                text: rest.get(..length).unwrap_or(rest).trim_end(),
            };
            start += length;
            Some(line)
        })
    }

    /// The columns before its first character.
    pub(crate) fn indentation(&self) -> usize {
        self.text
            .bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    }

    /// Whether it says nothing.
    pub(crate) fn is_blank_or_comment(&self) -> bool {
        let trimmed = self.text.trim_start();
        trimmed.is_empty() || trimmed.starts_with('#')
    }
}

/// The end of what begins at `at` on a line indented by `indentation`, when it has no end of its own:
/// before the next line that is not deeper and begins an item.
/// Blank lines and comments before that line belong to it.
pub(super) fn boundary(text: &str, at: usize, indentation: usize) -> usize {
    let mut quiet: Option<usize> = None;
    for line in Line::after(text, at) {
        if line.is_blank_or_comment() && line.indentation() <= indentation {
            quiet.get_or_insert(line.start);
            continue;
        }
        let code = line.text.trim_start();
        if line.indentation() <= indentation && starts_item(code) {
            return quiet.unwrap_or(line.start);
        }
        quiet = None;
    }
    text.len()
}

/// The end of a block of prose that has no closing quotes yet: before the first line that is not deeper than the line it
/// began on and reads as code. Lines of prose may stand as far left as that one: somebody writes them.
pub(super) fn end_of_prose(text: &str, at: usize, indentation: usize) -> usize {
    let mut quiet: Option<usize> = None;
    for line in Line::after(text, at) {
        let code = line.text.trim_start();
        if line.is_blank_or_comment() && line.indentation() <= indentation {
            quiet.get_or_insert(line.start);
        } else if line.indentation() <= indentation && reads_as_code(code) {
            return quiet.unwrap_or(line.start);
        } else {
            quiet = None;
        }
    }
    quiet.unwrap_or(text.len())
}

/// Whether a line, without its indentation, is hardly one of prose.
fn reads_as_code(line: &str) -> bool {
    let opens = line.ends_with(['{', '(', '[', ',']);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let end = line.find(|letter| !is_word(letter)).unwrap_or(line.len());
    let (word, behind) = line.split_at_checked(end).unwrap_or((line, ""));
    let behind = behind.trim_start();
    let is_small = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    match word {
        "" => line.starts_with(['}', ')', ']', '|', ',', '.', '{', '[']) || opens,
        "otherwise" | "example" | "returns" | "ensure" | "temperature" | "return" | "yield"
        | "retry" | "timeout" | "undo" | "unsure" | "named" | "remind" | "else" => true,
        "if" | "match" | "for" | "repeat" | "on" => opens || line.ends_with('}'),
        "stop" | "fail" | "skip" => behind.starts_with('"'),
        "run" | "start" => behind.contains('('),
        "at" => behind.starts_with("most once"),
        "within" => behind.starts_with(|first: char| first.is_ascii_digit()),
        _ => starts_item(line) || is_small && behind.starts_with(':'),
    }
}

/// Whether a line, without its indentation, begins a declaration, a clause or a statement and cannot
/// be prose or SQL.
pub(crate) fn starts_item(line: &str) -> bool {
    let mut words = line.split_whitespace();
    if line.trim() == "run" {
        return true;
    }
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let third = words.next().unwrap_or("");
    let named = || {
        second
            .chars()
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
    };
    match first {
        "playbook" | "module" => third.is_empty() && named(),
        "use" => named() && (third.is_empty() || second.ends_with(',')),
        "trigger" => matches!(second, "every" | "on" | "cron"),
        "input" | "state" => named() && second.ends_with(':'),
        "one" => second == "run" && third == "at",
        "type" => named() && (third.starts_with('{') || third.starts_with('=')),
        "query" | "metric" | "command" => {
            named() && (line.contains(" from ") || line.contains(" on ")) && line.ends_with('{')
        }
        "learn" => second == "from" && line.ends_with('{'),
        "predictor" | "policy" => named() && third.starts_with('{'),
        "model" | "function" | "action" => second.contains('('),
        "record" => line.contains(" into "),
        "emit" => named() && (third.is_empty() || third.starts_with('{')),
        "set" => named() && line.contains(" = "),
        "ask" => line.contains(" to approve ") || line.contains(" for "),
        "wait" => {
            matches!(second, "for" | "until") || second.starts_with(|c: char| c.is_ascii_digit())
        }
        "match" => named() && line.ends_with('{'),
        "together" | "try" => second == "{" && third.is_empty(),
        "route" | "cache" => named() || second.starts_with(|c: char| c.is_ascii_digit()),
        "test" => second.starts_with('"') && line.ends_with('{'),
        "let" => named() && third.starts_with('='),
        "do" => second.contains('.') || second.contains('('),
        "for" => second == "each" && line.contains(" in "),
        "on" => second == "failure",
        "given" => line.contains(" = ") || line.contains(" fails "),
        "expect" => line.contains(" called") || line.contains(" before ") || second == "waits",
        "then" => {
            line.ends_with(" pass")
                || line.ends_with(" passes")
                || line.contains(" arrives")
                || line.ends_with(" approves")
        }
        "budget" => second.starts_with('$'),
        "predict" | "calendar" => named() && third.is_empty(),
        "accept" => matches!(third, ">=" | ">" | "<=" | "<"),
        "retrain" | "repeat" => second == "every",
        "prompt" | "zone" => second.starts_with('"'),
        _ => false,
    }
}
