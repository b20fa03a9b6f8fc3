//! The kinds of values that the native tier computes with, and each kind's word of 64 bits.
//!
//! Kept true here: a value has a word only if the word is exactly the value. Decimals and money are
//! billionths, as columns store them; dates days, times and timestamps microseconds, durations
//! milliseconds; numbers and percents the bits of a double; a truth all bits or none.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_buffer::NullBuffer;
use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::node::Form;
use crate::decimal::canonical;
use crate::table::{DECIMAL_SCALE, DECIMAL_SCALE_ARROW, EPOCH, arrow_type, instant};
use crate::types::{Currency, Type};
use crate::value::Value;

/// The billionths in one.
pub(super) const UNIT: i64 = 1_000_000_000;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Number,
    Percent,
    Decimal,
    Money(Currency),
    Date,
    Time,
    Timestamp,
    Duration,
}

impl Kind {
    /// The kind of a column's values; `None` where the native tier has none for it.
    pub(super) fn of_type(of: &Type) -> Option<Self> {
        Some(match of.present() {
            Type::Boolean => Self::Boolean,
            Type::Integer | Type::Range { .. } => Self::Integer,
            Type::Number => Self::Number,
            Type::Percent => Self::Percent,
            Type::Decimal => Self::Decimal,
            Type::Money(currency) => Self::Money(currency.clone()),
            Type::Date => Self::Date,
            Type::Time => Self::Time,
            Type::Timestamp => Self::Timestamp,
            Type::Duration => Self::Duration,
            _ => return None,
        })
    }

    pub(super) fn of_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(_) => Self::Boolean,
            Value::Integer(_) => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::Percent(_) => Self::Percent,
            Value::Decimal(_) => Self::Decimal,
            Value::Money(_, currency) => Self::Money(currency.clone()),
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::Timestamp(_) => Self::Timestamp,
            Value::Duration(_) => Self::Duration,
            _ => return None,
        })
    }

    pub(super) fn form(&self) -> Form {
        match self {
            Self::Boolean => Form::Truth,
            Self::Number | Self::Percent => Form::Float,
            _ => Form::Whole,
        }
    }

    /// Whether a field of this type holds these values as they are.
    pub(super) fn fills(&self, of: &Type) -> bool {
        !matches!(of.present(), Type::Range { .. })
            && Self::of_type(of).is_some_and(|kind| kind == *self)
    }

    /// The word of a value of this kind; `None` for another kind's and for what no word is exactly.
    pub(super) fn word(&self, value: &Value) -> Option<i64> {
        if Self::of_value(value).as_ref() != Some(self) {
            return None;
        }
        match value {
            Value::Boolean(truth) => Some(-i64::from(*truth)),
            Value::Number(number) | Value::Percent(number) => Some(number.to_bits().cast_signed()),
            value => floor(value).and_then(|(word, exact)| exact.then_some(word)),
        }
    }

    /// The value of a word.
    pub(super) fn value(&self, word: i64) -> Option<Value> {
        Some(match self {
            Self::Boolean => Value::Boolean(word != 0),
            Self::Integer => Value::Integer(word),
            Self::Number => Value::Number(f64::from_bits(word.cast_unsigned())),
            Self::Percent => Value::Percent(f64::from_bits(word.cast_unsigned())),
            Self::Decimal => Value::Decimal(canonical(Decimal::new(word, DECIMAL_SCALE))),
            Self::Money(currency) => Value::Money(
                canonical(Decimal::new(word, DECIMAL_SCALE)),
                currency.clone(),
            ),
            Self::Date => Value::Date(
                EPOCH
                    .checked_add(SignedDuration::from_hours(word.checked_mul(24)?))
                    .ok()?,
            ),
            Self::Time => Value::Time(
                Time::midnight()
                    .checked_add(SignedDuration::from_micros(word))
                    .ok()?,
            ),
            Self::Timestamp => Value::Timestamp(instant(word)?),
            Self::Duration => Value::Duration(word),
        })
    }

    /// A column of words that are no truths.
    pub(super) fn array(&self, words: Vec<i64>, nulls: Option<NullBuffer>) -> Option<ArrayRef> {
        Some(match self {
            Self::Boolean => Arc::new(BooleanArray::new(
                words.iter().map(|word| *word != 0).collect(),
                nulls,
            )),
            Self::Integer | Self::Duration => Arc::new(Int64Array::new(words.into(), nulls)),
            Self::Number | Self::Percent => Arc::new(Float64Array::new(
                words
                    .iter()
                    .map(|word| f64::from_bits(word.cast_unsigned()))
                    .collect(),
                nulls,
            )),
            Self::Decimal | Self::Money(_) => Arc::new(
                Decimal128Array::new(words.into_iter().map(i128::from).collect(), nulls)
                    .with_precision_and_scale(38, DECIMAL_SCALE_ARROW)
                    .ok()?,
            ),
            Self::Date => Arc::new(Date32Array::new(
                words
                    .iter()
                    .map(|word| i32::try_from(*word).unwrap_or_default())
                    .collect(),
                nulls,
            )),
            Self::Time => Arc::new(Time64MicrosecondArray::new(words.into(), nulls)),
            Self::Timestamp => Arc::new(
                TimestampMicrosecondArray::new(words.into(), nulls)
                    .with_data_type(arrow_type(&Type::Timestamp)),
            ),
        })
    }
}

/// The largest word that is not above a value other than a truth or a double, and whether it is exactly
/// the value.
pub(super) fn floor(value: &Value) -> Option<(i64, bool)> {
    match value {
        Value::Integer(word) | Value::Duration(word) => Some((*word, true)),
        Value::Decimal(decimal) | Value::Money(decimal, _) => floor_decimal(*decimal),
        Value::Date(date) => Some((days(*date), true)),
        Value::Time(time) => floor_thousandth(time.duration_since(Time::midnight()).as_nanos()),
        Value::Timestamp(instant) => floor_thousandth(instant.as_nanosecond()),
        _ => None,
    }
}

/// The days since the day that date columns count from.
pub(super) fn days(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

fn floor_thousandth(nanoseconds: i128) -> Option<(i64, bool)> {
    let word = i64::try_from(nanoseconds.div_euclid(1000)).ok()?;
    Some((word, nanoseconds.rem_euclid(1000) == 0))
}

fn floor_decimal(decimal: Decimal) -> Option<(i64, bool)> {
    let decimal = canonical(decimal);
    let (word, exact) = if let Some(missing) = DECIMAL_SCALE.checked_sub(decimal.scale()) {
        let unit = 10_i128.checked_pow(missing)?;
        (decimal.mantissa().checked_mul(unit)?, true)
    } else {
        // Without zeros at the end, digits past the last place make it inexact.
        let unit = 10_i128.checked_pow(decimal.scale() - DECIMAL_SCALE)?;
        (decimal.mantissa().div_euclid(unit), false)
    };
    Some((i64::try_from(word).ok()?, exact))
}
