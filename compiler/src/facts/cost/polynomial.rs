//! Upper bounds as sums of products of sizes that nobody knows yet: `3 × rows(customers) + 1`.
//!
//! Kept true here: sizes are never negative, so neither is a bound; every operation gives an upper bound of
//! what it stands for, and one that grows past what a decimal holds stays at the largest decimal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;

/// A bound in the sizes of inputs. Without any such size it is a plain number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polynomial {
    /// Products of sizes, each sorted by name, with what they are multiplied by. Never zero.
    terms: BTreeMap<Vec<Arc<str>>, Decimal>,
}

impl Polynomial {
    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self::default()
    }

    /// A number that is known. What is below zero is taken as zero.
    #[must_use]
    pub fn known(number: impl Into<Decimal>) -> Self {
        let number = number.into();
        let mut terms = BTreeMap::new();
        if number > Decimal::ZERO {
            terms.insert(Vec::new(), number);
        }
        Self { terms }
    }

    /// A size that is not known: `rows(customers)`.
    #[must_use]
    pub fn size(name: impl Into<Arc<str>>) -> Self {
        Self {
            terms: BTreeMap::from([(vec![name.into()], Decimal::ONE)]),
        }
    }

    /// The number, where no unknown size is left.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        match self.terms.len() {
            0 => Some(Decimal::ZERO),
            1 => self.terms.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// The sizes that it rests on.
    #[must_use]
    pub fn sizes(&self) -> BTreeSet<Arc<str>> {
        self.terms.keys().flatten().cloned().collect()
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut terms = self.terms.clone();
        for (sizes, factor) in &other.terms {
            let sum = terms.entry(sizes.clone()).or_default();
            *sum = sum.checked_add(*factor).unwrap_or(Decimal::MAX);
        }
        Self { terms }
    }

    /// One as many times as the other.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero();
        for (left, first) in &self.terms {
            for (right, second) in &other.terms {
                let mut sizes: Vec<Arc<str>> = left.iter().chain(right).cloned().collect();
                sizes.sort();
                let factor = first.checked_mul(*second).unwrap_or(Decimal::MAX);
                let sum = product.terms.entry(sizes).or_default();
                *sum = sum.checked_add(factor).unwrap_or(Decimal::MAX);
            }
        }
        product.terms.retain(|_, factor| !factor.is_zero());
        product
    }

    /// At least as large as either: term by term, because no size is negative.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut terms = self.terms.clone();
        for (sizes, factor) in &other.terms {
            let larger = terms.entry(sizes.clone()).or_default();
            *larger = (*larger).max(*factor);
        }
        Self { terms }
    }

    /// Held to a limit that something enforces.
    #[must_use]
    pub fn at_most(&self, limit: Decimal) -> Self {
        match self.number() {
            Some(number) => Self::known(number.min(limit)),
            None => Self::known(limit),
        }
    }

    /// The same with other bounds in the place of its sizes.
    #[must_use]
    pub fn with(&self, bound: &dyn Fn(&str) -> Self) -> Self {
        let mut sum = Self::zero();
        for (sizes, factor) in &self.terms {
            let product = (sizes.iter()).fold(Self::known(*factor), |product, size| {
                product.times(&bound(size))
            });
            sum = sum.plus(&product);
        }
        sum
    }

    /// Its value where sizes have these values; `None` where one is missing.
    #[must_use]
    pub fn at(&self, values: &dyn Fn(&str) -> Option<u64>) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for (sizes, factor) in &self.terms {
            let mut product = *factor;
            for size in sizes {
                let value = Decimal::from(values(size)?);
                product = product.checked_mul(value).unwrap_or(Decimal::MAX);
            }
            sum = sum.checked_add(product).unwrap_or(Decimal::MAX);
        }
        Some(sum)
    }

    /// As people read it, with `number` for the numbers in it: the largest product first.
    #[must_use]
    pub fn shown(&self, number: &dyn Fn(Decimal) -> String) -> String {
        let mut terms: Vec<_> = self.terms.iter().collect();
        terms.sort_by(|left, right| (right.0.len(), left.0).cmp(&(left.0.len(), right.0)));
        let mut parts = Vec::with_capacity(terms.len());
        for (sizes, factor) in terms {
            let product = sizes.join(" × ");
            parts.push(if sizes.is_empty() {
                number(*factor)
            } else if *factor == Decimal::ONE && number(*factor) == "1" {
                product
            } else {
                format!("{} × {product}", number(*factor))
            });
        }
        if parts.is_empty() {
            return number(Decimal::ZERO);
        }
        parts.join(" + ")
    }
}

/// With plain numbers: `3 × rows(customers) + 1`.
impl fmt::Display for Polynomial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown(&|number| number.normalize().to_string()))
    }
}
