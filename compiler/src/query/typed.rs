//! What is known about one expression or column.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::types::Type;

use super::ColumnSource;

/// The value of a literal, as far as checks look into it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(Arc<str>),
    Number(Arc<str>),
    Other,
}

/// An expression after typing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typed {
    /// Its type without `?`; [`Type::Unknown`] where nothing is known.
    pub of: Type,
    /// Whether the value may be missing.
    pub nullable: bool,
    /// The base columns that the value is made of.
    pub sources: BTreeSet<ColumnSource>,
    /// Set where the expression is a literal, or a sign before one.
    pub literal: Option<Literal>,
    /// Set where the expression is nothing but a hole.
    pub hole: Option<usize>,
    /// Set where it is a plain column of a relation; SQLite compares those by affinity.
    pub column: bool,
    /// An unknown type whose reason was already reported.
    pub reported: bool,
}

impl Typed {
    /// A value that is never missing and rests on nothing.
    pub fn new(of: Type) -> Self {
        Self {
            of,
            nullable: false,
            sources: BTreeSet::new(),
            literal: None,
            hole: None,
            column: false,
            reported: false,
        }
    }

    /// Nothing is known, and nobody was told.
    pub fn unknown() -> Self {
        Self {
            nullable: true,
            ..Self::new(Type::Unknown)
        }
    }

    /// Nothing is known because of something that is already reported.
    pub fn reported() -> Self {
        Self {
            reported: true,
            ..Self::unknown()
        }
    }

    /// This type, made of `parts`: missing if one of them may be, resting on all of them.
    pub fn made_of<'a>(of: Type, parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut made = Self::new(of);
        for part in parts {
            made.nullable |= part.nullable;
            made.sources.extend(part.sources.iter().cloned());
            made.reported |= part.reported && made.of == Type::Unknown;
        }
        made
    }

    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// Adds sources.
    pub fn resting_on(mut self, other: &Self) -> Self {
        self.sources.extend(other.sources.iter().cloned());
        self
    }

    pub fn is_unknown(&self) -> bool {
        self.of == Type::Unknown
    }

    /// The type as a playbook sees it.
    pub fn seen(&self) -> Type {
        if self.nullable {
            self.of.clone().optional()
        } else {
            self.of.clone()
        }
    }
}

pub(super) fn is_number(of: &Type) -> bool {
    matches!(
        of,
        Type::Integer | Type::Number | Type::Decimal | Type::Money(_) | Type::Percent
    )
}
