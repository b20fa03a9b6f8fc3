//! The rules of the language, a file for each part of it. A rule whose name begins with `_` makes no
//! node of its own.
//!
//! Newlines: the scanner tells three apart. `_line_end` ends a statement or an item. `_modifier_end`
//! stands before a line that begins with a modifier, `_then_end` before one that begins with `then`:
//! the rule that reads it decides whether the line goes on. A line that goes on in any case has no
//! newline at all.

mod declarations;
mod expressions;
mod files;
mod models;
mod modifiers;
mod policies;
mod sql;
mod stages;
mod statements;
mod tests;
mod text;
mod triggers;
mod types;
mod waits;

use super::rule::{Rule, choice, optional, repeat, seq, symbol};

/// Rules with their names, in the order in which `grammar.json` holds them.
pub(super) type Rules = Vec<(&'static str, Rule)>;

/// All rules; the first is the whole file.
pub(super) fn all() -> Rules {
    [
        files::rules(),
        declarations::rules(),
        triggers::rules(),
        models::rules(),
        policies::rules(),
        tests::rules(),
        statements::rules(),
        waits::rules(),
        modifiers::rules(),
        expressions::rules(),
        stages::rules(),
        types::rules(),
        text::rules(),
        sql::rules(),
        misplaced(),
    ]
    .concat()
}

/// Rules that the generator copies into the places that use them.
pub(super) const INLINE: &[&str] = &["_comma"];

/// `name`, one word.
fn name() -> Rule {
    symbol("identifier")
}

/// Lines between braces, each ended by a newline.
fn lines(line: &str, ends: &[&str]) -> Rule {
    let end = match ends {
        [end] => symbol(end),
        _ => Rule::Choice(ends.iter().map(|end| symbol(end)).collect()),
    };
    seq![
        "{",
        optional(seq![symbol(line), repeat(seq![end, symbol(line)])]),
        "}",
    ]
}

/// Items between brackets; a comma or a newline stands between them, and a comma may follow the last.
fn items(open: &str, item: Rule, close: &str) -> Rule {
    let item = seq![item, optional(symbol("_not_after_item"))];
    seq![
        open,
        optional(seq![
            item.clone(),
            repeat(seq![symbol("_comma"), item]),
            optional(","),
        ]),
        close,
    ]
}

/// A value or type after which its line ends.
///
/// What may not stand there is read all the same, and then fails: so the same newlines may follow
/// every value, and states of the parser that differ in nothing else fold into one. Two words are
/// among them because the generator keeps states apart where one has `in` and the other `into`, or
/// `as` and `ascending`. Without all this the parser is several times as large.
fn ends_line(value: Rule) -> Rule {
    seq![value, optional(symbol("_not_after_line"))]
}

/// A value or type after which its line goes on, as in [`ends_line`].
fn goes_on(value: Rule) -> Rule {
    seq![value, optional(symbol("_not_within_line"))]
}

/// What fails where it stands, by where that is.
fn misplaced() -> Rules {
    let fails = |ends: &[&str], words: &[&str]| {
        let tokens = ends.iter().map(|end| symbol(end));
        let words = words.iter().map(|word| Rule::from(*word));
        seq![
            Rule::Choice(tokens.chain(words).collect()),
            symbol("_recovering"),
        ]
    };
    let words = &["into", "ascending"];
    vec![
        (
            "_not_within_line",
            fails(&["_line_end", "_modifier_end", "_then_end"], words),
        ),
        (
            "_not_after_line",
            fails(&["_modifier_end", "_then_end"], words),
        ),
        (
            "_not_before_then",
            fails(&["_line_end", "_modifier_end"], words),
        ),
        (
            "_not_before_into",
            fails(&["_line_end", "_modifier_end", "_then_end"], &["ascending"]),
        ),
        ("_not_after_step", fails(&["_then_end"], words)),
        ("_not_after_test", fails(&["_modifier_end"], words)),
        ("_not_after_item", fails(&[], words)),
    ]
}

/// What separates items between brackets.
fn comma() -> Rule {
    choice![
        ",",
        symbol("_line_end"),
        symbol("_modifier_end"),
        symbol("_then_end"),
    ]
}
