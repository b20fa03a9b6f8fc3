//! The line and the brackets that a cursor stands in, read from the tokens before it.

use sophia_language::{Token, TokenKind};

use super::words::Block;

/// The tokens of the line so far that say something.
pub(super) fn line_of(before: &[Token]) -> Vec<Token> {
    let start = before
        .iter()
        .rposition(|token| token.kind == TokenKind::Newline)
        .map_or(0, |at| at + 1);
    let line = before.get(start..).unwrap_or_default().iter();
    line.filter(|token| !token.kind.is_trivia() && token.span.start < token.span.end)
        .copied()
        .collect()
}

/// The kind of the bracket that is open before the cursor, the innermost.
pub(super) fn opened_by(before: &[Token]) -> Option<TokenKind> {
    open_bracket(before).map(|(_, token)| token.kind)
}

/// The bracket that is open before the cursor, the innermost, and its number.
pub(super) fn open_bracket(before: &[Token]) -> Option<(usize, &Token)> {
    let mut closed = 0usize;
    for (at, token) in before.iter().enumerate().rev() {
        if token.kind.is_closing() {
            closed += 1;
        } else if token.kind.closed_by().is_some() {
            if closed == 0 {
                return Some((at, token));
            }
            closed -= 1;
        }
    }
    None
}

/// What the innermost braces hold, by the word that their line begins with; `None` for those of a record.
pub(super) fn enclosing(before: &[Token], text: &str) -> Option<Block> {
    let (at, _) = open_bracket(before).filter(|(_, token)| token.kind == TokenKind::OpenBrace)?;
    let head = before.get(..at)?;
    let line = since_bracket(line_of(head));
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let first = line.first().map(said).unwrap_or_default();
    let last = line.last().map(said).unwrap_or_default();
    match first {
        "model" => Some(Block::Model),
        "predictor" => Some(Block::Predictor),
        "test" => Some(Block::Test),
        "type" => Some(Block::Type),
        "policy" => Some(Block::Policy),
        "function" => Some(Block::Function),
        "match" => Some(Block::Match),
        "wait" => Some(Block::First),
        "example" => Some(Block::Example),
        "action" | "on" | "if" | "for" | "repeat" | "together" | "try" | "else" | "}" => {
            Some(Block::Statements)
        }
        "let" if line.iter().any(|token| said(token) == "each") => Some(Block::Statements),
        _ if last == "otherwise" && first != "otherwise" => Some(Block::Statements),
        _ if first.starts_with('"') || last == "else" => Some(Block::Statements),
        // What follows a case of a `match`, an event or a time of `wait for first`.
        _ if matches!(enclosing(head, text), Some(Block::Match | Block::First)) => {
            Some(Block::Statements)
        }
        _ => None,
    }
}

/// What a line says behind the last bracket that it opens and leaves open.
fn since_bracket(line: Vec<Token>) -> Vec<Token> {
    match open_bracket(&line) {
        Some((at, _)) => line.get(at + 1..).unwrap_or_default().to_vec(),
        None => line,
    }
}

/// Whether a place holds fixed values alone: what a test gives and sends, an example of a model.
pub(super) fn is_fixed(before: &[Token], text: &str) -> bool {
    let said = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let mut inside = before;
    // From the innermost bracket outwards, until one is that of a test or of an example.
    loop {
        match enclosing(inside, text) {
            Some(Block::Example) => return true,
            Some(Block::Test) => {
                let begins = first_of_line(inside, text);
                let with = line_of(inside).iter().any(|token| said(token) == "with");
                return matches!(begins, "given" | "run" | "then") || with;
            }
            Some(_) => return false,
            None => match open_bracket(inside) {
                Some((at, _)) => inside = inside.get(..at).unwrap_or_default(),
                None => return false,
            },
        }
    }
}

/// Whether what an input or a state begins with stands at a place: it is fixed before anything runs.
pub(super) fn begins_with(before: &[Token], text: &str) -> bool {
    let line = line_of(before);
    let is_given = line.iter().any(|token| token.kind == TokenKind::Equal);
    is_given && matches!(first_of_line(before, text), "input" | "state")
}

/// The word that the line of a cursor begins with.
pub(super) fn first_of_line<'t>(before: &[Token], text: &'t str) -> &'t str {
    let line = line_of(before);
    let first = line.first().and_then(|token| text.get(token.span.range()));
    first.unwrap_or_default()
}

/// Whether the innermost braces are those of a type: `table of { … }`.
pub(super) fn in_row_type(before: &[Token], text: &str) -> bool {
    let open = open_bracket(before).filter(|(_, token)| token.kind == TokenKind::OpenBrace);
    let head = open.and_then(|(at, _)| before.get(..at));
    let last = head.and_then(|head| head.iter().rfind(|token| !token.kind.is_trivia()));
    last.is_some_and(|last| text.get(last.span.range()) == Some("of"))
}

/// Whether a quote that a text begins with stands behind a word, at the end of the line.
pub(super) fn is_after(before: &[Token], text: &str, word: &str) -> bool {
    let line = line_of(before);
    let mut said = line
        .iter()
        .rev()
        .map(|token| text.get(token.span.range()).unwrap_or_default());
    said.next().is_some_and(|quote| quote.starts_with('"')) && said.next() == Some(word)
}
