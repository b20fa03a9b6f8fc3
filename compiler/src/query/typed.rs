//! What is known about one expression or column.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::types::Type;

use super::lineage::{self, Lineage, Way};

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
    pub sources: Lineage,
    /// The holes that the value is made of.
    pub holes: BTreeSet<usize>,
    /// Calculated for every row alike: no condition, no row without a partner and no query inside chose
    /// which rows bring their value. Only then does a sum over many rows hide each of them.
    pub even: bool,
    /// A whole number of PostgreSQL that takes eight bytes: its sum is exact and no longer whole.
    pub wide: bool,
    /// Set where the expression is a literal, or a sign before one.
    pub literal: Option<Literal>,
    /// Set where the expression is nothing but a hole.
    pub hole: Option<usize>,
    /// Set where it is a plain column of a relation; SQLite compares those by affinity.
    pub column: bool,
    /// An unknown type whose reason was already reported.
    pub reported: bool,
    /// The two types that nothing holds together, where the type is unknown for that.
    pub clash: Option<Box<(Type, Type)>>,
}

impl Typed {
    /// A value that is never missing and rests on nothing.
    pub fn new(of: Type) -> Self {
        Self {
            of,
            nullable: false,
            sources: Lineage::new(),
            holes: BTreeSet::new(),
            even: true,
            wide: false,
            literal: None,
            hole: None,
            column: false,
            reported: false,
            clash: None,
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
            made.add(part);
            made.wide |= part.wide;
            made.reported |= part.reported && made.of == Type::Unknown;
        }
        made
    }

    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// Adds what another value is made of.
    pub fn resting_on(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    fn add(&mut self, other: &Self) {
        lineage::merge(&mut self.sources, &other.sources);
        self.holes.extend(&other.holes);
        self.even &= other.even;
    }

    /// A condition chose this value.
    pub fn chosen(mut self) -> Self {
        self.even = false;
        self
    }

    pub fn wide(mut self, wide: bool) -> Self {
        self.wide = wide;
        self
    }

    /// Changes the way of every source.
    pub fn by(mut self, way: impl Fn(Way) -> Way) -> Self {
        for known in self.sources.values_mut() {
            *known = way(*known);
        }
        self
    }

    /// Shows no more of its sources than how many there are.
    pub fn counted(self) -> Self {
        self.by(|_| Way::Counted)
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
