//! Values as parameters of a statement. Never as text inside it.
//!
//! Kept true here: a parameter is sent as the type that the server itself gives its place, and exactly;
//! what that type cannot hold is a problem, never another value.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Value, to_json};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgTypeKind};
use sqlx::{Arguments, Encode, Postgres, Type, TypeInfo};

use super::cell::{first_day, first_instant};
use super::{array, numeric};

/// A value as the bytes of a type.
struct Sent {
    of: PgTypeInfo,
    bytes: Option<Vec<u8>>,
}

impl Type<Postgres> for Sent {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("unknown")
    }
}

impl Encode<'_, Postgres> for Sent {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.bytes {
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.of.clone())
    }
}

/// The parameters in order, each as the type of its place.
pub(super) fn arguments(values: &[Value], types: &[PgTypeInfo]) -> Result<PgArguments, Problem> {
    if values.len() != types.len() {
        return Err(Problem::new(
            codes::S938,
            format!(
                "The statement takes {} parameters, and {} are given.",
                types.len(),
                values.len()
            ),
        ));
    }
    let mut arguments = PgArguments::default();
    for (index, (value, of)) in values.iter().zip(types).enumerate() {
        let bytes = match value {
            Value::None => None,
            value => Some(write(value, of).ok_or_else(|| misfit(index, value, of))?),
        };
        let sent = Sent {
            of: of.clone(),
            bytes,
        };
        arguments.add(sent).map_err(|error| {
            Problem::new(
                codes::S938,
                format!("Parameter {} cannot be handed to the database.", index + 1),
            )
            .because(error)
        })?;
    }
    Ok(arguments)
}

fn misfit(index: usize, value: &Value, of: &PgTypeInfo) -> Problem {
    Problem::new(
        codes::S938,
        format!(
            "Parameter {} is {}, and the database wants {} there.",
            index + 1,
            value.kind(),
            of.name().to_lowercase()
        ),
    )
    .with_help("convert it in the statement, for example with `::text`, or pass another value")
}

/// A value as the bytes of a type. Nothing where the type cannot hold it.
fn write(value: &Value, of: &PgTypeInfo) -> Option<Vec<u8>> {
    Some(match of.name() {
        "BOOL" => match value {
            Value::Boolean(boolean) => vec![u8::from(*boolean)],
            _ => return None,
        },
        "INT2" => i16::try_from(integer(value)?).ok()?.to_be_bytes().to_vec(),
        "INT4" => i32::try_from(integer(value)?).ok()?.to_be_bytes().to_vec(),
        "INT8" => integer(value)?.to_be_bytes().to_vec(),
        "OID" => u32::try_from(integer(value)?).ok()?.to_be_bytes().to_vec(),
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the place holds a single, as in every SQL"
        )]
        "FLOAT4" => (number(value)? as f32).to_be_bytes().to_vec(),
        "FLOAT8" => number(value)?.to_be_bytes().to_vec(),
        "NUMERIC" => numeric::write(decimal(value)?),
        "MONEY" => {
            let cents = decimal(value)?.checked_mul(Decimal::ONE_HUNDRED)?;
            cents
                .fract()
                .is_zero()
                .then(|| cents.to_i64())??
                .to_be_bytes()
                .to_vec()
        }
        "DATE" => match value {
            Value::Date(date) => days(*date)?.to_be_bytes().to_vec(),
            _ => return None,
        },
        "TIME" => match value {
            Value::Time(time) => {
                let since = time.duration_since(Time::midnight()).as_micros();
                i64::try_from(since).ok()?.to_be_bytes().to_vec()
            }
            _ => return None,
        },
        "TIMESTAMP" | "TIMESTAMPTZ" => {
            let at = instant(value)?.duration_since(first_instant()).as_micros();
            i64::try_from(at).ok()?.to_be_bytes().to_vec()
        }
        "INTERVAL" => match value {
            Value::Duration(milliseconds) => {
                let micros = milliseconds.checked_mul(1000)?;
                [&micros.to_be_bytes()[..], &[0; 8]].concat()
            }
            _ => return None,
        },
        "JSON" => json(value).into_bytes(),
        "JSONB" => [&[1][..], json(value).as_bytes()].concat(),
        "UUID" => uuid(&text(value)?)?,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "XML" => text(value)?.into_bytes(),
        name => match of.kind() {
            PgTypeKind::Domain(inner) => return write(value, inner),
            PgTypeKind::Enum(_) => text(value)?.into_bytes(),
            PgTypeKind::Array(item) => match value {
                Value::List(items) => {
                    let items: Option<Vec<_>> = items
                        .iter()
                        .map(|value| match value {
                            Value::None => Some(None),
                            value => write(value, item).map(Some),
                        })
                        .collect();
                    array::write(item.oid()?.0, &items?)
                }
                _ => return None,
            },
            _ if name.eq_ignore_ascii_case("citext") => text(value)?.into_bytes(),
            _ => return None,
        },
    })
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => Some(*integer),
        Value::Decimal(_) | Value::Money(..) | Value::Number(_) => {
            let decimal = decimal(value)?;
            decimal
                .fract()
                .is_zero()
                .then(|| decimal.to_i64())
                .flatten()
        }
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) | Value::Percent(number) => Some(*number),
        Value::Integer(_) | Value::Decimal(_) | Value::Money(..) => {
            decimal(value)?.to_string().parse().ok()
        }
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(integer) => Decimal::from_i64(*integer),
        Value::Decimal(decimal) | Value::Money(decimal, _) => Some(*decimal),
        Value::Number(number) | Value::Percent(number) => {
            crate::written::double_as_decimal(*number)
        }
        _ => None,
    }
}

fn days(date: Date) -> Option<i32> {
    i32::try_from(date.duration_since(first_day()).as_hours() / 24).ok()
}

/// An instant, or the midnight of a date in UTC.
fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Timestamp(timestamp) => Some(*timestamp),
        Value::Date(date) => date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp()),
        _ => None,
    }
}

fn json(value: &Value) -> String {
    match value {
        Value::Json(text) => text.to_string(),
        other => to_json(other).to_string(),
    }
}

/// What a text column takes: texts, and what has one way to be written.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) | Value::Json(text) => text.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Decimal(decimal) | Value::Money(decimal, _) => decimal.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.strftime("%H:%M:%S%.f").to_string(),
        Value::Timestamp(timestamp) => crate::written::write_timestamp(*timestamp),
        Value::List(_) | Value::Record(_) | Value::Table(_) => to_json(value).to_string(),
        Value::None
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::Percent(_)
        | Value::Duration(_) => return None,
    })
}

fn uuid(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    if digits.len() != 32 {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
