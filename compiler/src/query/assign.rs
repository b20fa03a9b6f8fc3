//! Whether a value may go into a column.

use sophia_plan::types::Type;
use sqlparser::ast::{Expr, Ident, Spanned};
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::scope::{Column, Scope};
use super::typed::{Literal, Typed, is_number};
use super::typer::Typer;

impl Typer<'_> {
    /// Types a value that goes into a column, and looks whether it fits.
    pub fn assigned(&mut self, scope: &Scope<'_>, column: &Column, value: &Expr) -> Typed {
        if is_default(value) {
            return Typed::new(column.typed.of.clone());
        }
        let typed = self.expression(scope, value);
        self.check_fit(column, &typed, value.span());
        typed
    }

    /// A hole takes the column's type; anything else must fit it, and be there where it must be.
    pub fn check_fit(&mut self, column: &Column, value: &Typed, span: SqlSpan) {
        self.want(value, &column.typed.of);
        if value.hole.is_some() {
            return;
        }
        let place = self.place(span);
        if let (Type::Money(one), Type::Money(other)) = (&column.typed.of, &value.of)
            && one != other
        {
            self.report_currencies(place, &column.typed.of, &value.of);
        } else if is_misfit(self.dialect, &column.typed.of, value) {
            self.report_misfit(place, column, &value.of);
        } else if !column.typed.nullable && value.of == Type::None {
            self.report_none_into(place, column);
        } else if !column.typed.nullable && value.nullable && !value.reported {
            self.report_perhaps_none_into(place, column);
        }
    }

    /// The column of a table that a name means.
    pub fn target_column(
        &mut self,
        relation: &super::scope::Relation,
        ident: &Ident,
    ) -> Option<Column> {
        let found = relation
            .find(self.dialect, ident)
            .first()
            .and_then(|index| relation.columns.get(*index))
            .cloned();
        if found.is_none() && !relation.open {
            self.report_unknown_column(ident, &[relation]);
        }
        found
    }
}

/// `default`
fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(ident)
        if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
/// Only what the source surely refuses, or surely keeps as nonsense.
fn is_misfit(dialect: Dialect, column: &Type, value: &Typed) -> bool {
    let text = matches!(value.of, Type::Text | Type::Literals(_));
    if text && is_number(column) {
        return match (&value.literal, dialect) {
            (Some(Literal::Text(text)), _) => text.trim().parse::<f64>().is_err(),
            (_, Dialect::Snowflake) => false,
            _ => true,
        };
    }
    if let (Some(Literal::Text(text)), Type::Date | Type::Timestamp) = (&value.literal, column) {
        return names_no_day(text);
    }
    if dialect != Dialect::Postgres {
        return false;
    }
    let literal = matches!(value.literal, Some(Literal::Text(_)));
    match (&value.of, column) {
        (_, Type::Unknown | Type::Text | Type::Literals(_)) | (Type::Unknown | Type::None, _) => {
            false
        }
        (Type::Text | Type::Literals(_), _) => !literal,
        (Type::Date | Type::Timestamp, Type::Date | Type::Timestamp | Type::Time)
        | (Type::Time | Type::Duration, Type::Time | Type::Duration)
        | (Type::List(_), Type::List(_)) => false,
        (value, column) if is_number(value) => !is_number(column),
        (value, column) => value != column,
    }
}

/// Whether no source reads this text as a day or an instant: it has no figure, and is none of the words for one.
fn names_no_day(text: &str) -> bool {
    const WORDS: [&str; 7] = [
        "now",
        "today",
        "tomorrow",
        "yesterday",
        "epoch",
        "infinity",
        "-infinity",
    ];
    let text = text.trim().to_ascii_lowercase();
    !text.bytes().any(|byte| byte.is_ascii_digit()) && !WORDS.contains(&text.as_str())
}
