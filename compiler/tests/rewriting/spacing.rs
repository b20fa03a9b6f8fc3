//! White space where the language does not mind it, and the one form of `fmt`.

use std::ops::Range;

use sophia_language::{Token, TokenKind, format, tokens};

use super::{Rewritten, Seed, edited};

/// More blanks, lines that go on behind a comma, blank lines and remarks between the parts of a file.
pub fn spaced(text: &str, seed: &mut Seed) -> Rewritten {
    let tokens = tokens(text);
    let mut edits = Vec::new();
    let mut holes = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::HoleStart => holes += 1,
            TokenKind::HoleEnd => holes = holes.saturating_sub(1),
            _ => {}
        }
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let kind = |token: Option<&Token>| token.map(|token| token.kind);
        let range = token.span.range();
        match (kind(before), token.kind) {
            (Some(TokenKind::Newline) | None, TokenKind::Whitespace) => {}
            (Some(TokenKind::Comma), TokenKind::Whitespace)
                if holes == 0 && ends_no_line(&tokens, index) && seed.one_in(3) =>
            {
                edits.push((range, "\n        ".to_owned()));
            }
            (_, TokenKind::Whitespace) if seed.one_in(3) => {
                edits.push((range, " ".repeat(1 + seed.below(4))));
            }
            (Some(TokenKind::Newline), TokenKind::Newline) if seed.one_in(2) => {
                let remark = ["\n", "# A remark.\n\n", "\n\n\n"][seed.below(3)];
                edits.push((range.start..range.start, remark.to_owned()));
            }
            _ => {}
        }
    }
    edited(text, &edits)
}

/// Whether something of the language follows on the line.
fn ends_no_line(tokens: &[Token], index: usize) -> bool {
    tokens.get(index + 1).is_some_and(|next| {
        !matches!(
            next.kind,
            TokenKind::Newline | TokenKind::Comment | TokenKind::Documentation
        )
    })
}

/// What `fmt` makes of a text. `None` where it cannot be read whole.
pub fn laid_out(text: &str) -> Option<Rewritten> {
    let made = format(text, "rewritten.sophia".into()).ok()?;
    let mut kept = Vec::new();
    let mut new = solid(&made).into_iter().peekable();
    for token in solid(text) {
        let range = token.span.range();
        // A comma at the end of a line may come or go.
        while let Some(next) =
            new.next_if(|next| next.kind == TokenKind::Comma && token.kind != TokenKind::Comma)
        {
            kept.push((range.start..range.start, next.span.range().start));
        }
        if let Some(next) = new.next_if(|next| next.kind == token.kind) {
            let begin = next.span.range().start;
            lines(
                &text[range.clone()],
                &made[next.span.range()],
                |old, new| {
                    kept.push((range.start + old.start..range.start + old.end, begin + new));
                },
            );
        } else {
            let word = &text[range];
            assert_eq!(
                token.kind,
                TokenKind::Comma,
                "`fmt` keeps every word: {word}"
            );
        }
    }
    Some(Rewritten {
        text: made,
        kept,
        names: Vec::new(),
        alike: None,
    })
}

/// The lines of a piece of text before and after, without the blanks at their beginning.
fn lines(old: &str, new: &str, mut pair: impl FnMut(Range<usize>, usize)) {
    let (mut old_at, mut new_at) = (0, 0);
    for (old, new) in old.split_inclusive('\n').zip(new.split_inclusive('\n')) {
        let blanks = |line: &str| line.len() - line.trim_start().len();
        pair(
            old_at + blanks(old)..old_at + old.len(),
            new_at + blanks(new),
        );
        old_at += old.len();
        new_at += new.len();
    }
}

fn solid(text: &str) -> Vec<Token> {
    let mut tokens = tokens(text);
    tokens.retain(|token| {
        !matches!(token.kind, TokenKind::Whitespace | TokenKind::Newline)
            && !token.span.range().is_empty()
    });
    tokens
}
