//! One value from many, and what it is over nothing.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Function};
use sophia_plan::{Currency, Type, Value};

use crate::common::{call, code, constant, list, money, record, run, table};

const fn integer(integer: i64) -> Value {
    Value::Integer(integer)
}

const fn number(number: f64) -> Value {
    Value::Number(number)
}

#[test]
fn a_sum_over_nothing_is_zero_of_its_kind() {
    let usd = Type::Money(Currency("USD".into()));
    let empty = table(vec![("amount", usd.clone())], vec![]);
    let amounts = Expression::Field {
        of: constant(Value::Table(empty)),
        name: "amount".into(),
        optional: false,
    };
    let of = |function| run(&call(function, vec![amounts.clone()]));
    assert_eq!(of(Function::Sum), Ok(money("0", "USD")));
    assert_eq!(of(Function::Count), Ok(integer(0)));
    for function in [
        Function::Average,
        Function::Min,
        Function::Max,
        Function::First,
        Function::Last,
    ] {
        assert_eq!(of(function), Ok(Value::None), "{function:?}");
    }
    let converted = Expression::Convert {
        value: Box::new(call(Function::Sum, vec![*constant(list(vec![]))])),
        to: usd,
    };
    assert_eq!(run(&converted), Ok(money("0", "USD")));
}

#[test]
fn aggregates_leave_out_what_is_missing() {
    let of = |function, items: Vec<Value>| run(&call(function, vec![*constant(list(items))]));
    let items = || vec![integer(3), Value::None, integer(6)];
    assert_eq!(of(Function::Sum, items()), Ok(integer(9)));
    assert_eq!(of(Function::Average, items()), Ok(number(4.5)));
    assert_eq!(of(Function::Min, items()), Ok(integer(3)));
    assert_eq!(of(Function::Max, items()), Ok(integer(6)));
    assert_eq!(of(Function::Count, items()), Ok(integer(3)));
    assert_eq!(of(Function::Last, items()), Ok(integer(6)));
    assert_eq!(
        of(
            Function::Average,
            vec![Value::Percent(0.5), Value::Percent(1.0)]
        ),
        Ok(Value::Percent(0.75))
    );
    assert_eq!(
        of(
            Function::Average,
            vec![money("1", "USD"), money("2", "USD")]
        ),
        Ok(money("1.5", "USD"))
    );
    assert_eq!(
        code(of(
            Function::Sum,
            vec![money("1", "USD"), money("2", "EUR")]
        )),
        "S973"
    );
    let several = call(
        Function::Max,
        vec![*constant(integer(1)), *constant(integer(2))],
    );
    assert_eq!(run(&several), Ok(integer(2)));
    let records = Value::List(Arc::new(vec![Value::Record(record(vec![]))]));
    assert_eq!(
        code(run(&call(Function::Sum, vec![*constant(integer(1))]))),
        "S970"
    );
    assert_eq!(
        run(&call(Function::Count, vec![*constant(records)])),
        Ok(integer(1))
    );
}
