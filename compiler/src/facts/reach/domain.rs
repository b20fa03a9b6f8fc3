//! What one value can still be: between two numbers, or one of some texts.
//!
//! Kept true here: a domain always holds the value, if the value is there at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_plan::decimal::from_double;
use sophia_plan::expression::Operator;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

/// What a value can be, where it is not missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Domain {
    /// Its numbers, in the unit of its type.
    low: Option<Bound>,
    high: Option<Bound>,
    /// The texts or booleans that it can be; without it any.
    among: Option<BTreeSet<Arc<str>>>,
    /// Texts and numbers that it is not.
    never: BTreeSet<Arc<str>>,
    /// Whether it is surely there.
    pub(crate) present: bool,
}

/// An end of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    at: Decimal,
    /// Whether the end itself belongs to it.
    included: bool,
}

/// A constant that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Number(Decimal),
    Text(Arc<str>),
}

/// What is known of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sure {
    Always,
    Never,
    Open,
}

impl Scalar {
    /// The constant of a value; a boolean is one of two texts.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(value) => Self::Text(Arc::from(if *value { "true" } else { "false" })),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) | Value::Duration(number) => {
                Self::Number(Decimal::from(*number))
            }
            Value::Number(number) | Value::Percent(number) => Self::Number(from_double(*number)?),
            Value::Decimal(number) | Value::Money(number, _) => Self::Number(*number),
            Value::Date(day) => {
                let days = day.since(jiff::civil::Date::MIN).ok()?.get_days();
                Self::Number(Decimal::from(days))
            }
            Value::Timestamp(instant) => Self::Number(Decimal::from(instant.as_millisecond())),
            _ => return None,
        })
    }

    fn key(&self) -> Arc<str> {
        match self {
            Self::Number(number) => Arc::from(number.normalize().to_string()),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Domain {
    /// What the type says.
    pub(crate) fn of_type(of: &Type) -> Self {
        let mut domain = Self {
            present: !of.is_optional() && !matches!(of, Type::Unknown | Type::Json),
            ..Self::default()
        };
        let included = |number: i64| {
            Some(Bound {
                at: Decimal::from(number),
                included: true,
            })
        };
        match of.present() {
            Type::Range { from, to } => {
                domain.low = included(*from);
                domain.high = included(*to);
            }
            Type::Literals(texts) => domain.among = Some(texts.iter().cloned().collect()),
            Type::Boolean => {
                domain.among = Some(["true", "false"].map(Arc::from).into());
            }
            _ => {}
        }
        domain
    }

    /// One value.
    pub(crate) fn exactly(value: &Scalar) -> Self {
        let mut domain = Self {
            present: true,
            ..Self::default()
        };
        domain.restrict(Operator::Equal, value);
        domain
    }

    /// Whether nothing fits.
    pub(crate) fn is_impossible(&self) -> bool {
        let crossed = match (self.low, self.high) {
            (Some(low), Some(high)) => {
                low.at > high.at || (low.at == high.at && !(low.included && high.included))
            }
            _ => false,
        };
        self.present && (crossed || self.among.as_ref().is_some_and(BTreeSet::is_empty))
    }

    /// Keeps what fits a comparison with a constant.
    pub(crate) fn restrict(&mut self, operator: Operator, value: &Scalar) {
        match value {
            Scalar::Number(at) => {
                let bound = |included| Bound { at: *at, included };
                match operator {
                    Operator::Equal => {
                        self.raise(bound(true));
                        self.lower(bound(true));
                        if self.never.contains(&value.key()) {
                            self.raise(bound(false));
                        }
                    }
                    Operator::Less => self.lower(bound(false)),
                    Operator::LessOrEqual => self.lower(bound(true)),
                    Operator::Greater => self.raise(bound(false)),
                    Operator::GreaterOrEqual => self.raise(bound(true)),
                    Operator::NotEqual => {
                        self.never.insert(value.key());
                        for end in [&mut self.low, &mut self.high].into_iter().flatten() {
                            if end.at == *at {
                                end.included = false;
                            }
                        }
                    }
                    _ => {}
                }
            }
            Scalar::Text(text) => match operator {
                Operator::Equal => self.keep(&BTreeSet::from([text.clone()])),
                Operator::NotEqual => {
                    self.never.insert(text.clone());
                    if let Some(among) = &mut self.among {
                        among.remove(text);
                    }
                }
                _ => {}
            },
        }
    }

    /// Keeps these texts only.
    pub(crate) fn keep(&mut self, texts: &BTreeSet<Arc<str>>) {
        let kept = match &self.among {
            Some(among) => among.intersection(texts).cloned().collect(),
            None => texts.difference(&self.never).cloned().collect(),
        };
        self.among = Some(kept);
    }

    /// Keeps a range of whole numbers only, both ends included.
    pub(crate) fn keep_range(&mut self, from: i64, to: i64) {
        let bound = |number: i64| Bound {
            at: Decimal::from(number),
            included: true,
        };
        self.raise(bound(from));
        self.lower(bound(to));
    }

    fn raise(&mut self, bound: Bound) {
        let replaces = self.low.is_none_or(|low| {
            bound.at > low.at || (bound.at == low.at && low.included && !bound.included)
        });
        if replaces {
            self.low = Some(bound);
        }
    }

    fn lower(&mut self, bound: Bound) {
        let replaces = self.high.is_none_or(|high| {
            bound.at < high.at || (bound.at == high.at && high.included && !bound.included)
        });
        if replaces {
            self.high = Some(bound);
        }
    }

    /// What holds of either.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let wider = |one: Option<Bound>, other: Option<Bound>, first: bool| -> Option<Bound> {
            let (one, other) = (one?, other?);
            if one.at == other.at {
                return Some(Bound {
                    at: one.at,
                    included: one.included || other.included,
                });
            }
            let lower = if one.at < other.at { one } else { other };
            let upper = if one.at < other.at { other } else { one };
            Some(if first { lower } else { upper })
        };
        let among = match (&self.among, &other.among) {
            (Some(one), Some(other)) => Some(one.union(other).cloned().collect()),
            _ => None,
        };
        Self {
            low: wider(self.low, other.low, true),
            high: wider(self.high, other.high, false),
            among,
            never: self.never.intersection(&other.never).cloned().collect(),
            present: self.present && other.present,
        }
    }

    /// What a comparison with a constant gives. A missing value makes it false.
    pub(crate) fn compare(&self, operator: Operator, value: &Scalar) -> Sure {
        let mut held = self.clone();
        held.present = true;
        held.restrict(operator, value);
        if held.is_impossible() {
            return Sure::Never;
        }
        let Some(opposite) = opposite(operator) else {
            return Sure::Open;
        };
        let mut failed = self.clone();
        failed.restrict(opposite, value);
        // Only of a value that is there can a comparison be sure to hold.
        if self.present && failed.is_impossible() {
            return Sure::Always;
        }
        Sure::Open
    }
}

/// The comparison that holds where this one does not.
pub(crate) fn opposite(operator: Operator) -> Option<Operator> {
    Some(match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        _ => return None,
    })
}

/// The same comparison with its sides changed.
pub(crate) fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}
