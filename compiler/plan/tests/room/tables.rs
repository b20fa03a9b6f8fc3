//! Tables: what goes in comes out, and what does not fit is refused.

use std::sync::Arc;

use crate::common::generate::{any_type, config, record_of};
use crate::common::{code, exact, money, record, row_type, table, text};
use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;
use sophia_plan::{Currency, RecordType, Table, Type, Value};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_come_out_as_they_went_in(
        (row, records) in any_type().prop_filter_map("a row", |of| match of {
            Type::Record(row) | Type::Table(row) => Some(row),
            _ => None,
        }).prop_flat_map(|row| {
            let records = proptest::collection::vec(record_of(&row), 0..5);
            (Just(row), records)
        })
    ) {
        let table = Table::from_records(Arc::clone(&row), &records).expect("rows that fit");
        prop_assert_eq!(table.len(), records.len());
        for (index, record) in records.iter().enumerate() {
            prop_assert_eq!(&table.record(index), record);
            for (name, value) in &record.fields {
                prop_assert_eq!(&table.value(index, &**name), value);
            }
        }
        // The batch alone, with the row type, is the table again.
        let again = Table::from_batch(row, table.batch.clone()).expect("the invariant holds");
        prop_assert_eq!(again, table);
    }
}

fn people() -> Table {
    table(
        vec![("id", Type::Integer), ("name", Type::Text.optional())],
        vec![
            vec![Value::Integer(1), text("Kim")],
            vec![Value::Integer(2), Value::None],
            vec![Value::Integer(3), text("Lee")],
        ],
    )
}

#[test]
fn rows_and_columns_are_chosen() {
    let people = people();
    let taken = people.take(&[2, 0, 2]).expect("rows that are there");
    assert_eq!(
        taken.values("id"),
        Some(vec![
            Value::Integer(3),
            Value::Integer(1),
            Value::Integer(3)
        ])
    );
    assert_eq!(code(people.take(&[3])), "S980");
    let kept = people.filter(&[false, true]).expect("rows");
    assert_eq!(kept.values(1), Some(vec![Value::None]));
    let names = people.select(&["name".into()]).expect("a column");
    assert_eq!(names.row.fields.len(), 1);
    assert_eq!(code(people.select(&["nmae".into()])), "S978");
    assert_eq!(people.head(2).len(), 2);
    assert_eq!(people.head(9).len(), 3);
    let backwards = people
        .sorted_by(|left, right| right.cmp(&left))
        .expect("rows");
    assert_eq!(backwards.value(0, 0), Value::Integer(3));
}

#[test]
fn equal_rows_make_equal_tables_however_they_were_chosen() {
    let people = people();
    let one = people.take(&[1, 2]).expect("rows");
    let other = people.filter(&[false, true, true]).expect("rows");
    assert_eq!(one, other);
    assert_ne!(one, people.head(2));
}

#[test]
fn what_is_not_there_is_none() {
    let people = people();
    assert_eq!(people.value(9, "id"), Value::None);
    assert_eq!(people.value(0, "nobody"), Value::None);
    assert_eq!(people.value(0, 7), Value::None);
    assert_eq!(people.record(9).get("id"), Some(&Value::None));
}

#[test]
fn a_missing_value_needs_an_optional_column() {
    let row = row_type(vec![("id", Type::Integer)]);
    assert_eq!(
        code(Table::from_records(Arc::clone(&row), &[record(vec![])])),
        "S980"
    );
    let problem =
        Table::from_records(row, &[record(vec![("id", text("seven"))])]).expect_err("no integer");
    assert_eq!(
        problem.message,
        "The column `id` holds integer, and a row has text there: \"seven\"."
    );
}

#[test]
fn integers_become_numbers_and_decimals() {
    let both = table(
        vec![("n", Type::Number), ("d", Type::Decimal)],
        vec![vec![Value::Integer(3), Value::Integer(4)]],
    );
    assert_eq!(both.value(0, "n"), Value::Number(3.0));
    assert_eq!(both.value(0, "d"), Value::Decimal(exact("4")));
}

#[test]
fn money_keeps_its_currency_and_refuses_another() {
    let dollars = Type::Money(Currency("USD".into()));
    let row = row_type(vec![("amount", dollars.clone())]);
    let amounts = table(
        vec![("amount", dollars)],
        vec![
            vec![money("79228162514264337593543950335", "USD")],
            vec![money("0.0000000005", "USD")],
            vec![money("0.0000000015", "USD")],
        ],
    );
    assert_eq!(
        amounts.values("amount"),
        Some(vec![
            money("79228162514264337593543950335", "USD"),
            money("0", "USD"),
            money("0.000000002", "USD"),
        ])
    );
    let euros = record(vec![("amount", money("1", "EUR"))]);
    assert_eq!(code(Table::from_records(row, &[euros])), "S980");
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("a batch")
}

#[test]
fn a_foreign_batch_must_hold_what_the_row_type_says() {
    let row = |of: Type| row_type(vec![("x", of)]);
    let integers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let check = |row: Arc<RecordType>, name: &str, array: &ArrayRef| {
        Table::from_batch(row, batch(vec![(name, Arc::clone(array))]))
    };
    assert!(check(row(Type::Integer.optional()), "x", &integers).is_ok());
    assert_eq!(code(check(row(Type::Integer), "x", &integers)), "S980");
    assert_eq!(
        code(check(row(Type::Integer.optional()), "y", &integers)),
        "S980"
    );
    assert_eq!(
        code(check(row(Type::Text.optional()), "x", &integers)),
        "S980"
    );
    let range = Type::Range { from: 2, to: 5 }.optional();
    assert_eq!(code(check(row(range), "x", &integers)), "S980");
    let narrow: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    assert_eq!(code(check(row(Type::Integer), "x", &narrow)), "S980");
    let words: ArrayRef = Arc::new(StringArray::from(vec!["call", "shout"]));
    let literals = Type::Literals(["call".into()].into());
    assert_eq!(code(check(row(literals), "x", &words)), "S980");
    let nested = Type::List(Arc::new(Type::Integer));
    assert_eq!(code(check(row(nested), "x", &words)), "S980");
    assert_eq!(
        code(Table::from_batch(
            row_type(vec![]),
            batch(vec![("x", narrow)])
        )),
        "S980"
    );
}

#[test]
fn two_columns_need_two_names() {
    let row = row_type(vec![("a", Type::Text), ("a", Type::Text)]);
    assert_eq!(code(Table::empty(row)), "S980");
}

#[test]
fn a_table_may_have_rows_without_columns() {
    let none = Table::from_records(row_type(vec![]), &[record(vec![]), record(vec![])])
        .expect("two empty rows");
    assert_eq!(none.len(), 2);
    let back = sophia_plan::decode(&sophia_plan::encode(&Value::Table(none.clone())));
    assert_eq!(back, Ok(Value::Table(none)));
}
