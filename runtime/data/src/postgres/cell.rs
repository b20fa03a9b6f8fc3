//! One value as PostgreSQL sends it.
//!
//! Kept true here: what is exact arrives as the text that says it exactly.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Row, TypeInfo, ValueRef};

use super::{array, numeric};
use crate::cell::Cell;
use crate::written::write_timestamp;

/// The day from which PostgreSQL counts.
const FIRST_DAY: Date = Date::constant(2000, 1, 1);

/// The value at a place of a row, from 0.
pub(super) fn cell_of(row: &PgRow, place: usize) -> Result<Cell<'_>, sqlx::Error> {
    let value = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let of = value.type_info().into_owned();
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    Ok(read(&of, bytes).unwrap_or(Cell::Bytes(bytes.len())))
}

/// A value of a type. Nothing where no type of the language holds it.
pub(super) fn read<'b>(of: &PgTypeInfo, bytes: &'b [u8]) -> Option<Cell<'b>> {
    Some(match of.name() {
        "BOOL" => Cell::Integer(i64::from(*bytes.first()? != 0)),
        "INT2" => Cell::Integer(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        "INT4" => Cell::Integer(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        "INT8" => Cell::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
        "OID" => Cell::Integer(u32::from_be_bytes(bytes.try_into().ok()?).into()),
        "FLOAT4" => {
            // The double that a person sees when the single is written: 0.1 is 0.1.
            let single = f32::from_be_bytes(bytes.try_into().ok()?);
            Cell::Number(single.to_string().parse().ok()?)
        }
        "FLOAT8" => Cell::Number(f64::from_be_bytes(bytes.try_into().ok()?)),
        "NUMERIC" => Cell::Text(numeric::read(bytes)?.into()),
        "MONEY" => {
            let cents = i64::from_be_bytes(bytes.try_into().ok()?);
            Cell::Text(rust_decimal::Decimal::new(cents, 2).to_string().into())
        }
        "DATE" => {
            let days = i32::from_be_bytes(bytes.try_into().ok()?);
            let date = FIRST_DAY
                .checked_add(jiff::Span::new().try_days(days).ok()?)
                .ok()?;
            Cell::Text(date.to_string().into())
        }
        "TIME" => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?);
            let time = Time::midnight()
                .checked_add(SignedDuration::from_micros(micros))
                .ok()?;
            Cell::Text(time.strftime("%H:%M:%S%.f").to_string().into())
        }
        "TIMESTAMP" | "TIMESTAMPTZ" => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?);
            Cell::Text(write_timestamp(instant(micros)?).into())
        }
        "INTERVAL" => Cell::Integer(milliseconds(bytes)?),
        "JSONB" => Cell::Text(std::str::from_utf8(bytes.get(1..)?).ok()?.into()),
        "UUID" => Cell::Text(uuid(bytes)?.into()),
        "INET" | "CIDR" => Cell::Text(address(bytes)?.into()),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "JSON" | "XML" | "\"CHAR\"" => {
            Cell::Text(std::str::from_utf8(bytes).ok()?.into())
        }
        name => match of.kind() {
            PgTypeKind::Domain(inner) => return read(inner, bytes),
            PgTypeKind::Array(item) => Cell::Text(array::read(item, bytes)?.into()),
            PgTypeKind::Enum(_) => Cell::Text(std::str::from_utf8(bytes).ok()?.into()),
            _ if name.eq_ignore_ascii_case("citext") => {
                Cell::Text(Cow::Borrowed(std::str::from_utf8(bytes).ok()?))
            }
            _ => return None,
        },
    })
}

/// An instant from microseconds since 2000.
fn instant(micros: i64) -> Option<Timestamp> {
    first_instant()
        .checked_add(SignedDuration::from_micros(micros))
        .ok()
}

/// The beginning of 2000 in UTC.
pub(super) fn first_instant() -> Timestamp {
    Timestamp::constant(946_684_800, 0)
}

/// The first day, from which days are counted.
pub(super) fn first_day() -> Date {
    FIRST_DAY
}

/// A length of time. One with months has no fixed length.
fn milliseconds(bytes: &[u8]) -> Option<i64> {
    let micros = i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    let days = i32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
    let months = i32::from_be_bytes(bytes.get(12..16)?.try_into().ok()?);
    (months == 0).then_some(micros / 1000 + i64::from(days) * 86_400_000)
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// A network address: family, bits of its network, whether it is a network, length, bytes.
fn address(bytes: &[u8]) -> Option<String> {
    let bits = *bytes.get(1)?;
    let is_network = *bytes.get(2)? != 0;
    let address = match bytes.get(4..)? {
        four if four.len() == 4 => {
            let four: [u8; 4] = four.try_into().ok()?;
            std::net::IpAddr::from(four)
        }
        sixteen => {
            let sixteen: [u8; 16] = sixteen.try_into().ok()?;
            std::net::IpAddr::from(sixteen)
        }
    };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some(if is_network || bits != whole {
        format!("{address}/{bits}")
    } else {
        address.to_string()
    })
}
