//! Statements and blocks.

use chumsky::prelude::*;
use sophia_diagnostics::codes;

use super::expression::Values;
use super::modifier::modifiers;
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, between, count, leftover, name, needed_word,
    one_word, place, skip, token, word,
};
use super::{later, template};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    Block, Call, Do, ElseBranch, End, EndKind, Expression, ForEach, If, Let, LetValue, Modifier,
    Statement,
};
use crate::tokens::TokenKind;

const DECLARATIONS: &[&str] = &[
    "playbook",
    "module",
    "use",
    "zone",
    "trigger",
    "input",
    "type",
    "query",
    "model",
    "predictor",
    "on",
    "test",
];

/// The rules for statements.
#[derive(Clone)]
pub(super) struct Statements<'a> {
    /// One statement, modifiers included. Fails where no keyword of one stands.
    pub(super) statement: Rule<'a, Statement>,
    /// `{ … }`; missing where none stands.
    pub(super) block: Rule<'a, Block>,
}

/// Makes the rules for statements.
pub(super) fn statements<'a>(values: &Values<'a>) -> Statements<'a> {
    let statement = {
        let values = values.clone();
        recursive(move |statement| one_statement(&values, &block(statement.boxed()))).boxed()
    };
    Statements {
        block: block(statement.clone()),
        statement,
    }
}

fn one_statement<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Statement> {
    let end = end(values);
    let modifiers = modifiers(values, block.clone(), end.clone());
    choice((
        binding(values, &modifiers).map(Statement::Let).boxed(),
        effect(values, &modifiers).map(Statement::Do).boxed(),
        branch(values, block).map(Statement::If).boxed(),
        for_each(values, block).map(Statement::ForEach).boxed(),
        end.map(Statement::End).boxed(),
    ))
    .boxed()
}

/// `{ … }` with a statement a line. What a line leaves is passed over and told, so that a mistake
/// ends with its line.
fn block<'a>(statement: Rule<'a, Statement>) -> Rule<'a, Block> {
    let reserved = later::passed_over(later::ITEMS, Until::Line).map(Statement::Error);
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
            if second.is_some_and(|second| second.ends_item()) {
                "A value alone on a line does nothing: a statement begins with a word such as `let` or `do`."
                    .clone_into(&mut mistake.message);
            }
            emitter.emit(mistake.into());
            place(here)
        })
        .boxed()
}

fn binding<'a>(values: &Values<'a>, modifiers: &Rule<'a, Vec<Modifier>>) -> Rule<'a, Let> {
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(absent("`=` with a value").ignored());
    let done = word("do").map(|word| word.span).or_not();
    word("let")
        .ignore_then(name("A name such as `at_risk`"))
        .then_ignore(equals)
        .then(done)
        .then(values.whole.clone())
        .then_ignore(leftover(Until::Modifier))
        .then(modifiers.clone())
        .map_with(|(((name, effect), value), modifiers), here| {
            let run = here.span();
            let value = match effect {
                Some(word) => LetValue::Do {
                    call: called(value),
                    word,
                },
                None => LetValue::Value(value),
            };
            Let {
                name,
                value,
                modifiers,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

fn effect<'a>(values: &Values<'a>, modifiers: &Rule<'a, Vec<Modifier>>) -> Rule<'a, Do> {
    let call =
        values
            .postfix
            .clone()
            .validate(|value, here: &mut Here<'a, '_>, emitter| match value {
                Expression::Call(call) => call,
                other => {
                    if !matches!(other, Expression::Missing(_)) {
                        let at = here.span().end;
                        emitter.emit(
                            here.state()
                                .expected(at, "A call with its arguments between `(` and `)`")
                                .into(),
                        );
                    }
                    Call {
                        span: other.span(),
                        callee: Box::new(other),
                        arguments: Vec::new(),
                    }
                }
            });
    word("do")
        .ignore_then(call)
        .then_ignore(leftover(Until::Modifier))
        .then(modifiers.clone())
        .map_with(|(call, modifiers), here| {
            let run = here.span();
            Do {
                call,
                modifiers,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// What stands after `do`: a call, or what may become one.
fn called(value: Expression) -> Call {
    match value {
        Expression::Call(call) => call,
        other => Call {
            span: other.span(),
            callee: Box::new(other),
            arguments: Vec::new(),
        },
    }
}

enum Otherwise<'a> {
    ElseIf(Lexeme<'a>, Expression, Block),
    Else(Block),
}

fn branch<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, If> {
    let condition = values
        .plain
        .clone()
        .then_ignore(leftover(Until::Block))
        .boxed();
    let else_if = word("else")
        .ignore_then(word("if"))
        .then(condition.clone())
        .then(block.clone())
        .map(|((word, condition), block)| Otherwise::ElseIf(word, condition, block));
    let plain_else = word("else")
        .ignore_then(leftover(Until::Block))
        .ignore_then(block.clone())
        .map(Otherwise::Else);
    word("if")
        .ignore_then(condition)
        .then(block.clone())
        .then(else_if.or(plain_else).repeated().collect::<Vec<_>>())
        .map_with(|((condition, then), others), here| {
            let run = here.span();
            let mut otherwise = None;
            for other in others.into_iter().rev() {
                otherwise = Some(match other {
                    Otherwise::Else(block) => ElseBranch::Block(block),
                    Otherwise::ElseIf(word, condition, then) => {
                        let span = word.span.to(then.span);
                        ElseBranch::If(Box::new(If {
                            condition,
                            then,
                            otherwise,
                            documentation: crate::syntax::Documentation::default(),
                            span,
                        }))
                    }
                });
            }
            If {
                condition,
                then,
                otherwise,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

enum Pace {
    AtATime(u64, sophia_diagnostics::Span),
    KeepGoing(sophia_diagnostics::Span),
}

fn for_each<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, ForEach> {
    let at_a_time = ahead_two(|first, second| {
        (first.kind == TokenKind::Integer && matches!(second.text, "at" | "a" | "time"))
            || (first.is_word("at") && second.is_word("a"))
    })
    .ignore_then(count("A number such as `8`"))
    .then_ignore(needed_word("at", "`at a time`"))
    .then_ignore(needed_word("a", "`a time`"))
    .then_ignore(needed_word("time", "`time`"))
    .map_with(|number, here| Pace::AtATime(number, place(here)));
    let keep_going = word("keep")
        .ignore_then(needed_word("going", "`going`"))
        .map_with(|(), here| Pace::KeepGoing(place(here)));
    let pace = at_a_time.or(keep_going).boxed();
    let comma = token(TokenKind::Comma).ignored();
    let paced = comma.ignore_then(pace.clone()).or(ahead(|lexeme| {
        lexeme.kind == TokenKind::Integer || matches!(lexeme.text, "at" | "keep")
    })
    .ignore_then(absent("A comma"))
    .ignore_then(pace));
    word("for")
        .ignore_then(needed_word("each", "`each` with a name"))
        .ignore_then(name("A name for one item"))
        .then_ignore(needed_word("in", "`in` with a list or a table"))
        .then(values.item.clone())
        .then(paced.repeated().collect::<Vec<_>>())
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(((item, source), paces), body), here| {
            let run = here.span();
            let mut at_a_time = None;
            let mut keep_going = None;
            for pace in paces {
                match pace {
                    Pace::AtATime(number, span) => {
                        at_a_time = Some((u32::try_from(number).unwrap_or(u32::MAX), span));
                    }
                    Pace::KeepGoing(span) => keep_going = Some(span),
                }
            }
            ForEach {
                item,
                source,
                at_a_time,
                keep_going,
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `stop "why" when …`
fn end<'a>(values: &Values<'a>) -> Rule<'a, End> {
    let reason = template::text(values.item.clone())
        .map(Expression::Text)
        .or(super::literal::literal())
        .or(absent("A reason such as `\"Nothing to do.\"`").map(Expression::Missing));
    let when = word("when").ignore_then(values.plain.clone()).or_not();
    let armed = later::passed_over(&["on"], Until::Line).or_not();
    one_word(&["stop", "fail", "skip"])
        .then(reason)
        .then(when)
        .then_ignore(armed)
        .map_with(|((first, reason), when), here| {
            let run = here.span();
            End {
                kind: match first.text {
                    "stop" => EndKind::Stop,
                    "fail" => EndKind::Fail,
                    _ => EndKind::Skip,
                },
                reason,
                when,
                on: None,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}
