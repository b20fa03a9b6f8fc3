//! One value as SQLite stores it.

use std::borrow::Cow;

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, TypeInfo, ValueRef};

use crate::cell::Cell;

/// The value at a place of a row, from 0.
pub(super) fn cell_of(row: &SqliteRow, place: usize) -> Result<Cell<'_>, sqlx::Error> {
    let value = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let class = value.type_info().name().to_owned();
    let cell = match class.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Cell::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(value).map(Cell::Number),
        "TEXT" => {
            <&str as Decode<Sqlite>>::decode(value).map(|text| Cell::Text(Cow::Borrowed(text)))
        }
        _ => <&[u8] as Decode<Sqlite>>::decode(value).map(|bytes| Cell::Bytes(bytes.len())),
    };
    cell.map_err(sqlx::Error::Decode)
}
