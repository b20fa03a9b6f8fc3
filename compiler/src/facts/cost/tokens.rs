//! How long a prompt and an answer can be, in tokens.
//!
//! Kept true here: a token is never shorter than a byte, so a count of bytes is an upper bound; a text
//! without a bound has no length here, and whoever asks says which limit is assumed instead.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Function};
use sophia_plan::types::{RecordType, Type};
use sophia_plan::value::Value;

/// The longest that a prompt can be, or the first text without a bound that stands in it.
pub(crate) fn prompt(prompt: &Expression, parameters: &[(Arc<str>, Type)]) -> Result<u64, String> {
    match prompt {
        Expression::Text(parts) => {
            let mut sum = 0_u64;
            for part in parts {
                sum = sum.saturating_add(self::prompt(part, parameters)?);
            }
            Ok(sum)
        }
        Expression::Constant(Value::Text(text)) => Ok(text.len() as u64),
        Expression::Let { body, .. } => self::prompt(body, parameters),
        Expression::If {
            then: one,
            otherwise: other,
            ..
        }
        | Expression::Coalesce(one, other) => {
            Ok(self::prompt(one, parameters)?.max(self::prompt(other, parameters)?))
        }
        Expression::Call {
            function: Function::Lower | Function::Upper | Function::Trim | Function::Redact,
            arguments,
        } => match arguments.first() {
            Some(argument) => self::prompt(argument, parameters),
            None => Ok(0),
        },
        Expression::Call {
            function: Function::Count | Function::Length | Function::Round,
            ..
        }
        | Expression::Predict { .. }
        | Expression::Constant(_) => Ok(WIDEST_PLAIN),
        Expression::Convert { value, .. } | Expression::Release { value, .. } => {
            self::prompt(value, parameters)
        }
        other => match type_of(other, parameters) {
            Some((path, of)) => width(&of).ok_or(path),
            None => Err("a part of the prompt".to_owned()),
        },
    }
}

/// The widest plain value as text: a money amount with its currency.
const WIDEST_PLAIN: u64 = 40;

/// The path of a parameter and its type.
fn type_of(expression: &Expression, parameters: &[(Arc<str>, Type)]) -> Option<(String, Type)> {
    match expression {
        Expression::Name(name) => {
            let (_, of) = parameters.iter().find(|(parameter, _)| parameter == name)?;
            Some((name.to_string(), of.clone()))
        }
        Expression::Field { of, name, .. } => {
            let (path, of) = type_of(of, parameters)?;
            match of.present() {
                Type::Record(record) => {
                    Some((format!("{path}.{name}"), record.field(name)?.of.clone()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The most bytes of a value of a type as text or JSON; `None` where nothing bounds it.
pub(crate) fn width(of: &Type) -> Option<u64> {
    match of {
        Type::Text | Type::Json | Type::List(_) | Type::Table(_) | Type::Unknown => None,
        Type::Boolean | Type::None => Some(5),
        Type::Integer
        | Type::Number
        | Type::Decimal
        | Type::Money(_)
        | Type::Percent
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::Duration => Some(WIDEST_PLAIN),
        Type::Literals(texts) => texts.iter().map(|text| text.len() as u64 + 2).max(),
        Type::Range { from, to } => {
            let widest = from.to_string().len().max(to.to_string().len());
            Some(widest as u64)
        }
        Type::Optional(inner) => Some(width(inner)?.max(5)),
        Type::Record(record) => fields(record),
    }
}

/// A record as JSON: quotes, colon, comma and blanks around each field.
fn fields(record: &RecordType) -> Option<u64> {
    let mut sum = 4_u64;
    for field in &record.fields {
        sum = sum
            .saturating_add(field.name.len() as u64 + 8)
            .saturating_add(width(&field.of)?);
    }
    Some(sum)
}
