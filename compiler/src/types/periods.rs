//! `start of quarter`, `end of last year`: the ends of periods, by the calendar of the playbook.
//!
//! Kept true here: a year and its quarters begin with the first month of the calendar's year; days, weeks and months
//! are the same everywhere.

use sophia_language::syntax::{Edge, Period, Which};
use sophia_plan::expression::{self as plan, Expression as Code, Function, Operator};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::Typed;
use crate::checker::Checker;

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

impl Checker<'_> {
    /// `start of quarter`, `end of last month`
    pub(super) fn boundary(&self, edge: Edge, which: Which, period: Period) -> Typed {
        let offset = match which {
            Which::Last => -1,
            Which::This => 0,
            Which::Next => 1,
        };
        let first = i64::from(self.year_starts);
        let code = match period {
            Period::Year if first > 1 => moved(edge, offset, |offset| year(first, offset)),
            Period::Quarter if (first - 1) % 3 > 0 => {
                moved(edge, offset, |offset| quarter((first - 1) % 3, offset))
            }
            _ => Code::Boundary {
                edge: match edge {
                    Edge::Start => plan::Edge::Start,
                    Edge::End => plan::Edge::End,
                },
                offset,
                period: match period {
                    Period::Day => plan::Period::Day,
                    Period::Week => plan::Period::Week,
                    Period::Month => plan::Period::Month,
                    Period::Quarter => plan::Period::Quarter,
                    Period::Year => plan::Period::Year,
                },
            },
        };
        Typed::new(code, Type::Date)
    }
}

/// An end of a period: its start, or the day before the start of the next.
fn moved(edge: Edge, offset: i8, start: impl Fn(i64) -> Code) -> Code {
    match edge {
        Edge::Start => start(offset.into()),
        Edge::End => binary(
            Operator::Subtract,
            start(i64::from(offset) + 1),
            Code::Constant(Value::Duration(DAY)),
        ),
    }
}

/// The start of the year that began last, or of one so many years away.
fn year(first: i64, offset: i64) -> Code {
    let months = first - 1 + 12 * offset;
    let months = Code::If {
        condition: Box::new(binary(Operator::Less, this_month(), integer(first))),
        then: Box::new(integer(months - 12)),
        otherwise: Box::new(integer(months)),
    };
    later(plan::Period::Year, months)
}

/// The start of the quarter that began last, or of one so many quarters away. Quarters begin so many months after
/// January, April, July and October.
fn quarter(after: i64, offset: i64) -> Code {
    let since = binary(
        Operator::Modulo,
        binary(Operator::Subtract, this_month(), integer(1 + after)),
        integer(3),
    );
    let months = binary(Operator::Subtract, integer(3 * offset), since);
    later(plan::Period::Month, months)
}

/// So many months after the start of this period.
fn later(period: plan::Period, months: Code) -> Code {
    let start = Code::Boundary {
        edge: plan::Edge::Start,
        offset: 0,
        period,
    };
    Code::Call {
        function: Function::AddMonths,
        arguments: vec![start, months],
    }
}

fn this_month() -> Code {
    Code::Call {
        function: Function::MonthOf,
        arguments: vec![Code::Call {
            function: Function::Today,
            arguments: Vec::new(),
        }],
    }
}

fn binary(operator: Operator, left: Code, right: Code) -> Code {
    Code::Binary {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    }
}

fn integer(value: i64) -> Code {
    Code::Constant(Value::Integer(value))
}
