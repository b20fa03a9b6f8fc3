//! Marks and words that the walk over a file meets and the language does not have: what is read in
//! their place, and what is told.

use sophia_diagnostics::{Span, codes};

use super::context::Context;
use super::lines::Walk;
use super::opening;
use super::pieces::Piece;
use super::slips::{absence, begins_absence, slip};
use crate::mistake::{Mistake, Weight};
use crate::tokens::TokenKind;

impl<'a> Walk<'a, '_> {
    /// What a piece was meant to be, and how many pieces it stands for; none for one that is left out.
    pub(super) fn habit(&mut self, at: usize, piece: Piece<'a>) -> (Piece<'a>, usize) {
        if piece.kind == TokenKind::ForeignComment {
            self.mistakes.push(foreign_comment(piece));
            return (piece, 0);
        }
        let before = self.lexemes.last().copied();
        let rest = self.pieces.get(at..).unwrap_or(&[]);
        if begins_absence(rest) {
            return (
                Piece {
                    text: "is",
                    ..piece
                },
                1,
            );
        }
        if let Some(is) = before.filter(|before| before.is_word("is"))
            && let Some((meant, length, mistake)) = absence(is.span, rest)
        {
            self.mistakes.push(mistake);
            return (meant, length);
        }
        let kind = before.map(|before| before.kind);
        match slip(kind, piece, self.pieces.get(at + 1)) {
            Some((meant, mistake)) => {
                self.mistakes.push(mistake);
                if mistake_is_else_if(&meant, &piece) {
                    self.push(Piece {
                        text: "else",
                        ..meant
                    });
                }
                (meant, 1)
            }
            None => (piece, 1),
        }
    }

    /// For a line that stands deeper than its statement and begins with what is nearly a modifier:
    /// the modifier.
    pub(super) fn misspelt_modifier(
        &mut self,
        at: usize,
        piece: Piece<'a>,
        indentation: usize,
    ) -> Option<Piece<'a>> {
        let frame = self.frame();
        let modified = matches!(frame.context, Context::File | Context::Block);
        let deeper = indentation > frame.indentation + 1;
        if !modified || !deeper || piece.kind != TokenKind::Word {
            return None;
        }
        let meant = opening::modifier(piece.text, self.pieces.get(at + 1))?;
        self.mistakes.push(
            Mistake::new(
                codes::S116,
                Weight::Slip,
                piece.span,
                format!("`{}` is not a word that may follow a step.", piece.text),
            )
            .labelled(format!("nearest: `{meant}`"))
            .fix(format!("write `{meant}`"), piece.span, meant),
        );
        Some(Piece {
            text: meant,
            ..piece
        })
    }

    /// The first tab that a line of code is indented with; lines of texts and SQL are the writer's.
    pub(super) fn tabs(&mut self, text: &str) {
        let indented = |piece: &Piece<'_>| {
            piece.first?;
            let before = text.get(..piece.span.start as usize)?;
            let margin = before.get(before.rfind('\n').map_or(0, |newline| newline + 1)..)?;
            let at = before.len() - margin.len() + margin.find('\t')?;
            Some(Span::new(at, before.len()))
        };
        if let Some(span) = self.pieces.iter().find_map(indented) {
            self.mistakes.push(
                Mistake::new(
                    codes::S124,
                    Weight::Slip,
                    span,
                    "Lines are indented with spaces, two a level.",
                )
                .labelled("a tab")
                .help("`sophia fmt` writes all of them as spaces"),
            );
        }
    }

    pub(super) fn semicolon(&mut self, at: usize, piece: Piece<'a>) {
        let last_on_line = self
            .pieces
            .get(at + 1)
            .is_none_or(|next| next.first.is_some() || next.kind.is_closing());
        let mistake = Mistake::new(
            codes::S115,
            Weight::Slip,
            piece.span,
            "A statement ends with its line; there are no semicolons.",
        )
        .labelled("from another language");
        let mistake = if last_on_line {
            mistake.fix("remove it", piece.span, "")
        } else {
            mistake.help("begin a new line")
        };
        self.mistakes.push(mistake);
        let fresh = self
            .lexemes
            .last()
            .is_none_or(|last| last.kind.closed_by().is_some() || last.kind == TokenKind::LineEnd);
        if !last_on_line && !fresh && self.frame().context != Context::Opaque {
            self.end_line(piece.span.start);
        }
    }

    pub(super) fn unknown(&mut self, piece: Piece<'a>) {
        if self
            .mistakes
            .last()
            .is_some_and(|last| last.code == codes::S108 && last.span.end == piece.span.start)
        {
            // A run of such characters is one mistake.
            if let Some(last) = self.mistakes.last_mut() {
                last.span.end = piece.span.end;
                if let Some((_, edits)) = &mut last.fix {
                    for edit in edits {
                        edit.span.end = piece.span.end;
                    }
                }
            }
            return;
        }
        self.mistakes.push(
            Mistake::new(
                codes::S108,
                Weight::Slip,
                piece.span,
                format!("`{}` means nothing here.", piece.text.escape_debug()),
            )
            .labelled("not part of the language")
            .fix("remove it", piece.span, ""),
        );
    }
}

/// Whether a word stands for `else if`: the layout then puts `else` before it.
fn mistake_is_else_if(meant: &Piece<'_>, written: &Piece<'_>) -> bool {
    meant.text == "if" && written.text.starts_with("el")
}

fn foreign_comment(piece: Piece<'_>) -> Mistake {
    let width = piece
        .text
        .bytes()
        .take_while(|byte| matches!(byte, b'/' | b'-'))
        .count();
    let place = Span {
        start: piece.span.start,
        end: piece.span.start + u32::try_from(width).unwrap_or(0),
    };
    Mistake::new(
        codes::S125,
        Weight::Slip,
        place,
        "A comment begins with `#`.",
    )
    .labelled("from another language")
    .fix("write `#`", place, "#")
}
