//! Blocks: statements between braces, a line each, and what is told of a line that is none.

use chumsky::prelude::*;
use sophia_diagnostics::codes;

use super::foreign_blocks;
use super::later;
use super::parts::{Here, Rule, Until, absent, between, one_word, place, skip};
use crate::mistake::{Mistake, Weight};
use crate::syntax::{Block, Statement};
use crate::tokens::TokenKind;
use crate::words::{DECLARATIONS, LATER};

/// `{ … }` with a statement a line. What a line leaves is passed over and told, so that a mistake
/// ends with its line.
pub(super) fn block<'a>(statement: Rule<'a, Statement>) -> Rule<'a, Block> {
    let reserved = later::passed_over(LATER, Until::Line).map(Statement::Error);
    let misplaced = one_word(DECLARATIONS)
        .then_ignore(skip(Until::Line))
        .validate(|first, here: &mut Here<'a, '_>, emitter| {
            emitter.emit(
                Mistake::new(
                    codes::S122,
                    Weight::Cause,
                    first.span,
                    format!(
                        "`{}` stands at the level of the file, not in a block.",
                        first.text
                    ),
                )
                .labelled("a declaration")
                .help("move it out of the braces")
                .within(first.region)
                .into(),
            );
            Statement::Error(place(here))
        });
    let line = choice((
        statement,
        reserved.boxed(),
        misplaced.boxed(),
        unread().map(Statement::Error).boxed(),
    ));
    between(TokenKind::OpenBrace, line.boxed(), Until::Line)
        .map_with(|statements, here| Block {
            statements,
            span: place(here),
        })
        .or(absent("A block between `{` and `}`").map(|span| Block {
            statements: Vec::new(),
            span,
        }))
        .boxed()
}

/// A line that begins with nothing known.
pub(super) fn unread<'a>() -> Rule<'a, sophia_diagnostics::Span> {
    skip(Until::Line)
        .validate(|(), here: &mut Here<'a, '_>, emitter| {
            let run = here.span();
            let source = here.state();
            let second = source.lexeme(run.start + 1).copied();
            let mut mistake = source.expected(
                run.start,
                "A declaration or a statement such as `let x = …` or `do TOOL.CALL(…)`",
            );
            let first = source.lexeme(run.start).map(|first| first.kind);
            let mut rest = (run.start..).map_while(|at| source.lexeme(at));
            let opens = rest
                .by_ref()
                .take(4)
                .any(|lexeme| lexeme.kind == TokenKind::OpenBrace);
            let block = (source.lexeme(run.start))
                .filter(|_| opens)
                .and_then(|first| foreign_blocks::instead_of(first.text));
            let listed = first == Some(TokenKind::Minus);
            if let Some(block) = block {
                block.clone_into(&mut mistake.message);
            } else if listed || second.is_some_and(|second| second.kind == TokenKind::Colon) {
                "A playbook is not written in YAML: a statement begins with a word such as `let` or `do`."
                    .clone_into(&mut mistake.message);
            } else if second.is_some_and(|second| second.ends_item()) {
                "A value alone on a line does nothing: a statement begins with a word such as `let` or `do`."
                    .clone_into(&mut mistake.message);
            }
            emitter.emit(mistake.into());
            place(here)
        })
        .boxed()
}
