//! One column of an answer while it is read.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use jiff::civil::{Date, Time};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::table::arrow_type;
use sophia_plan::{FieldType, Type};

use crate::cell::Cell;

/// Collects the values of one field.
pub(crate) struct ColumnBuilder {
    field: FieldType,
    values: Values,
}

enum Values {
    Text(StringBuilder),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl ColumnBuilder {
    pub(crate) fn new(field: FieldType) -> Self {
        let arrow = arrow_type(&field.of);
        let values = match field.of.present() {
            Type::Boolean => Values::Boolean(BooleanBuilder::new()),
            Type::Integer | Type::Range { .. } | Type::Duration => {
                Values::Integer(Int64Builder::new())
            }
            Type::Number | Type::Percent => Values::Number(Float64Builder::new()),
            Type::Decimal | Type::Money(_) => {
                Values::Decimal(Decimal128Builder::new().with_data_type(arrow))
            }
            Type::Date => Values::Date(Date32Builder::new()),
            Type::Time => Values::Time(Time64MicrosecondBuilder::new()),
            Type::Timestamp => {
                Values::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(arrow))
            }
            _ => Values::Text(StringBuilder::new()),
        };
        Self { field, values }
    }

    /// Adds the value of a row, counted from 1.
    pub(crate) fn push(&mut self, cell: &Cell<'_>, row: u64) -> Result<(), Problem> {
        if *cell == Cell::Null {
            if !self.field.of.is_optional() {
                return Err(missing(&self.field, row));
            }
            self.push_missing();
            return Ok(());
        }
        if self.push_present(cell).is_none() {
            return Err(misfit(&self.field, cell, row));
        }
        Ok(())
    }

    fn push_missing(&mut self) {
        match &mut self.values {
            Values::Text(values) => values.append_null(),
            Values::Boolean(values) => values.append_null(),
            Values::Integer(values) => values.append_null(),
            Values::Number(values) => values.append_null(),
            Values::Decimal(values) => values.append_null(),
            Values::Date(values) => values.append_null(),
            Values::Time(values) => values.append_null(),
            Values::Timestamp(values) => values.append_null(),
        }
    }

    /// `None` for a value that does not fit.
    fn push_present(&mut self, cell: &Cell<'_>) -> Option<()> {
        let of = self.field.of.present();
        match &mut self.values {
            Values::Text(values) => values.append_value(match of {
                Type::Text => cell.text()?,
                Type::Literals(literals) => cell.one_of(literals)?,
                _ => cell.json()?,
            }),
            Values::Boolean(values) => values.append_value(cell.boolean()?),
            Values::Integer(values) => {
                let integer = cell.integer()?;
                if let Type::Range { from, to } = of
                    && !(*from..=*to).contains(&integer)
                {
                    return None;
                }
                values.append_value(integer);
            }
            Values::Number(values) => values.append_value(cell.number()?),
            Values::Decimal(values) => values.append_value(cell.billionths()?),
            Values::Date(values) => values.append_value(days(cell.date()?)?),
            Values::Time(values) => values.append_value(micros(cell.time()?)?),
            Values::Timestamp(values) => values.append_value(cell.timestamp()?.as_microsecond()),
        }
        Some(())
    }

    pub(crate) fn finish(mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(values) => Arc::new(values.finish()),
            Values::Boolean(values) => Arc::new(values.finish()),
            Values::Integer(values) => Arc::new(values.finish()),
            Values::Number(values) => Arc::new(values.finish()),
            Values::Decimal(values) => Arc::new(values.finish()),
            Values::Date(values) => Arc::new(values.finish()),
            Values::Time(values) => Arc::new(values.finish()),
            Values::Timestamp(values) => Arc::new(values.finish()),
        }
    }
}

/// Days since 1970 began.
fn days(date: Date) -> Option<i32> {
    let seconds = date.duration_since(Date::constant(1970, 1, 1)).as_secs();
    i32::try_from(seconds / 86_400).ok()
}

/// Microseconds since midnight.
fn micros(time: Time) -> Option<i64> {
    i64::try_from(time.duration_since(Time::midnight()).as_micros()).ok()
}

fn missing(field: &FieldType, row: u64) -> Problem {
    Problem::new(
        codes::S934,
        format!(
            "Row {row} has nothing in `{}`, which is never missing.",
            field.name
        ),
    )
    .with_help("run `sophia sync`, then `sophia check`: the column may now be empty")
}

fn misfit(field: &FieldType, cell: &Cell<'_>, row: u64) -> Problem {
    Problem::new(
        codes::S933,
        format!(
            "Row {row} has {cell} in `{}`, where `{}` is expected.",
            field.name,
            field.of.present()
        ),
    )
    .with_help("correct the value in the source, or the query that makes it")
}
