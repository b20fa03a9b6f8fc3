//! Statements that hold blocks: `if`, `match`, `for each`, `repeat`, `together`, `try`.

use chumsky::prelude::*;

use super::expression::Values;
use super::literal::{literal_or_range, time_span};
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, between, binding, comma_before, count, leftover,
    name, needed_word, one_word, place, skip, token, word,
};
use crate::layout::Lexeme;
use crate::syntax::{
    Arm, Block, ElseBranch, Expression, ForEach, If, Match, Repeat, Together, Try,
};
use crate::tokens::TokenKind;

enum Otherwise<'a> {
    ElseIf(Lexeme<'a>, Expression, Block),
    Else(Block),
}

pub(super) fn branch<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, If> {
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

pub(super) fn for_each<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, ForEach> {
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

/// `match reason { "fraud" { … } else { … } }`
pub(super) fn choose<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Match> {
    let pattern = literal_or_range().or(values.text.clone().map(Expression::Text));
    let patterns = pattern
        .separated_by(token(TokenKind::Pipe))
        .at_least(1)
        .collect::<Vec<_>>();
    let otherwise = word("else")
        .ignore_then(leftover(Until::Block))
        .ignore_then(block.clone())
        .map(Case::Else);
    let arm = patterns
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(patterns, body), here| {
            Case::Arm(Arm {
                patterns,
                body,
                span: place(here),
            })
        });
    let other = skip(Until::Line).validate(|(), here: &mut Here<'a, '_>, emitter| {
        let at = here.span().start;
        let source = here.state();
        let mut mistake = source.expected(at, "A case such as `\"fraud\" { … }`, or `else { … }`,");
        if source.lexeme(at).is_some_and(|lexeme| compares(lexeme.kind)) {
            mistake = mistake.help(
                "a case names values and compares nothing: write `if … { … } else if … { … } else { … }`",
            );
        }
        emitter.emit(mistake.into());
        Case::Unread
    });
    let cases = between(
        TokenKind::OpenBrace,
        choice((otherwise.boxed(), arm.boxed(), other.boxed())).boxed(),
        Until::Line,
    )
    .or(absent("A body between `{` and `}`").map(|_| Vec::new()));
    word("match")
        .ignore_then(values.plain.clone())
        .then_ignore(leftover(Until::Block))
        .then(cases)
        .map_with(|(value, cases), here| {
            let run = here.span();
            let mut arms = Vec::new();
            let mut otherwise = None;
            for case in cases {
                match case {
                    Case::Arm(arm) => arms.push(arm),
                    Case::Else(block) => otherwise = Some(block),
                    Case::Unread => {}
                }
            }
            Match {
                value,
                arms,
                otherwise,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

enum Case {
    Arm(Arm),
    Else(Block),
    Unread,
}

/// `repeat every 1 hour, at most 3 times, until done { }`
pub(super) fn repeat<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Repeat> {
    let times = one_word(&["time", "times"])
        .ignored()
        .or(absent("`times`").ignored());
    let at_most = ahead(|lexeme| lexeme.is_word("at") || lexeme.is_word("most"))
        .ignore_then(needed_word("at", "`at most` with a number"))
        .ignore_then(needed_word("most", "`most` with a number"))
        .ignore_then(count("A number such as `3`"))
        .then_ignore(times)
        .map_with(|number, here| Bound::AtMost(number, place(here)));
    let until = word("until")
        .ignore_then(values.plain.clone())
        .map(Bound::Until);
    let bounds = comma_before(&["at", "most", "until"])
        .ignore_then(at_most.or(until))
        .repeated()
        .collect::<Vec<_>>();
    word("repeat")
        .ignore_then(needed_word("every", "`every` with a length of time"))
        .ignore_then(time_span(values.postfix.clone()))
        .then(bounds)
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|((every, bounds), body), here| {
            let run = here.span();
            let mut at_most = None;
            let mut until = None;
            for bound in bounds {
                match bound {
                    Bound::AtMost(number, span) => at_most = Some((number, span)),
                    Bound::Until(condition) => until = Some(condition),
                }
            }
            Repeat {
                every,
                at_most,
                until,
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

enum Bound {
    AtMost(u64, sophia_diagnostics::Span),
    Until(Expression),
}

/// `together { }`
pub(super) fn together<'a>(block: &Rule<'a, Block>) -> Rule<'a, Together> {
    word("together")
        .ignore_then(leftover(Until::Block))
        .ignore_then(block.clone())
        .map_with(|body, here| {
            let run = here.span();
            Together {
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `try { } otherwise as f { }`
pub(super) fn attempt<'a>(block: &Rule<'a, Block>) -> Rule<'a, Try> {
    let otherwise = needed_word("otherwise", "`otherwise` with a block")
        .ignore_then(binding("A name for the failure"))
        .then_ignore(leftover(Until::Block))
        .then(block.clone());
    word("try")
        .ignore_then(leftover(Until::Block))
        .ignore_then(block.clone())
        .then(otherwise)
        .map_with(|(body, (binding, otherwise)), here| {
            let run = here.span();
            Try {
                body,
                binding,
                otherwise,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// Whether a case begins with a sign of comparison, as other languages have them.
fn compares(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Less
            | TokenKind::LessOrEqual
            | TokenKind::Greater
            | TokenKind::GreaterOrEqual
            | TokenKind::Equal
            | TokenKind::NotEqual
    )
}
