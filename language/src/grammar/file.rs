//! A file: its header, then an item after the other.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::block::unread;
use super::declaration::declaration;
use super::expression::values;
use super::later;
use super::parts::{
    Here, Rule, Until, ahead, by_first_word, items, lazy, name, one_word, path_name, place, skip,
    token, word,
};
use super::statement::statements;
use super::test::test;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{Documentation, File, Header, Item, Statement};
use crate::tokens::TokenKind;
use crate::words::LATER;

/// A file, or as much of one as begins with its header. Reads everything.
pub(super) fn file<'a>() -> Rule<'a, File> {
    let blank = token(TokenKind::LineEnd).repeated();
    blank
        .ignore_then(header())
        .then(rest())
        .map_with(
            |((header, documentation), items), _: &mut Here<'a, '_>| File {
                header,
                documentation,
                items,
            },
        )
        .boxed()
}

/// What stands behind the header. Reads everything.
pub(super) fn rest<'a>() -> Rule<'a, Vec<Item>> {
    let values = values();
    let statements = statements(&values);
    let tests = {
        let values = values.clone();
        lazy(move || test(&values))
    };
    let item = choice((
        declaration(&values, &statements.block),
        by_first_word(vec![(&["test"], tests)]),
        statements.statement.map(Item::Statement).boxed(),
        later::passed_over(LATER, Until::Line)
            .map(Item::Error)
            .boxed(),
        second_header(),
        unread().map(Item::Error).boxed(),
    ));
    items(item.boxed(), Until::Line)
        .then_ignore(any().repeated())
        .boxed()
}

fn header<'a>() -> Rule<'a, (Header, Documentation)> {
    let playbook = word("playbook")
        .ignore_then(name("A name such as `churn_watch`"))
        .map(Header::Playbook);
    let module = word("module")
        .ignore_then(path_name("A name such as `std.sales`"))
        .map(Header::Module);
    let written = playbook
        .or(module)
        .map_with(|header, here| {
            let at = here.span().start;
            (header, here.state().documentation(at))
        })
        .then_ignore(super::parts::leftover(Until::Line));
    let missing = empty().validate(|(), here: &mut Here<'a, '_>, emitter| {
        let at = here.span().start;
        let source = here.state();
        let start = source.lexeme(at).map_or(0, |first| first.span.start);
        let span = Span { start, end: start };
        emitter.emit(
            Mistake::new(
                codes::S102,
                Weight::Cause,
                span,
                "A file begins with `playbook NAME` or `module NAME`.",
            )
            .labelled("missing here")
            .help("write `playbook` and a name on the first line")
            .within(u32::MAX)
            .into(),
        );
        (Header::Missing(span), Documentation::default())
    });
    written.or(missing).boxed()
}

/// `playbook` or `module` once more.
fn second_header<'a>() -> Rule<'a, Item> {
    ahead(|lexeme| lexeme.kind == TokenKind::Word)
        .ignore_then(one_word(&["playbook", "module"]))
        .then_ignore(skip(Until::Line))
        .validate(|first, here: &mut Here<'a, '_>, emitter| {
            emitter.emit(
                Mistake::new(
                    codes::S102,
                    Weight::Cause,
                    first.span,
                    format!("`{}` stands once, on the first line of a file.", first.text),
                )
                .labelled("not the first line")
                .help("move it to the top, or put this playbook into its own file")
                .within(first.region)
                .into(),
            );
            Item::Error(place(here))
        })
        .boxed()
}

/// A module holds no triggers and no statements.
pub(crate) fn check_module(file: &File, mistakes: &mut Vec<Mistake>) {
    if !matches!(file.header, Header::Module(_)) {
        return;
    }
    for item in &file.items {
        let (span, what) = match item {
            Item::Trigger(trigger) => (trigger.span, "triggers"),
            Item::Statement(Statement::Error(_)) => continue,
            Item::Statement(statement) => (statement.span(), "statements"),
            _ => continue,
        };
        mistakes.push(
            Mistake::new(
                codes::S121,
                Weight::Slip,
                span,
                format!("A module holds no {what}; only a playbook runs."),
            )
            .labelled("in a module")
            .help("move it into a playbook"),
        );
    }
}
