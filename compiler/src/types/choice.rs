//! What a `let` may be where only fixed values are written in it: `if won then "won" else "open"`.
//!
//! Kept true here: a name fits a place that lists its values where the value that it stands for would fit there
//! itself, so that a value may be named before it is used.

use sophia_language::phrases::Literal;
use sophia_language::syntax::{Expression, TextPart};
use sophia_plan::types::Type;

use super::Scope;
use super::fit::join;

/// The fixed texts or whole numbers that an expression chooses between; `None` where it may be another.
pub(crate) fn choice(expression: &Expression, scope: &Scope) -> Option<Type> {
    match expression {
        Expression::Literal {
            value: Literal::Integer(value),
            ..
        } => Some(Type::Range {
            from: *value,
            to: *value,
        }),
        Expression::Text(template) => match template.parts.as_slice() {
            [TextPart::Plain(text)] => Some(Type::Literals([text.as_str().into()].into())),
            _ => None,
        },
        Expression::If {
            then, otherwise, ..
        } => join(&choice(then, scope)?, &choice(otherwise, scope)?),
        Expression::Name(name) => scope.local(&name.text)?.choice.clone(),
        _ => None,
    }
}

/// What a name chooses between, where its `let` says.
pub(crate) fn named_choice(expression: &Expression, scope: &Scope) -> Option<Type> {
    match expression {
        Expression::Name(_) => choice(expression, scope),
        _ => None,
    }
}
