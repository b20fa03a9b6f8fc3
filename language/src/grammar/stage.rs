//! Table pipelines: `source | where … | take 5`.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::expression::field;
use super::parts::{
    Here, Reading, Rule, Until, absent, ahead_two, any_name, between, by_first_word, lazy,
    leftover, name, needed_word, one_word, place, skip, token, word,
};
use super::trigger::unbound;
use super::window::{names, without_per};
use super::{parts, template};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    BinaryOperator, Expression, GroupColumn, JoinOn, Name, SortKey, Stage, TextTemplate,
};
use crate::tokens::TokenKind;
use crate::words::nearest;

const STAGES: &[&str] = &[
    "where", "add", "select", "sort", "take", "first", "only", "map", "group", "join", "check",
];

/// A value and its stages. `until` says whether a stage may hold commas.
pub(super) fn pipeline<'a>(
    plain: Rule<'a, Expression>,
    postfix: Rule<'a, Expression>,
    until: Until,
) -> Rule<'a, Expression> {
    let stage = {
        let plain = plain.clone();
        lazy(move || {
            token(TokenKind::Pipe)
                .ignore_then(stage(&plain, postfix.clone(), until))
                .then_ignore(after_stage(until))
                .boxed()
        })
    };
    custom(move |input: &mut Reading<'a, '_>| {
        let before = input.cursor();
        let source = input.parse(&plain)?;
        let mut stages = Vec::new();
        while input
            .peek_ref()
            .is_some_and(|next| next.kind == TokenKind::Pipe)
        {
            stages.push(input.parse(&stage)?);
        }
        if stages.is_empty() {
            return Ok(source);
        }
        let run = input.span_since(&before);
        let span = source.span().to(input.state().span(run));
        Ok(Expression::Pipeline {
            source: Box::new(source),
            stages,
            span,
        })
    })
    .boxed()
}

/// What a stage leaves before the next `|`. Where nothing follows it belongs to the statement.
fn after_stage<'a>(until: Until) -> Rule<'a, ()> {
    let next_stage = skip(until).then(token(TokenKind::Pipe)).ignored().rewind();
    next_stage.ignore_then(leftover(until)).or(empty()).boxed()
}

fn many<'a, T: 'a>(one: Rule<'a, T>, until: Until) -> Rule<'a, Vec<T>> {
    if until == Until::Stage {
        one.separated_by(token(TokenKind::Comma))
            .at_least(1)
            .collect()
            .boxed()
    } else {
        one.map(|one| vec![one]).boxed()
    }
}

fn stage<'a>(
    plain: &Rule<'a, Expression>,
    postfix: Rule<'a, Expression>,
    until: Until,
) -> Rule<'a, Stage> {
    let plain = plain.clone();
    let filter = word("where")
        .ignore_then(plain.clone())
        .map_with(|condition, here| Stage::Where {
            condition,
            span: place(here),
        });
    let column = field(plain.clone(), TokenKind::Equal);
    let add = word("add")
        .ignore_then(many(column, until))
        .map_with(|columns, here| Stage::Add {
            columns,
            span: place(here),
        });
    let select = word("select")
        .ignore_then(many(name("A column"), until))
        .map_with(|columns, here| Stage::Select {
            columns,
            span: place(here),
        });
    let direction = word("descending")
        .to(true)
        .or(word("ascending").to(false))
        .or(shortened())
        .or(empty().to(false));
    let key = plain
        .clone()
        .then(direction)
        .map(|(value, descending)| SortKey { value, descending })
        .boxed();
    let sort = word("sort")
        .ignore_then(needed_word("by", "`by` with a column"))
        .ignore_then(many(key, until))
        .map_with(|keys, here| Stage::Sort {
            keys,
            span: place(here),
        });
    let per = word("per").ignore_then(names());
    let take = word("take")
        .ignore_then(plain.clone())
        .then(per.or_not())
        .map_with(|(count, per), here| {
            let (count, per) = without_per(count, per);
            Stage::Take {
                count: Box::new(count),
                per,
                span: place(here),
            }
        });
    let first = word("first").map_with(|_, here| Stage::First { span: place(here) });
    let only = word("only").map_with(|_, here| Stage::Only { span: place(here) });
    let map = word("map")
        .ignore_then(plain.clone())
        .map_with(|value, here| Stage::Map {
            value,
            span: place(here),
        });
    by_first_word(vec![
        (&["where"], filter.boxed()),
        (&["add"], add.boxed()),
        (&["select"], select.boxed()),
        (&["sort"], sort.boxed()),
        (&["take"], take.boxed()),
        (&["first"], first.boxed()),
        (&["only"], only.boxed()),
        (&["map"], map.boxed()),
        (&["group"], group(&plain)),
        (&["join"], join(&plain, postfix, until)),
        (&["check"], check(&plain)),
    ])
    .or(unknown(until))
    .boxed()
}

fn group<'a>(plain: &Rule<'a, Expression>) -> Rule<'a, Stage> {
    let column = field(plain.clone(), TokenKind::Colon).map(|field| GroupColumn {
        name: field.name,
        value: field.value,
    });
    let columns = between(TokenKind::OpenBrace, column.boxed(), Until::Item)
        .or(absent("A group of columns such as `{ accounts: count() }`").map(|_| Vec::new()));
    let by = any_name()
        .separated_by(token(TokenKind::Comma))
        .at_least(1)
        .collect::<Vec<Name>>()
        .or(absent("A column to group by").map(|_| Vec::new()));
    word("group")
        .ignore_then(needed_word("by", "`by` with a column"))
        .ignore_then(by)
        .then(columns)
        .map_with(|(by, columns), here| Stage::Group {
            by,
            columns,
            span: place(here),
        })
        .boxed()
}

/// `join optional usual as u on account_id, region`
fn join<'a>(
    plain: &Rule<'a, Expression>,
    postfix: Rule<'a, Expression>,
    until: Until,
) -> Rule<'a, Stage> {
    let optional = ahead_two(|first, second| {
        first.is_word("optional") && second.kind == TokenKind::Word && !second.is_word("as")
    })
    .ignore_then(word("optional"))
    .to(true)
    .or(empty().to(false));
    let on = word("on")
        .ignore_then(many(plain.clone(), until))
        .map_with(|found, here| joined_on(found, place(here)))
        .or(absent("`on` with the columns that both sides share").map(JoinOn::Missing));
    word("join")
        .ignore_then(optional)
        .then(unbound(postfix))
        .then(on)
        .map_with(|((optional, (source, binding)), on), here| Stage::Join {
            optional,
            source,
            binding,
            on,
            span: place(here),
        })
        .boxed()
}

/// Names alone are columns of both sides; anything else is a condition.
fn joined_on(found: Vec<Expression>, span: Span) -> JoinOn {
    let names: Vec<Name> = found
        .iter()
        .filter_map(|value| match value {
            Expression::Name(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    if names.len() == found.len() {
        return JoinOn::Columns(names);
    }
    found
        .into_iter()
        .reduce(|left, right| Expression::Binary {
            operator: BinaryOperator::And,
            operator_span: Span {
                start: left.span().end,
                end: right.span().start,
            },
            span: left.span().to(right.span()),
            left: Box::new(left),
            right: Box::new(right),
        })
        .map_or(JoinOn::Missing(span), |condition| {
            JoinOn::Condition(Box::new(condition))
        })
}

/// `check "has an amount" amount > $0`
fn check<'a>(plain: &Rule<'a, Expression>) -> Rule<'a, Stage> {
    let name =
        template::text(plain.clone()).or(absent("What is checked, such as `\"has an amount\"`,")
            .map(|span| TextTemplate {
                parts: Vec::new(),
                block: false,
                span,
            }));
    word("check")
        .ignore_then(name)
        .then(plain.clone())
        .map_with(|(name, rule), here| Stage::Check {
            name,
            rule,
            span: place(here),
        })
        .boxed()
}

/// `desc` and `asc`, as SQL says it. Whether it descends.
fn shortened<'a>() -> Rule<'a, bool> {
    one_word(&["desc", "asc"])
        .validate(|found, _: &mut Here<'a, '_>, emitter| {
            let descends = found.text == "desc";
            let meant = if descends { "descending" } else { "ascending" };
            emitter.emit(parts::Fault::from(sql_word(&found, meant, Weight::Slip)));
            descends
        })
        .boxed()
}

/// A word of SQL where this language has another.
fn sql_word(found: &Lexeme<'_>, meant: &str, weight: Weight) -> Mistake {
    Mistake::new(
        codes::S116,
        weight,
        found.span,
        format!("`{}` is written `{meant}` here.", found.text),
    )
    .labelled("a word of SQL")
    .fix(format!("write `{meant}`"), found.span, meant)
    .within(found.region)
}

/// Words of SQL that begin no stage, and those that do so in their place.
const SQL_WORDS: [(&str, &str); 3] = [("order", "sort"), ("limit", "take"), ("having", "where")];

/// A stage that has another word, or none.
fn unknown<'a>(until: Until) -> Rule<'a, Stage> {
    skip(until)
        .validate(|(), here: &mut Here<'a, '_>, emitter| {
            let run = here.span();
            let span = place(here);
            let source = here.state();
            let found = source
                .lexeme(run.start)
                .filter(|found| run.start < run.end && found.kind == TokenKind::Word);
            let of_sql = found.and_then(|found| {
                let (_, meant) = (SQL_WORDS.iter()).find(|(word, _)| *word == found.text)?;
                Some(sql_word(found, meant, Weight::Cause))
            });
            let near = found.and_then(|found| {
                let near = nearest(found.text, STAGES)?;
                let mistake = Mistake::new(
                    codes::S116,
                    Weight::Cause,
                    found.span,
                    format!("`{}` is not a word that a stage begins with.", found.text),
                )
                .labelled(format!("nearest: `{near}`"))
                .fix(format!("write `{near}`"), found.span, near)
                .within(found.region);
                Some(mistake)
            });
            let mistake = of_sql.or(near).unwrap_or_else(|| {
                source.expected(
                    run.start,
                    "A stage such as `where`, `add`, `sort by` or `take`",
                )
            });
            emitter.emit(parts::Fault::from(mistake));
            Stage::Error(span)
        })
        .boxed()
}
