//! `redact` and `pseudonymize`: what tells who somebody is goes out of texts.
//!
//! Kept true here: a text stays a text, and what is missing stays so. Redaction goes by what a text looks like: addresses, long numbers, and words that are written with a
//! capital letter, apart from a few that begin sentences. It rather takes too much away than too little;
//! a name in small letters is not seen.

use sophia_diagnostics::Problem;

use super::problem::unfit;
use crate::value::Value;

/// What stands in place of a part that is taken away.
const TAKEN: &str = "[removed]";

/// The digits in a row from which on a number may be an account, a card or a telephone.
const LONG_NUMBER: usize = 4;

/// Words that are no names although they often begin a sentence.
const ORDINARY: &[&str] = &[
    "a",
    "after",
    "all",
    "also",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "at",
    "be",
    "because",
    "before",
    "both",
    "but",
    "by",
    "call",
    "can",
    "could",
    "customer",
    "customers",
    "did",
    "do",
    "does",
    "each",
    "every",
    "few",
    "first",
    "for",
    "from",
    "had",
    "has",
    "have",
    "he",
    "her",
    "here",
    "his",
    "how",
    "i",
    "if",
    "in",
    "is",
    "it",
    "its",
    "last",
    "many",
    "may",
    "more",
    "most",
    "my",
    "new",
    "next",
    "no",
    "not",
    "note",
    "now",
    "of",
    "offer",
    "ok",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "please",
    "she",
    "should",
    "since",
    "so",
    "some",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "two",
    "under",
    "until",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "would",
    "yes",
    "yet",
    "you",
    "your",
];

/// `redact(x)`
pub(super) fn redact(value: &Value) -> Result<Value, Problem> {
    texts("`redact`", value, redacted)
}

/// `pseudonymize(x)`: each text becomes a token of its own, the same for the same text and key.
pub(super) fn pseudonymize(value: &Value, key: &[u8; 32]) -> Result<Value, Problem> {
    texts("`pseudonymize`", value, |text| {
        let hash = blake3::keyed_hash(key, text.as_bytes()).to_hex();
        format!("p_{}", hash.chars().take(20).collect::<String>())
    })
}

/// A text changed; what is missing stays so. The checker goes into records and tables.
fn texts(
    operation: &str,
    value: &Value,
    change: impl Fn(&str) -> String,
) -> Result<Value, Problem> {
    match value {
        Value::Text(text) => Ok(Value::text(change(text))),
        Value::None => Ok(Value::None),
        other => Err(unfit(operation, other)),
    }
}

fn redacted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let (_, blank) = piece.split_at_checked(word.len()).unwrap_or((piece, ""));
        shown.push_str(&redacted_word(word));
        shown.push_str(blank);
    }
    shown
}

/// A word, its punctuation kept.
fn redacted_word(word: &str) -> String {
    let core = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    if core.is_empty() || !tells(word, core) {
        return word.to_owned();
    }
    if word.contains('@') {
        return TAKEN.to_owned();
    }
    word.replacen(core, TAKEN, 1)
}

fn tells(word: &str, core: &str) -> bool {
    let digits = core.chars().filter(char::is_ascii_digit).count();
    let named =
        core.chars().any(char::is_uppercase) && !ORDINARY.contains(&core.to_lowercase().as_str());
    word.contains('@') || core.contains("://") || digits >= LONG_NUMBER || named
}
