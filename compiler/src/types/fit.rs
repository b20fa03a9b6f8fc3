//! Which value fits where. The only conversions are integer → number or decimal, and T → T?.

use std::sync::Arc;

use sophia_plan::types::{RecordType, Type};

/// How a value fits a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// As it is.
    Same,
    /// After one of the allowed conversions.
    Converted,
    /// Not at all.
    No,
}

impl Fit {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Same, Self::Same) => Self::Same,
            _ => Self::Converted,
        }
    }

    pub(crate) fn fits(self) -> bool {
        self != Self::No
    }
}

/// Whether a value of type `found` may stand where `expected` is wanted.
#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
pub(crate) fn fit(found: &Type, expected: &Type) -> Fit {
    use Type::{
        Decimal, Integer, Json, List, Literals, None, Number, Optional, Range, Record, Table, Text,
        Unknown,
    };
    match (found, expected) {
        (Unknown, _) | (_, Unknown | Json) | (None, Optional(_) | None) => Fit::Same,
        (Optional(found), Optional(expected)) => fit(found, expected),
        (Optional(_) | None, _) => Fit::No,
        (found, Optional(expected)) => fit(found, expected),
        (Literals(found), Literals(expected)) => {
            same_if(found.iter().all(|text| expected.contains(text)))
        }
        (Literals(_), Text) | (Range { .. }, Integer) => Fit::Same,
        (
            Range { from, to },
            Range {
                from: low,
                to: high,
            },
        ) => same_if(low <= from && to <= high),
        (Integer | Range { .. }, Number | Decimal) => Fit::Converted,
        (List(found), List(expected)) => fit(found, expected),
        (Table(found), Table(expected)) | (Record(found), Record(expected)) => {
            record_fit(found, expected)
        }
        (Table(found), List(expected)) => fit(&Record(found.clone()), expected),
        (List(found), Table(expected)) => match &**found {
            Record(found) => record_fit(found, expected).and(Fit::Converted),
            Unknown => Fit::Same,
            _ => Fit::No,
        },
        (found, expected) => same_if(found == expected),
    }
}

fn same_if(fits: bool) -> Fit {
    if fits { Fit::Same } else { Fit::No }
}

/// Records fit by their fields: extra ones are allowed, and one that may be missing may be left out.
fn record_fit(found: &RecordType, expected: &RecordType) -> Fit {
    expected
        .fields
        .iter()
        .map(|wanted| match found.field(&wanted.name) {
            Some(field) => fit(&field.of, &wanted.of),
            None => same_if(wanted.of.is_optional()),
        })
        .fold(Fit::Same, Fit::and)
}

/// The one type that values of both fit, if there is one.
pub(crate) fn join(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Unknown, _) | (_, Type::Unknown) => return Some(Type::Unknown),
        (Type::None, other) | (other, Type::None) => return Some(other.clone().optional()),
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            return join(left.present(), right.present()).map(Type::optional);
        }
        (Type::Literals(left), Type::Literals(right)) => {
            let mut all: Vec<Arc<str>> = left.to_vec();
            all.extend(right.iter().filter(|text| !left.contains(text)).cloned());
            return Some(Type::Literals(all.into()));
        }
        (
            Type::Range { from, to },
            Type::Range {
                from: low,
                to: high,
            },
        ) => {
            return Some(Type::Range {
                from: *from.min(low),
                to: *to.max(high),
            });
        }
        _ => {}
    }
    if fit(left, right).fits() {
        return Some(right.clone());
    }
    fit(right, left).fits().then(|| left.clone())
}
