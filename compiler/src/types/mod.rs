//! Types: what is declared, what an expression gives, and what fits where.
//!
//! Checking an expression and writing it down for the plan is one walk: every function here takes
//! syntax and gives back the plan's expression with its type. Kept true here: a part with a mistake
//! has the type `Unknown`, which fits everything, so one mistake gives one diagnostic.

mod arithmetic;
mod binary;
mod call;
mod checks;
mod choice;
mod columns;
mod compare;
mod composite;
mod conceal;
mod constant;
mod conversion;
mod declared;
mod expected;
mod expression;
mod fit;
mod functions;
mod holes;
mod index;
mod joins;
mod kept_rows;
mod literal;
mod module_types;
mod months;
mod narrowing;
mod outside;
mod path;
mod periods;
mod pipeline;
mod scope;
mod series;
mod shaped;
mod signatures;
mod windows;

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

pub(crate) use choice::{choice, named_choice};
pub(crate) use constant::{constant_value, value_with};
pub use declared::BUILT_IN as BUILT_IN_TYPES;
pub(crate) use expected::{Expected, LeftOut, Purpose};
pub(crate) use fit::{Fit, fit, join};
pub(crate) use holes::plain as fixed_text;
pub(crate) use kept_rows::KeptRows;
pub(crate) use narrowing::{Path, facts_of};
pub(crate) use outside::{file_type, found_metric_type, passage_type, person_type};
pub(crate) use scope::{Local, Place, Scope};
pub(crate) use signatures::{Shaped, built_in_signatures, shaped};

/// A checked expression with its type.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) expression: Expression,
    pub(crate) of: Type,
}

impl Typed {
    pub(crate) fn new(expression: Expression, of: Type) -> Self {
        Self { expression, of }
    }

    pub(crate) fn constant(value: Value, of: Type) -> Self {
        Self::new(Expression::Constant(value), of)
    }

    /// Stands for something with a mistake that is already reported.
    pub(crate) fn unknown() -> Self {
        // No constant, so that nothing judges a value that is not known.
        Self::new(Expression::Name(Arc::from("")), Type::Unknown)
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.of == Type::Unknown
    }
}

/// The record type behind a record, or behind the rows of a table or list.
pub(crate) fn row_type(of: &Type) -> Option<Arc<sophia_plan::types::RecordType>> {
    match of {
        Type::Table(row) => Some(row.clone()),
        Type::List(item) => match &**item {
            Type::Record(row) => Some(row.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// A type with the article that people say before it: `an integer`, `a list of text`.
pub(crate) fn with_article(of: &Type) -> String {
    let text = of.to_string();
    match of.present() {
        Type::Text | Type::Json | Type::None | Type::Unknown | Type::Money(_) => text,
        Type::Literals(_) => format!("one of {text}"),
        Type::Range { from, to } => format!("an integer from {from} to {to}"),
        Type::Record(record) if record.name.is_none() => format!("a record {text}"),
        _ if text.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) => {
            format!("an {text}")
        }
        _ => format!("a {text}"),
    }
}
