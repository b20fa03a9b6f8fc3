//! Puts brackets in pairs. Where a file's brackets do not fit each other, its indentation says which
//! one is missing: a closing bracket stands under the line that opened it.

use sophia_diagnostics::{Span, codes};

use crate::mistake::{Mistake, Weight};
use crate::tokens::{TokenKind, starts_item};
use crate::words::OUTERMOST;

use super::pieces::Piece;

/// The same pieces with every bracket in a pair.
pub(super) fn balance<'a>(
    text: &'a str,
    pieces: Vec<Piece<'a>>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Piece<'a>> {
    if fits(text, &pieces) {
        return pieces;
    }
    let mut repair = Repair {
        text,
        output: Vec::with_capacity(pieces.len() + 8),
        open: Vec::new(),
        lines: Vec::new(),
        mistakes,
    };
    let mut within = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        match piece.kind {
            TokenKind::TextStart | TokenKind::HoleStart => within += 1,
            TokenKind::TextEnd | TokenKind::HoleEnd => within = within.saturating_sub(1),
            _ => {}
        }
        if within == 0
            && let Some(indentation) = piece.first
        {
            repair.begin_line(*piece, pieces.get(index + 1), indentation);
        }
        match piece.kind {
            TokenKind::HoleEnd => {
                repair.close_down_to(TokenKind::HoleStart, piece.span.start);
                repair.open.pop();
                repair.output.push(*piece);
            }
            TokenKind::HoleStart => repair.push_open(*piece),
            TokenKind::Arrow => {
                repair.close_parenthesis();
                repair.output.push(*piece);
            }
            _ if piece.is_bracket() => repair.push_open(*piece),
            _ if piece.closes_bracket() => repair.close(*piece),
            _ => repair.output.push(*piece),
        }
    }
    let end = pieces.last().map_or(0, |piece| piece.span.end);
    while !repair.open.is_empty() {
        repair.close_top(end);
    }
    repair.output
}

/// Whether all brackets fit, and no declaration stands inside one.
fn fits(text: &str, pieces: &[Piece<'_>]) -> bool {
    let mut open = Vec::new();
    for piece in pieces {
        if let Some(close) = piece.kind.closed_by() {
            open.push(close);
        } else if piece.kind.is_closing() {
            if open.pop() != Some(piece.kind) {
                return false;
            }
        } else if piece.first == Some(0)
            && !open.is_empty()
            && piece.kind == TokenKind::Word
            && OUTERMOST.contains(&piece.text)
            && starts_item(line_from(text, piece.span.start as usize))
        {
            return false;
        }
    }
    open.is_empty()
}

fn line_from(text: &str, at: usize) -> &str {
    text.get(at..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or("")
}

struct Open {
    kind: TokenKind,
    span: Span,
    /// The indentation of the line it stands on.
    indentation: usize,
    /// How many lines had begun when it was opened.
    line: usize,
    /// Whether its line ends with it. What closes it then stands first on its own line.
    ends_line: bool,
}

/// A line that has begun.
struct Begun {
    indentation: usize,
    /// Where in the output its first token stands.
    output: usize,
}

struct Repair<'a, 'b> {
    text: &'a str,
    output: Vec<Piece<'a>>,
    open: Vec<Open>,
    lines: Vec<Begun>,
    mistakes: &'b mut Vec<Mistake>,
}

impl<'a> Repair<'a, '_> {
    fn push_open(&mut self, piece: Piece<'a>) {
        self.open.push(Open {
            kind: piece.kind,
            span: piece.span,
            indentation: self.lines.last().map_or(0, |line| line.indentation),
            line: self.lines.len(),
            ends_line: false,
        });
        self.output.push(piece);
    }

    /// At the start of a line: what was opened at this depth or deeper should have been closed.
    fn begin_line(&mut self, piece: Piece<'a>, next: Option<&Piece<'a>>, indentation: usize) {
        let at = self.output.last().map_or(0, |last| last.span.end);
        if let (Some(top), Some(last)) = (self.open.last_mut(), self.output.last())
            && top.span == last.span
        {
            top.ends_line = true;
        }
        let labelled = next.is_some_and(|next| next.kind == TokenKind::Colon);
        while let Some(top) = self.open.last() {
            let deeper = if piece.closes_bracket() {
                top.indentation > indentation + 1
            } else {
                top.indentation >= indentation
            };
            let interrupted = top.kind != TokenKind::OpenBrace
                && !labelled
                && piece.kind == TokenKind::Word
                && super::opening::interrupts(piece.text, next.map_or("", |next| next.text));
            if top.kind == TokenKind::HoleStart || !(deeper || interrupted) {
                break;
            }
            self.close_top(at);
        }
        self.lines.push(Begun {
            indentation,
            output: self.output.len(),
        });
    }

    fn close(&mut self, piece: Piece<'a>) {
        let fits = |open: &Open| open.kind.closed_by() == Some(piece.kind);
        let hole = self
            .open
            .iter()
            .rposition(|open| open.kind == TokenKind::HoleStart)
            .map_or(0, |at| at + 1);
        // A bracket at the end of a line is not closed in the middle of another.
        let hole = if piece.first.is_some() {
            hole
        } else {
            self.open
                .iter()
                .rposition(|open| open.ends_line)
                .map_or(hole, |at| hole.max(at + 1))
        };
        let known = self.open.iter().skip(hole).any(fits);
        let top_is_shallower = self.open.last().is_some_and(|top| {
            piece
                .first
                .is_some_and(|indentation| top.indentation + 1 < indentation)
        });
        if let Some(indentation) = piece.first
            && (!known || top_is_shallower)
            && self.invent_opening(piece, indentation)
        {
            self.open.pop();
            self.output.push(piece);
            return;
        }
        if known {
            while self.open.last().is_some_and(|top| !fits(top)) {
                self.close_top(piece.span.start);
            }
            self.open.pop();
            self.output.push(piece);
        } else if self.open.len() > hole && piece.first.is_none() {
            self.swap(piece);
        } else {
            self.mistakes.push(
                Mistake::new(
                    codes::S104,
                    Weight::Cause,
                    piece.span,
                    format!("This `{}` closes nothing.", piece.text),
                )
                .labelled("closes nothing")
                .fix("remove it", piece.span, ""),
            );
        }
    }

    /// Finds the line under which a closing bracket stands, and opens the bracket at its end.
    fn invent_opening(&mut self, piece: Piece<'a>, indentation: usize) -> bool {
        let since = self.open.last().map_or(0, |top| top.line);
        let Some(head) = self
            .lines
            .iter()
            .enumerate()
            .skip(since)
            .take(self.lines.len().saturating_sub(since + 1))
            .filter(|(_, line)| line.indentation.abs_diff(indentation) <= 1)
            .map(|(at, _)| at)
            .next_back()
        else {
            return false;
        };
        let Some(body) = self.lines.get(head + 1) else {
            return false;
        };
        if body.indentation <= indentation && head + 2 != self.lines.len() {
            return false;
        }
        let at = body.output;
        let Some(before) = at.checked_sub(1).and_then(|at| self.output.get(at)) else {
            return false;
        };
        let (kind, bracket) = match piece.kind {
            TokenKind::CloseBrace => (TokenKind::OpenBrace, "{"),
            TokenKind::CloseParenthesis => (TokenKind::OpenParenthesis, "("),
            _ => (TokenKind::OpenBracket, "["),
        };
        let place = Span {
            start: before.span.end,
            end: before.span.end,
        };
        let space = if kind == TokenKind::OpenBrace {
            " "
        } else {
            ""
        };
        self.mistakes.push(
            Mistake::new(
                codes::S104,
                Weight::Cause,
                place,
                format!("A `{bracket}` is missing at the end of this line."),
            )
            .labelled(format!("`{bracket}` belongs here"))
            .fix(
                format!("write `{bracket}`"),
                place,
                format!("{space}{bracket}"),
            ),
        );
        let invented = Piece {
            kind,
            text: bracket,
            span: place,
            first: None,
        };
        self.output.insert(at, invented);
        for line in &mut self.lines {
            if line.output >= at {
                line.output += 1;
            }
        }
        self.open.push(Open {
            kind,
            span: place,
            indentation,
            line: head + 1,
            ends_line: true,
        });
        true
    }

    /// One bracket was written for another.
    fn swap(&mut self, piece: Piece<'a>) {
        let Some(top) = self.open.pop() else { return };
        let (kind, wanted) = closing(top.kind);
        let opened = self.text.get(top.span.range()).unwrap_or("");
        self.mistakes.push(
            Mistake::new(
                codes::S104,
                Weight::Cause,
                piece.span,
                format!(
                    "`{opened}` is closed by `{wanted}`, not by `{}`.",
                    piece.text
                ),
            )
            .labelled(format!("`{wanted}` belongs here"))
            .fix(format!("write `{wanted}`"), piece.span, wanted),
        );
        self.output.push(Piece { kind, ..piece });
    }

    /// `->` stands after parameters, never among them.
    fn close_parenthesis(&mut self) {
        if let Some(top) = self.open.last()
            && top.kind == TokenKind::OpenParenthesis
        {
            self.close_top(top.span.end);
        }
    }

    fn close_down_to(&mut self, kind: TokenKind, at: u32) {
        while self.open.last().is_some_and(|top| top.kind != kind) {
            self.close_top(at);
        }
    }

    /// Closes what was opened last; the writer did not.
    fn close_top(&mut self, at: u32) {
        let Some(top) = self.open.pop() else { return };
        let (kind, wanted) = closing(top.kind);
        let end = self.output.last().map_or(at, |last| last.span.end);
        let place = Span { start: end, end };
        let lines = self.lines.len() > top.line;
        let text = if lines {
            format!("\n{}{wanted}", " ".repeat(top.indentation))
        } else {
            wanted.to_owned()
        };
        let opened = self.text.get(top.span.range()).unwrap_or("");
        if top.kind != TokenKind::HoleStart {
            self.mistakes.push(
                Mistake::new(
                    codes::S103,
                    Weight::Cause,
                    top.span,
                    format!("This `{opened}` is not closed: a `{wanted}` is missing."),
                )
                .labelled("not closed")
                .fix(format!("write `{wanted}`"), place, text),
            );
        }
        self.output.push(Piece {
            kind,
            text: wanted,
            span: place,
            first: None,
        });
    }
}

fn closing(kind: TokenKind) -> (TokenKind, &'static str) {
    match kind {
        TokenKind::OpenParenthesis => (TokenKind::CloseParenthesis, ")"),
        TokenKind::OpenBracket => (TokenKind::CloseBracket, "]"),
        TokenKind::HoleStart => (TokenKind::HoleEnd, "}"),
        _ => (TokenKind::CloseBrace, "}"),
    }
}
