//! What may follow a call or a metric: `over 90 days by region`, `over at least 10 rows`, and
//! `by x per y`, which makes a call of an aggregate look at the rows around its own.

use chumsky::prelude::*;

use super::literal::time_span;
use super::parts::{
    Rule, Until, absent, any_name, between, count, needed_word, one_word, place, word,
};
use crate::layout::Lexeme;
use crate::syntax::{Expression, Name, SortKey};
use crate::tokens::TokenKind;

enum Window {
    Over(Expression, Vec<Name>),
    AtLeast(u64),
    Rows(Option<Box<SortKey>>, Vec<Name>),
}

/// A value and its window. `plain` is a value without a pipeline.
///
/// The window is looked for only where its first word stands behind something that can have one:
/// `take 5 per region` is no window of `5`.
pub(super) fn windowed<'a>(
    postfix: Rule<'a, Expression>,
    plain: &Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    let over = over(postfix.clone());
    let rows = rows(plain);
    custom(move |input| {
        let of: Expression = input.parse(&postfix)?;
        let next: Option<Lexeme<'a>> = input.peek();
        let next = next
            .filter(|next| next.kind == TokenKind::Word)
            .map_or("", |next| next.text);
        let call = matches!(of, Expression::Call(_));
        let named = call || matches!(of, Expression::Name(_) | Expression::Field { .. });
        let window = match next {
            "over" if named => input.parse(&over)?,
            "by" | "per" if call => input.parse(&rows)?,
            _ => return Ok(of),
        };
        Ok(applied(of, window))
    })
    .boxed()
}

/// A window and where it ends.
type Placed = (Window, sophia_diagnostics::Span);

fn applied(of: Expression, (window, end): Placed) -> Expression {
    let span = of.span().to(end);
    let of = Box::new(of);
    match window {
        Window::Over(window, by) => Expression::Over {
            metric: of,
            window: Box::new(window),
            by,
            span,
        },
        Window::AtLeast(rows) => Expression::AtLeast {
            aggregate: of,
            rows,
            span,
        },
        Window::Rows(by, per) => Expression::Window {
            call: of,
            by,
            per,
            span,
        },
    }
}

/// `region`, `(region, product)`, `[region, product]`
pub(super) fn names<'a>() -> Rule<'a, Vec<Name>> {
    let within = |open| between(open, super::parts::name("A column"), Until::Item);
    within(TokenKind::OpenParenthesis)
        .or(within(TokenKind::OpenBracket))
        .or(any_name().map(|name| vec![name]))
        .or(absent("A column such as `region`").map(|_| Vec::new()))
        .boxed()
}

fn over(postfix: Rule<'_, Expression>) -> Rule<'_, Placed> {
    let rows = one_word(&["row", "rows"])
        .ignored()
        .or(absent("`rows`").ignored());
    let at_least = word("at")
        .ignore_then(needed_word("least", "`least` with a number of rows"))
        .ignore_then(count("A number such as `10`"))
        .then_ignore(rows)
        .map(Window::AtLeast);
    let by = word("by")
        .ignore_then(names())
        .or_not()
        .map(Option::unwrap_or_default);
    let time = time_span(postfix)
        .then(by)
        .map(|(window, by)| Window::Over(window, by));
    word("over")
        .ignore_then(at_least.boxed().or(time.boxed()))
        .map_with(|window, here| (window, place(here)))
        .boxed()
}

fn rows<'a>(plain: &Rule<'a, Expression>) -> Rule<'a, Placed> {
    let direction = word("descending")
        .to(true)
        .or(word("ascending").to(false))
        .or(empty().to(false));
    let by = word("by")
        .ignore_then(plain.clone())
        .then(direction)
        .map(|(value, descending)| Box::new(SortKey { value, descending }));
    let per = word("per").ignore_then(names());
    by.then(per.clone().or_not())
        .map(|(by, per)| Window::Rows(Some(by), per.unwrap_or_default()))
        .or(per.map(|per| Window::Rows(None, per)))
        .map_with(|window, here| (window, place(here)))
        .boxed()
}

/// A value whose `per` belongs to what stands around it: `take top() per region`.
pub(super) fn without_per(value: Expression, per: Option<Vec<Name>>) -> (Expression, Vec<Name>) {
    match (value, per) {
        (
            Expression::Window {
                call,
                by: None,
                per,
                ..
            },
            None,
        ) => (*call, per),
        (value, per) => (value, per.unwrap_or_default()),
    }
}
