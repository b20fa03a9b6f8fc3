//! Values as bytes: what is written is read back, and garbage is refused without a panic.

use crate::common::generate::{config, typed_value};
use crate::common::{exact, list, money, row_type, table, text};
use proptest::prelude::*;
use sophia_plan::{Table, Type, Value, decode, encode};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_value_survives((_, value) in typed_value()) {
        let back = decode(&encode(&value)).expect("our own bytes");
        prop_assert_eq!(back, value);
    }

    #[test]
    fn every_number_survives_to_the_bit(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        match decode(&encode(&Value::Number(number))).expect("our own bytes") {
            Value::Number(back) => prop_assert_eq!(back.to_bits(), bits),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn garbage_is_refused_quietly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let _ = decode(&[&[1], bytes.as_slice()].concat());
    }

    #[test]
    fn damage_is_survived((_, value) in typed_value(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = encode(&value);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _ = decode(&bytes);
        bytes.truncate(place);
        prop_assert!(decode(&bytes).is_err());
    }
}

#[test]
fn numbers_that_are_none_survive_in_columns() {
    let numbers = table(
        vec![("x", Type::Number.optional())],
        vec![
            vec![Value::Number(f64::NAN)],
            vec![Value::Number(f64::NEG_INFINITY)],
            vec![Value::None],
        ],
    );
    let Value::Table(back) = decode(&encode(&Value::Table(numbers))).expect("our own bytes") else {
        panic!("a table");
    };
    assert!(matches!(back.value(0, "x"), Value::Number(number) if number.is_nan()));
    assert_eq!(back.value(1, "x"), Value::Number(f64::NEG_INFINITY));
    assert_eq!(back.value(2, "x"), Value::None);
}

#[test]
fn equal_amounts_give_equal_bytes() {
    assert_eq!(
        encode(&money("12.50", "USD")),
        encode(&money("12.5", "USD"))
    );
    assert_eq!(
        encode(&Value::Decimal(exact("-0.0"))),
        encode(&Value::Decimal(exact("0")))
    );
}

#[test]
fn bytes_that_claim_endless_nesting_are_refused() {
    // A list of one list of one list …: tag 13, length 1.
    let mut bytes = vec![1];
    bytes.extend([13, 1].repeat(2_000_000));
    let problem = decode(&bytes).expect_err("too deep");
    assert_eq!(problem.code.as_str(), "S981");
    // The count of levels is left as it was found.
    let mut nested = text("deep");
    for _ in 0..200 {
        nested = list(vec![nested]);
    }
    assert_eq!(decode(&encode(&nested)).expect("deep enough"), nested);
}

#[test]
fn another_format_is_named() {
    let problem = decode(&[9, 0]).expect_err("another format");
    assert!(problem.causes.join(" ").contains("format 9"), "{problem}");
    assert!(decode(&[]).is_err());
    assert!(decode(&[encode(&Value::None), vec![0]].concat()).is_err());
}

#[test]
fn a_damaged_table_is_refused_before_arrow_reads_it() {
    let rows = Table::from_records(row_type(vec![("n", Type::Integer)]), &[]).expect("no rows");
    let bytes = encode(&Value::Table(rows));
    for place in 40..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        assert!(decode(&damaged).is_err(), "byte {place}");
    }
}
