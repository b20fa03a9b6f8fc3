//! The table that every engine is asked about: customers with numbers, dates, texts and gaps.
//!
//! Kept true here: the same rows on every machine and in every run.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use fastrand::Rng;
use sophia_diagnostics::Problem;
use sophia_plan::table::arrow_schema;
use sophia_plan::{FieldType, RecordType, Table, Type};

const CONTRACTS: [&str; 3] = ["Month-to-month", "One year", "Two year"];
const WORDS: [&str; 12] = [
    "called", "about", "the", "bill", "refund", "late", "router", "again", "moved", "to", "asked",
    "for",
];

/// What a row holds.
pub fn row() -> Arc<RecordType> {
    let fields = [
        ("tenure", Type::Integer.optional()),
        ("charges", Type::Number),
        ("total", Type::Number.optional()),
        ("discount", Type::Percent),
        ("since", Type::Date),
        ("contract", Type::Text),
        ("note", Type::Text.optional()),
    ];
    Arc::new(RecordType {
        name: None,
        fields: fields
            .into_iter()
            .map(|(name, of)| FieldType::new(name, of))
            .collect(),
    })
}

/// A table with so many rows.
///
/// # Errors
/// Never: the columns are those of the row type.
pub fn table(rows: usize) -> Result<Table, Problem> {
    let mut random = Rng::with_seed(2026);
    let mut gaps = |one_in: u8| -> NullBuffer {
        (0..rows)
            .map(|_| random.u8(..one_in) != 0)
            .collect::<Vec<_>>()
            .into()
    };
    let tenure_gaps = gaps(10);
    let total_gaps = gaps(20);
    let note_gaps = gaps(10);
    let cents = |random: &mut Rng| f64::from(random.u32(1_800..12_000)) / 100.0;
    let tenure: Vec<i64> = (0..rows).map(|_| random.i64(0..72)).collect();
    let charges: Vec<f64> = (0..rows).map(|_| cents(&mut random)).collect();
    let total: Vec<f64> = (0..rows).map(|_| cents(&mut random) * 20.0).collect();
    let discount: Vec<f64> = (0..rows)
        .map(|_| f64::from(random.u8(..30)) / 100.0)
        .collect();
    let since: Vec<i32> = (0..rows).map(|_| random.i32(17_000..20_700)).collect();
    let contracts = texts(rows, || CONTRACTS[random.usize(..3)].into());
    let mut random = Rng::with_seed(2027);
    let notes = texts(rows, || {
        let words: Vec<&str> = (0..random.usize(2..6))
            .map(|_| WORDS[random.usize(..WORDS.len())])
            .collect();
        words.join(" ")
    });
    let (offsets, bytes, _) = notes.into_parts();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::new(tenure.into(), Some(tenure_gaps))),
        Arc::new(Float64Array::from(charges)),
        Arc::new(Float64Array::new(total.into(), Some(total_gaps))),
        Arc::new(Float64Array::from(discount)),
        Arc::new(Date32Array::from(since)),
        Arc::new(contracts),
        Arc::new(StringArray::new(offsets, bytes, Some(note_gaps))),
    ];
    let row = row();
    let batch = RecordBatch::try_new(arrow_schema(&row), columns)
        .unwrap_or_else(|_| RecordBatch::new_empty(arrow_schema(&row)));
    Table::from_batch(row, batch)
}

fn texts(rows: usize, mut text: impl FnMut() -> String) -> StringArray {
    let mut bytes = String::new();
    let lengths: Vec<usize> = (0..rows)
        .map(|_| {
            let text = text();
            bytes.push_str(&text);
            text.len()
        })
        .collect();
    StringArray::new(
        OffsetBuffer::from_lengths(lengths),
        bytes.into_bytes().into(),
        None,
    )
}
