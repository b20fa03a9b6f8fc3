//! How far to the right a line begins while somebody writes it, also in a text with mistakes.
//!
//! Kept true here: only the white space before a line that is empty, or that begins with a closing bracket, is changed.

use sophia_diagnostics::Span;
use sophia_language::{Token, TokenKind};

use crate::project::Spot;
use crate::protocol::TextEdit;

/// What one block stands further to the right than what holds it.
const STEP: usize = 2;

/// What puts a line where it belongs; `None` where it stands there, or where that is the writer's. `above` is what the line
/// before it is to say from now on, where that is something else.
pub(super) fn indented(
    spot: &Spot<'_>,
    line: usize,
    is_new: bool,
    above: Option<&str>,
) -> Option<TextEdit> {
    let text = spot.file.text.as_str();
    let written = spot.file.text.line(line)?;
    let said = text.get(written.range())?;
    let code = said.trim_start_matches([' ', '\t']);
    let columns = if code.starts_with(['}', ')', ']']) {
        let at = written.end as usize - code.len();
        columns_at(text, opener(&spot.parsed()?.tokens, at)?)
    } else if is_new && code.is_empty() {
        behind(spot, line.checked_sub(1)?, above)?
    } else {
        return None;
    };
    let wanted = " ".repeat(columns);
    let before = said.get(..said.len() - code.len())?;
    let start = written.start as usize;
    (before != wanted).then(|| TextEdit {
        range: spot.range(Span::new(start, start + before.len())),
        new_text: wanted,
    })
}

/// Where a line goes on behind another one.
fn behind(spot: &Spot<'_>, line: usize, now: Option<&str>) -> Option<usize> {
    let text = spot.file.text.as_str();
    let above = spot.file.text.line(line)?;
    let tokens = spot.parsed()?.tokens.iter();
    let mut own = tokens.filter(|token| {
        token.span.start >= above.start
            && token.span.start < above.end
            && token.span.start < token.span.end
            && !token.kind.is_trivia()
    });
    // An empty line says nothing of the next one.
    text.get(above.range())?.trim().chars().next()?;
    let last = own.next_back();
    let opens = last.is_some_and(|last| match last.kind {
        TokenKind::OpenBrace
        | TokenKind::OpenParenthesis
        | TokenKind::OpenBracket
        | TokenKind::Equal
        | TokenKind::TextStart => true,
        // What stands behind the mark of a text of several lines is its first words.
        TokenKind::TextPart | TokenKind::SqlPart => {
            let part = text.get(last.span.start as usize..above.end as usize);
            part.is_some_and(|part| part.trim().is_empty())
        }
        _ => false,
    });
    let columns = match now {
        Some(now) => columns_at(now, 0),
        None => columns_at(text, above.start as usize),
    };
    Some(if opens { columns + STEP } else { columns })
}

/// The columns before what the line of a byte says.
fn columns_at(text: &str, at: usize) -> usize {
    let start = text.get(..at).and_then(|before| before.rfind('\n'));
    let line = text.get(start.map_or(0, |end| end + 1)..);
    line.map_or(0, |line| line.len() - line.trim_start_matches(' ').len())
}

/// The byte of the bracket that the one at a byte closes.
fn opener(tokens: &[Token], at: usize) -> Option<usize> {
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens {
        if token.span.start as usize == at && token.span.start < token.span.end {
            return (open.iter().rev())
                .find(|open| open.kind.closed_by() == Some(token.kind))
                .map(|open| open.span.start as usize);
        }
        if token.kind.closed_by().is_some() {
            open.push(token);
        } else if token.kind.is_closing() {
            let found = open
                .iter()
                .rposition(|open| open.kind.closed_by() == Some(token.kind));
            open.truncate(found.unwrap_or(open.len()));
        }
    }
    None
}
