//! Conditions as far as they speak of constants: what is known of them, and what holds after them.
//!
//! Kept true here: a part that cannot be followed is neither true nor false.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::expression::Operator;
use sophia_plan::types::RecordType;

use super::domain::{Domain, Scalar, Sure, opposite};
use super::names::{column, in_row};
use crate::query::KeptColumn;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        term: Term,
        operator: Operator,
        value: Scalar,
    },
    /// One of these texts or numbers, or in one of these ranges.
    Among {
        term: Term,
        values: Vec<Scalar>,
        ranges: Vec<(i64, i64)>,
    },
    Present(Term),
    /// The answer of a person under this name was yes.
    Approved(Arc<str>),
    /// Nothing is known of it.
    Open,
}

/// A value that a condition speaks of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    /// A name and its fields, and what its type says.
    Path(Arc<str>, Domain),
    /// A fixed value.
    Fixed(Scalar),
    /// Nothing.
    Missing,
    /// Anything.
    Open,
}

/// What is known on one way: a domain for each path.
pub(crate) type Knowledge = BTreeMap<Arc<str>, Domain>;

impl Condition {
    /// What a query says of a column of its rows.
    pub(crate) fn of_kept(kept: &KeptColumn, row: &RecordType) -> Option<Self> {
        let column_of = row.fields.get(kept.column)?;
        Some(Self::Compare {
            term: Term::Path(column(&column_of.name), Domain::of_type(&column_of.of)),
            operator: kept.operator,
            value: Scalar::Number(kept.value),
        })
    }

    /// What is known of it.
    pub(crate) fn verdict(&self, known: &Knowledge) -> Sure {
        match self {
            Self::And(parts) => {
                // One after the other, so that parts which contradict each other are seen.
                let mut after = known.clone();
                let mut all = Sure::Always;
                for part in parts {
                    match part.verdict(&after) {
                        Sure::Never => return Sure::Never,
                        Sure::Open => all = Sure::Open,
                        Sure::Always => {}
                    }
                    if !part.learn(&mut after, true) {
                        return Sure::Never;
                    }
                }
                all
            }
            Self::Or(parts) => {
                let verdicts: Vec<Sure> = parts.iter().map(|part| part.verdict(known)).collect();
                if verdicts.contains(&Sure::Always) {
                    Sure::Always
                } else if verdicts.iter().all(|verdict| *verdict == Sure::Never) {
                    Sure::Never
                } else {
                    Sure::Open
                }
            }
            Self::Not(inner) => match inner.verdict(known) {
                Sure::Always => Sure::Never,
                Sure::Never => Sure::Always,
                Sure::Open => Sure::Open,
            },
            Self::Compare {
                term,
                operator,
                value,
            } => domain(term, known).compare(*operator, value),
            Self::Among {
                term,
                values,
                ranges,
            } => {
                let of = domain(term, known);
                let mut all = Sure::Never;
                for value in values {
                    match of.compare(Operator::Equal, value) {
                        Sure::Always => return Sure::Always,
                        Sure::Open => all = Sure::Open,
                        Sure::Never => {}
                    }
                }
                for (from, to) in ranges {
                    let mut inside = of.clone();
                    inside.present = true;
                    inside.keep_range(*from, *to);
                    if !inside.is_impossible() {
                        all = Sure::Open;
                    }
                }
                all
            }
            Self::Present(Term::Fixed(_)) => Sure::Always,
            Self::Present(Term::Missing) => Sure::Never,
            Self::Present(term) => {
                if domain(term, known).present {
                    Sure::Always
                } else {
                    Sure::Open
                }
            }
            Self::Approved(_) | Self::Open => Sure::Open,
        }
    }

    /// Adds what holds once the condition came out as `held`. Says whether that is possible at all.
    pub(crate) fn learn(&self, known: &mut Knowledge, held: bool) -> bool {
        match (self, held) {
            (Self::And(parts), true) | (Self::Or(parts), false) => {
                parts.iter().all(|part| part.learn(known, held))
            }
            (Self::Or(parts), true) | (Self::And(parts), false) => {
                let mut ways = parts.iter().filter_map(|part| {
                    let mut way = known.clone();
                    part.learn(&mut way, held).then_some(way)
                });
                let Some(first) = ways.next() else {
                    return false;
                };
                *known = ways.fold(first, |one, other| either(&one, &other));
                true
            }
            (Self::Not(inner), held) => inner.learn(known, !held),
            (
                Self::Compare {
                    term,
                    operator,
                    value,
                },
                held,
            ) => {
                let operator = if held {
                    Some(*operator)
                } else {
                    opposite(*operator)
                };
                let Some(operator) = operator else {
                    return true;
                };
                change(term, known, |domain| {
                    domain.restrict(operator, value);
                    domain.present |= held;
                })
            }
            (
                Self::Among {
                    term,
                    values,
                    ranges,
                },
                true,
            ) => {
                let texts: Option<BTreeSet<Arc<str>>> = values
                    .iter()
                    .map(|value| match value {
                        Scalar::Text(text) => Some(text.clone()),
                        Scalar::Number(_) => None,
                    })
                    .collect();
                change(term, known, |domain| {
                    domain.present = true;
                    match (texts, &**values, &**ranges) {
                        (Some(texts), [_, ..], []) => domain.keep(&texts),
                        (_, [value], []) => domain.restrict(Operator::Equal, value),
                        (_, [], [(from, to)]) => domain.keep_range(*from, *to),
                        _ => {}
                    }
                })
            }
            (Self::Among { term, values, .. }, false) => change(term, known, |domain| {
                for value in values {
                    domain.restrict(Operator::NotEqual, value);
                }
            }),
            (Self::Present(term), true) => change(term, known, |domain| domain.present = true),
            (Self::Present(_) | Self::Approved(_) | Self::Open, _) => true,
        }
    }

    /// Whether nothing in it can be followed.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::is_open),
            Self::Not(inner) => inner.is_open(),
            Self::Open | Self::Approved(_) => true,
            Self::Compare { .. } | Self::Among { .. } | Self::Present(_) => false,
        }
    }

    /// Whether it is written as `true` or `false`.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(
            self,
            Self::Compare {
                term: Term::Fixed(_),
                ..
            }
        )
    }

    /// Whether it speaks of a column of the row.
    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.speaks_of(name)),
            Self::Not(inner) => inner.speaks_of(name),
            Self::Compare { term, .. } | Self::Among { term, .. } | Self::Present(term) => {
                let Term::Path(path, _) = term else {
                    return false;
                };
                let rest = in_row(path).and_then(|rest| rest.strip_prefix('.')?.strip_prefix(name));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            Self::Open | Self::Approved(_) => false,
        }
    }

    /// The answers that were yes once the condition came out as `held`.
    pub(crate) fn approvals(&self, held: bool) -> BTreeSet<Arc<str>> {
        match (self, held) {
            (Self::Approved(answer), true) => BTreeSet::from([answer.clone()]),
            (Self::Not(inner), held) => inner.approvals(!held),
            (Self::And(parts), true) | (Self::Or(parts), false) => {
                parts.iter().flat_map(|part| part.approvals(held)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// What holds of a row, said of the item that goes by this root.
    pub(crate) fn of_item(self, root: &str) -> Self {
        let moved = |term| match term {
            Term::Path(path, of) => match in_row(&path) {
                Some(rest) => Term::Path(Arc::from(format!("{root}{rest}")), of),
                None => Term::Path(path, of),
            },
            other => other,
        };
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.of_item(root)).collect();
        match self {
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Not(inner) => Self::Not(Box::new(inner.of_item(root))),
            Self::Compare {
                term,
                operator,
                value,
            } => Self::Compare {
                term: moved(term),
                operator,
                value,
            },
            Self::Among {
                term,
                values,
                ranges,
            } => Self::Among {
                term: moved(term),
                values,
                ranges,
            },
            Self::Present(term) => Self::Present(moved(term)),
            Self::Approved(_) | Self::Open => self,
        }
    }

    /// The same condition with values for paths that begin with a name, as a call's arguments.
    pub(crate) fn with(&self, terms: &BTreeMap<Arc<str>, Term>) -> Self {
        let changed = |term: &Term| match term {
            // An argument that is not given is missing.
            Term::Path(path, _) => terms.get(path).cloned().unwrap_or(Term::Missing),
            other => other.clone(),
        };
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|part| part.with(terms)).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(|part| part.with(terms)).collect()),
            Self::Not(inner) => Self::Not(Box::new(inner.with(terms))),
            Self::Compare {
                term,
                operator,
                value,
            } => match changed(term) {
                Term::Open => Self::Open,
                Term::Missing => Self::Or(Vec::new()),
                term => Self::Compare {
                    term,
                    operator: *operator,
                    value: value.clone(),
                },
            },
            Self::Among {
                term,
                values,
                ranges,
            } => match changed(term) {
                Term::Open => Self::Open,
                Term::Missing => Self::Or(Vec::new()),
                term => Self::Among {
                    term,
                    values: values.clone(),
                    ranges: ranges.clone(),
                },
            },
            Self::Present(term) => match changed(term) {
                Term::Open => Self::Open,
                term => Self::Present(term),
            },
            Self::Approved(_) | Self::Open => Self::Open,
        }
    }
}

/// What is known of a term.
fn domain(term: &Term, known: &Knowledge) -> Domain {
    match term {
        Term::Path(path, of) => known.get(path).cloned().unwrap_or_else(|| of.clone()),
        Term::Fixed(value) => Domain::exactly(value),
        Term::Missing | Term::Open => Domain::default(),
    }
}

/// Changes what is known of a term. Says whether that is possible.
fn change(term: &Term, known: &mut Knowledge, change: impl FnOnce(&mut Domain)) -> bool {
    let mut of = domain(term, known);
    change(&mut of);
    let possible = !of.is_impossible();
    if let Term::Path(path, _) = term {
        known.insert(path.clone(), of);
    }
    possible
}

/// What holds on either of two ways.
pub(crate) fn either(one: &Knowledge, other: &Knowledge) -> Knowledge {
    one.iter()
        .filter_map(|(path, domain)| Some((path.clone(), domain.or(other.get(path)?))))
        .collect()
}

/// Forgets what is known of a name and its fields.
pub(crate) fn forget(known: &mut Knowledge, root: &str) {
    known.retain(|path, _| {
        path.strip_prefix(root)
            .is_none_or(|rest| !(rest.is_empty() || rest.starts_with('.')))
    });
}
