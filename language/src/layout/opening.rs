//! The word that a statement begins with. A misspelt one is read as the nearest; a missing one is
//! told from the shape of what follows. So a slip in one word does not cost the whole statement.

use sophia_diagnostics::{Span, codes};

use super::context::Context;
use super::pieces::Piece;
use crate::mistake::{Mistake, Weight};
use crate::tokens::TokenKind;
use crate::words::{DECLARATIONS, LATER, STATEMENTS};

const POLICY_LINES: &[&str] = &["every", "no", "at"];
const EXAMPLE_LINES: &[&str] = &["given", "returns"];
const TEST_LINES: &[&str] = &["given", "run", "expect", "then"];
const MODEL_CLAUSES: &[&str] = &[
    "route",
    "budget",
    "cache",
    "temperature",
    "ensure",
    "example",
    "prompt",
    "otherwise",
    "may",
];
const PREDICTOR_CLAUSES: &[&str] = &["learn", "predict", "accept", "retrain"];

/// Words from elsewhere, and what they are called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("var", "let"),
    ("const", "let"),
    ("val", "let"),
    ("import", "use"),
    ("call", "do"),
    ("def", "function"),
    ("func", "function"),
    ("fn", "function"),
    ("switch", "match"),
    ("enum", "type"),
    ("struct", "type"),
];

/// The words that may begin a line in a context.
fn words(context: Context) -> &'static [&'static [&'static str]] {
    match context {
        Context::File => &[DECLARATIONS, STATEMENTS, LATER],
        Context::Block => &[STATEMENTS, DECLARATIONS, LATER],
        Context::Test => &[TEST_LINES],
        Context::Model => &[MODEL_CLAUSES],
        Context::Predictor => &[PREDICTOR_CLAUSES],
        Context::Policy => &[POLICY_LINES],
        Context::Example => &[EXAMPLE_LINES],
        Context::Match | Context::First | Context::Unknown | Context::Values | Context::Opaque => {
            &[]
        }
    }
}

/// Whether a line of a context may begin with this word.
pub(super) fn is_known(context: Context, word: &str) -> bool {
    words(context).iter().any(|words| words.contains(&word))
}

/// Whether a line that begins so cannot be an argument: a bracket around it lost its end.
pub(super) fn interrupts(word: &str, next: &str) -> bool {
    match word {
        "at" => next == "most",
        "undo" => next == "with",
        "retry" | "timeout" => next.starts_with(|c: char| c.is_ascii_digit()),
        "unsure" => matches!(next, "retry" | "skip" | "ask"),
        "let" | "do" | "otherwise" | "named" | "given" | "expect" | "stop" | "fail" | "skip" => {
            next != "=" && next != "," && next != "."
        }
        "for" => next == "each",
        _ => false,
    }
}

/// Whether what stands behind a word fits it.
type Follows = fn(&Piece<'_>) -> bool;

/// Modifiers that a line may begin with, and what tells them by what follows.
const MODIFIERS: &[(&str, Follows)] = &[
    ("retry", |next| next.kind == TokenKind::Integer),
    ("timeout", |next| next.kind == TokenKind::Integer),
    ("within", |next| next.kind == TokenKind::Integer),
    ("remind", |next| next.is_word("every")),
    ("unsure", |next| {
        matches!(next.text, "retry" | "skip" | "ask")
    }),
    ("undo", |next| next.is_word("with")),
    ("otherwise", |next| {
        next.kind != TokenKind::Equal && next.kind != TokenKind::Dot
    }),
];

/// The modifier that the first word of a line was meant to be.
pub(super) fn modifier(word: &str, next: Option<&Piece<'_>>) -> Option<&'static str> {
    let next = next?;
    let lower = word.to_lowercase();
    MODIFIERS
        .iter()
        .filter(|(known, follows)| *known != word && follows(next))
        .map(|(known, _)| (strsim::damerau_levenshtein(&lower, known), *known))
        .filter(|(distance, known)| *distance <= 2 && *distance * 3 <= known.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// What to do about the first word of a line.
#[derive(Debug)]
pub(super) enum Repair {
    /// Read it as this word.
    Instead(&'static str, Mistake),
    /// Read it as these two words.
    InsteadTwo([&'static str; 2], Mistake),
    /// Read these words before it.
    Before(&'static [&'static str], Mistake),
}

/// Looks at the line that begins at `pieces[at]`.
pub(super) fn repair(pieces: &[Piece<'_>], at: usize, context: Context) -> Option<Repair> {
    let first = pieces.get(at)?;
    if words(context).is_empty() || first.kind.is_closing() {
        return None;
    }
    let line = line(pieces, at);
    if first.kind == TokenKind::Word {
        if is_known(context, first.text) {
            return None;
        }
        if first.text.eq_ignore_ascii_case("foreach") {
            let mistake = Mistake::new(
                codes::S116,
                Weight::Slip,
                first.span,
                format!("`{}` is written `for each`.", first.text),
            )
            .labelled("two words")
            .fix("write `for each`", first.span, "for each");
            return Some(Repair::InsteadTwo(["for", "each"], mistake));
        }
        let shape = matches!(first.text, "every" | "each" | "cron" | "failure" | "from");
        if !shape && let Some(word) = meant(first.text, line.get(1), context) {
            let mistake = Mistake::new(
                codes::S116,
                Weight::Slip,
                first.span,
                format!("`{}` is not a word that a line begins with.", first.text),
            )
            .labelled(format!("nearest: `{word}`"))
            .fix(format!("write `{word}`"), first.span, word);
            return Some(Repair::Instead(word, mistake));
        }
    }
    let missing = missing(pieces, at, context)?;
    let place = Span {
        start: first.span.start,
        end: first.span.start,
    };
    let text = missing.join(" ");
    let alone = matches!(missing, ["do"]);
    let message = if alone {
        "A value alone on a line does nothing; a call that changes something begins with `do`."
            .to_owned()
    } else {
        format!("`{text}` is missing at the start of this line.")
    };
    let mistake = Mistake::new(codes::S117, Weight::Cause, place, message)
        .labelled(format!("`{text}` belongs here"))
        .fix(format!("write `{text}`"), place, format!("{text} "));
    Some(Repair::Before(missing, mistake))
}

/// The pieces from `at` to the end of their line.
fn line<'p, 'a>(pieces: &'p [Piece<'a>], at: usize) -> &'p [Piece<'a>] {
    let rest = pieces.get(at..).unwrap_or(&[]);
    let length = rest
        .iter()
        .skip(1)
        .position(|piece| piece.first.is_some())
        .map_or(rest.len(), |length| length + 1);
    rest.get(..length).unwrap_or(rest)
}

/// The word that a block begins with, where `NAME {` stands at a place.
fn inside<'a>(pieces: &[Piece<'a>], at: usize) -> &'a str {
    pieces.get(at + 2).map_or("", |piece| piece.text)
}

/// The keyword that a word was meant to be.
fn meant(word: &str, next: Option<&Piece<'_>>, context: Context) -> Option<&'static str> {
    let next = next?;
    let value_follows = matches!(
        next.kind,
        TokenKind::Word
            | TokenKind::TextStart
            | TokenKind::Money
            | TokenKind::Number
            | TokenKind::Integer
    ) && !["from", "in", "is", "called", "never"].contains(&next.text);
    if !value_follows {
        return None;
    }
    let lower = word.to_lowercase();
    let statement = matches!(context, Context::File | Context::Block);
    if statement && let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == lower) {
        return Some(ours);
    }
    let allowed = if lower.len() <= 4 { 1 } else { 2 };
    words(context)
        .iter()
        .flat_map(|words| words.iter())
        .filter(|known| known.len() > 2 || lower == **known)
        .map(|known| (strsim::damerau_levenshtein(&lower, known), *known))
        .filter(|(distance, known)| *distance <= allowed && *distance * 2 < known.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The words that a line lost at its start, told from its shape.
fn missing(pieces: &[Piece<'_>], at: usize, context: Context) -> Option<&'static [&'static str]> {
    use TokenKind::{
        Arrow, Colon, Comma, Equal, Integer, Money, OpenBrace, OpenParenthesis, Percent, TextStart,
        Word,
    };
    let line = line(pieces, at);
    let kind = |at: usize| line.get(at).map(|piece| piece.kind);
    let text = |at: usize| line.get(at).map_or("", |piece| piece.text);
    let has = |wanted: TokenKind| line.iter().any(|piece| piece.kind == wanted);
    let says = |word: &str| line.iter().any(|piece| piece.is_word(word));
    let opens = line.last().is_some_and(|last| last.kind == OpenBrace);
    let compares = line.iter().any(|piece| {
        matches!(
            piece.kind,
            TokenKind::Greater
                | TokenKind::GreaterOrEqual
                | TokenKind::Less
                | TokenKind::LessOrEqual
                | TokenKind::NotEqual
        )
    });
    match context {
        Context::File | Context::Block => match (kind(0)?, kind(1)) {
            (Word, None) if at == 0 => Some(&["playbook"]),
            (Word, Some(Equal)) | (Equal, _) => Some(&["let"]),
            (Word, Some(Colon)) if context == Context::File && line.len() > 2 => Some(&["input"]),
            (TextStart, _) if opens => Some(&["test"]),
            (Word, _) if text(0) == "each" => Some(&["for"]),
            (Word, _) if text(0) == "failure" => Some(&["on"]),
            (Word, _) if matches!(text(0), "every" | "cron") => Some(&["trigger"]),
            (Word, Some(Word)) if text(1) == "in" && opens => Some(&["for", "each"]),
            (Word, Some(Word | OpenParenthesis))
                if (says("from") || text(1) == "from") && opens =>
            {
                Some(&["query"])
            }
            (Word, Some(OpenParenthesis)) if has(Arrow) => Some(&["model"]),
            (Word, Some(OpenBrace)) if text(0).starts_with(char::is_uppercase) => Some(&["type"]),
            (Word, Some(OpenBrace)) if PREDICTOR_CLAUSES.contains(&inside(pieces, at)) => {
                Some(&["predictor"])
            }
            (Word, Some(Comma)) if context == Context::File && !opens => Some(&["use"]),
            (Word, _) if opens && compares => Some(&["if"]),
            (Word, Some(TokenKind::Dot | OpenParenthesis)) if has(OpenParenthesis) => Some(&["do"]),
            _ => None,
        },
        Context::Test => match kind(0)? {
            Word if says("called") || says("fails") => Some(&["expect"]),
            Word if has(Equal) => Some(&["given"]),
            Equal => Some(&["given"]),
            _ => None,
        },
        Context::Model => match kind(0)? {
            Money => Some(&["budget"]),
            TextStart => Some(&["prompt"]),
            OpenBrace => Some(&["otherwise"]),
            Word if kind(1) == Some(Comma) || kind(1).is_none() => Some(&["route"]),
            Word if compares => Some(&["ensure"]),
            _ => None,
        },
        Context::Predictor => match kind(0)? {
            Word if text(0) == "from" => Some(&["learn"]),
            Word if text(0) == "every" => Some(&["retrain"]),
            Word if compares => Some(&["accept"]),
            Word if matches!(kind(1), Some(TokenKind::Number | Percent | Integer)) => {
                Some(&["accept"])
            }
            Word if kind(1).is_none() => Some(&["predict"]),
            _ => None,
        },
        Context::Policy
        | Context::Example
        | Context::Match
        | Context::First
        | Context::Unknown
        | Context::Values
        | Context::Opaque => None,
    }
}
