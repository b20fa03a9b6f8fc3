//! What a run that waits listens for: an event, and where the condition says so the one value that a field of
//! it has to have.
//!
//! Kept true here: what a condition may let through is never left out; what is let through and does not fit
//! after all costs a look, and nothing else.

use std::sync::Arc;

use sophia_plan::step::EventPattern;
use sophia_plan::{Expression, Host, Operator, Scope, Type, Value, evaluate};

/// What a run that waits listens for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listening {
    /// The event.
    pub event: Arc<str>,
    /// Only where a field has one value. Without it, whatever it carries.
    pub only: Option<Only>,
}

/// The value that a field has to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Only {
    /// The field.
    pub field: Arc<str>,
    /// The first bytes of a digest of the value.
    pub value: u64,
}

/// What a field of something that came in says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// It has a value of this digest.
    Value(u64),
    /// It is not known what it is compared as, so it may be any.
    Anything,
}

impl Listening {
    /// What a pattern listens for in a scope.
    pub(super) fn to(pattern: &EventPattern, scope: &Scope, host: &dyn Host) -> Self {
        let only = (pattern.condition.as_ref()).zip(pattern.binding.as_ref());
        Self {
            event: pattern.event.clone(),
            only: only
                .and_then(|(condition, binding)| only_in(condition, binding, pattern, scope, host)),
        }
    }
}

/// The first part of a condition that asks for one value of a field: `x.id = order_id and …`
fn only_in(
    condition: &Expression,
    binding: &str,
    pattern: &EventPattern,
    scope: &Scope,
    host: &dyn Host,
) -> Option<Only> {
    match condition {
        Expression::And(left, right) => only_in(left, binding, pattern, scope, host)
            .or_else(|| only_in(right, binding, pattern, scope, host)),
        Expression::Binary {
            operator: Operator::Equal,
            left,
            right,
        } => one_way(left, right, binding, pattern, scope, host)
            .or_else(|| one_way(right, left, binding, pattern, scope, host)),
        _ => None,
    }
}

/// `x.id = VALUE`, where the value is known without the event.
fn one_way(
    field: &Expression,
    value: &Expression,
    binding: &str,
    pattern: &EventPattern,
    scope: &Scope,
    host: &dyn Host,
) -> Option<Only> {
    let Expression::Field { of, name, .. } = field else {
        return None;
    };
    if !matches!(&**of, Expression::Name(of) if &**of == binding) {
        return None;
    }
    let Type::Record(record) = &pattern.of else {
        return None;
    };
    let compared = record.fields.iter().find(|other| other.name == *name)?;
    // The name of the event is not in this scope, unless something else has it: then it is not taken.
    let value = (scope.get(binding).is_none() && is_fixed(value))
        .then(|| evaluate(value, scope, host).ok())
        .flatten()?;
    let fits = match (&compared.of, &value) {
        (Type::Text | Type::Literals(_), Value::Text(_))
        | (Type::Integer, Value::Integer(_))
        | (Type::Boolean, Value::Boolean(_)) => true,
        (Type::Optional(of), value) => matches!(
            (&**of, value),
            (Type::Text, Value::Text(_)) | (Type::Integer, Value::Integer(_))
        ),
        _ => false,
    };
    let value = digest(&value).filter(|_| fits)?;
    let field = name.clone();
    Some(Only { field, value })
}

/// Whether an expression gives the same whenever it is looked at.
fn is_fixed(expression: &Expression) -> bool {
    match expression {
        Expression::Constant(_) | Expression::Name(_) => true,
        Expression::Field { of, .. } => is_fixed(of),
        _ => false,
    }
}

/// What a field of something that came in says. A value of another kind may be converted before it is
/// compared.
#[must_use]
pub fn carries(value: &Value, field: &str) -> Carries {
    let value = match value {
        Value::Record(record) => record.get(field),
        _ => None,
    };
    value
        .and_then(digest)
        .map_or(Carries::Anything, Carries::Value)
}

/// Nothing for a kind of value that is not compared byte by byte.
fn digest(value: &Value) -> Option<u64> {
    let digest = match value {
        Value::Text(text) => blake3::hash(text.as_bytes()),
        Value::Integer(number) => blake3::hash(&number.to_le_bytes()),
        Value::Boolean(holds) => blake3::hash(&[u8::from(*holds)]),
        _ => return None,
    };
    let (first, _) = digest.as_bytes().split_first_chunk::<8>()?;
    Some(u64::from_le_bytes(*first))
}
