//! A CSV file read as rows of a type.
//!
//! Kept true here: every row of the file is in the answer, with what of it fits and what does not.

use std::sync::Arc;

use csv::{Position, ReaderBuilder, StringRecord};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Record, RecordType, Type, Value};

use crate::cell::Cell;
use crate::seed::snake_case;

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// The fields of the type. What does not fit is missing.
    pub record: Record,
    /// What does not fit, in words, with the line: `line 3 has "x" in `amount`, where `money` is expected`.
    pub unfit: Option<String>,
}

/// Reads a file. Its columns are found by their headers in `snake_case`; others are left out.
///
/// # Errors
/// S922 when it is no CSV file, or lacks a column that the type needs. `shown` names it.
pub fn read_csv(shown: &str, bytes: &[u8], row: &RecordType) -> Result<Vec<FileRow>, Problem> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = reader.headers().map_err(|error| broken(shown, &error))?;
    let names: Vec<String> = headers.iter().map(snake_case).collect();
    let places = row
        .fields
        .iter()
        .map(|field| {
            let place = names.iter().position(|name| **name == *field.name);
            if place.is_none() && !field.of.is_optional() {
                return Err(Problem::new(
                    codes::S922,
                    format!("The file `{shown}` has no column `{}`.", field.name),
                )
                .because(format!("its columns: {}", names.join(", ")))
                .with_help(
                    "correct the headers in its first line, or the type that it is read as",
                ));
            }
            Ok(place)
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| broken(shown, &error))?
    {
        let line = record.position().map_or(0, Position::line);
        rows.push(read_row(&record, line, row, &places));
    }
    Ok(rows)
}

fn read_row(
    record: &StringRecord,
    line: u64,
    row: &RecordType,
    places: &[Option<usize>],
) -> FileRow {
    let mut fields = Vec::with_capacity(row.fields.len());
    let mut unfit: Option<String> = None;
    for (field, place) in row.fields.iter().zip(places) {
        let written = place
            .and_then(|place| record.get(place))
            .unwrap_or_default();
        let value = if written.trim().is_empty() {
            field.of.is_optional().then_some(Value::None)
        } else {
            value(written, field.of.present())
        };
        if value.is_none() && unfit.is_none() {
            let has = if written.trim().is_empty() {
                "nothing".to_owned()
            } else {
                Cell::Text(written.into()).to_string()
            };
            unfit = Some(format!(
                "line {line} has {has} in `{}`, where `{}` is expected",
                field.name,
                field.of.present()
            ));
        }
        fields.push((Arc::clone(&field.name), value.unwrap_or(Value::None)));
    }
    FileRow {
        record: Record { fields },
        unfit,
    }
}

/// What a cell says, as a value of a type. Nothing where it says something else.
fn value(written: &str, of: &Type) -> Option<Value> {
    let cell = Cell::Text(written.trim().into());
    Some(match of {
        Type::Text => Value::Text(written.into()),
        Type::Literals(literals) => Value::Text(cell.one_of(literals)?.into()),
        Type::Boolean => Value::Boolean(cell.boolean()?),
        Type::Integer => Value::Integer(cell.integer()?),
        Type::Range { from, to } => Value::Integer(
            cell.integer()
                .filter(|found| (*from..=*to).contains(found))?,
        ),
        Type::Number => Value::Number(cell.number()?),
        Type::Percent => Value::Percent(match written.trim().strip_suffix('%') {
            Some(points) => Cell::Text(points.trim_end().into()).number()? / 100.0,
            None => cell.number()?,
        }),
        Type::Decimal => Value::Decimal(crate::written::decimal(written.trim())?),
        Type::Money(currency) => {
            Value::Money(crate::written::decimal(written.trim())?, currency.clone())
        }
        Type::Date => Value::Date(cell.date()?),
        Type::Time => Value::Time(cell.time()?),
        Type::Timestamp => Value::Timestamp(cell.timestamp()?),
        Type::Json => Value::Json(cell.json()?.into()),
        _ => return None,
    })
}

fn broken(shown: &str, error: &csv::Error) -> Problem {
    Problem::new(
        codes::S922,
        format!("The file `{shown}` cannot be read as CSV."),
    )
    .because(error)
    .with_help("save it as UTF-8 text with commas between the columns")
}
