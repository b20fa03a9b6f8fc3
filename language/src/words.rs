//! The words that an item of a file may begin with, and the nearest of some words. One list each, for
//! the layout that repairs them and the grammar that reads them.

/// Words that begin a declaration which stands in no bracket, whatever was left open before it.
pub(crate) const OUTERMOST: &[&str] = &[
    "query",
    "command",
    "metric",
    "predictor",
    "model",
    "function",
    "action",
    "policy",
    "state",
    "test",
    "trigger",
    "type",
    "input",
    "use",
];

/// Words that a declaration begins with.
pub(crate) const DECLARATIONS: &[&str] = &[
    "playbook",
    "module",
    "use",
    "zone",
    "calendar",
    "trigger",
    "input",
    "one",
    "type",
    "query",
    "command",
    "model",
    "predictor",
    "metric",
    "state",
    "function",
    "action",
    "policy",
    "on",
    "test",
];

/// Words that a statement begins with.
pub(crate) const STATEMENTS: &[&str] = &[
    "let", "do", "if", "for", "stop", "fail", "skip", "record", "emit", "set", "ask", "wait",
    "match", "repeat", "together", "try", "run", "start", "return", "yield",
];

/// Words that an item of a file or a block may begin with one day.
pub(crate) const LATER: &[&str] = &[
    "chart", "document", "save", "evaluate", "forget", "deadline", "stage", "note", "table",
    "flag", "needs",
];

/// Whether a declaration or a statement begins with a word.
#[must_use]
pub fn begins_item(word: &str) -> bool {
    DECLARATIONS.contains(&word) || STATEMENTS.contains(&word)
}

/// Whether a word ends a value or is one by itself where a value stands, so that nothing of that name can be used.
#[must_use]
pub fn is_no_name(word: &str) -> bool {
    ends_value(word) || matches!(word, "if" | "true" | "false" | "none")
}

/// Words that end a value; none of them is a name inside one.
pub(crate) fn ends_value(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "in"
            | "is"
            | "like"
            | "between"
            | "then"
            | "else"
            | "mod"
            | "when"
            | "where"
            | "otherwise"
            | "descending"
            | "ascending"
            | "not"
            | "from"
            | "as"
            | "known"
            | "per"
    )
}

/// The word that was probably meant: at most two letters, and fewer than half of it, are wrong.
pub(crate) fn nearest(written: &str, words: &[&'static str]) -> Option<&'static str> {
    let lower = written.to_lowercase();
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&lower, word), *word))
        .filter(|(distance, word)| *distance <= 2 && *distance * 2 < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
