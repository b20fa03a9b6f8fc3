//! Arithmetic, kind by kind, as the interpreter has it.

use rust_decimal::Decimal;

use super::super::kind::{Kind, days, floor};
use super::super::node::{FloatOperator, Form, Node, WholeOperator};
use super::{Lowering, Operand, kind_of};
use crate::decimal::{canonical, from_double};
use crate::evaluate::double;
use crate::expression::Operator;
use crate::value::Value;

const DAY: i64 = 86_400_000;
const LAST_MICROSECOND: i64 = 86_399_999_999;

fn whole(operator: WholeOperator, left: Node, right: Node) -> Node {
    Node::Whole(operator, Box::new(left), Box::new(right))
}

fn float(operator: FloatOperator, left: Node, right: Node) -> Node {
    Node::Float(operator, Box::new(left), Box::new(right))
}

fn to_float(node: Node) -> Node {
    Node::ToFloat(Box::new(node))
}

fn quotient(of: Node, by: i64, exact: bool) -> Node {
    Node::Quotient {
        of: Box::new(of),
        by,
        exact,
    }
}

fn bounded(of: Node, from: i64, to: i64) -> Node {
    Node::Bounded {
        of: Box::new(of),
        from,
        to,
    }
}

impl Lowering<'_> {
    pub(super) fn negate(inner: Operand) -> Option<Operand> {
        match inner {
            Operand::Failing => Some(Operand::Failing),
            Operand::Row(_, Kind::Boolean | Kind::Date | Kind::Time | Kind::Timestamp) => None,
            Operand::Row(node, kind) => Some(Operand::Row(
                Node::Negate(kind.form(), Box::new(node)),
                kind,
            )),
            _ => None,
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Operand,
        right: &Operand,
    ) -> Option<Operand> {
        if [left, right]
            .iter()
            .any(|side| matches!(side, Operand::Failing | Operand::Fixed(Value::None)))
        {
            return Some(Operand::Failing);
        }
        let kinds = (kind_of(left)?, kind_of(right)?);
        let (node, kind) = match operator {
            Operator::Add => self.sum(left, right, kinds)?,
            Operator::Subtract => self.difference(left, right, kinds)?,
            Operator::Multiply => self.product(left, right, kinds)?,
            Operator::Divide => self.ratio(left, right, &kinds)?,
            Operator::Modulo => self.plain(
                WholeOperator::Modulo,
                FloatOperator::Modulo,
                left,
                right,
                &kinds,
            )?,
            _ => return None,
        };
        Some(Operand::Row(node, kind))
    }

    fn sum(
        &mut self,
        left: &Operand,
        right: &Operand,
        kinds: (Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Duration, kind @ (Kind::Date | Kind::Timestamp | Kind::Time)) => {
                self.moved(WholeOperator::Add, right, kind, left)
            }
            (kind @ (Kind::Date | Kind::Timestamp | Kind::Time), Kind::Duration) => {
                self.moved(WholeOperator::Add, left, kind, right)
            }
            kinds => self.alike(WholeOperator::Add, FloatOperator::Add, left, right, kinds),
        }
    }

    fn difference(
        &mut self,
        left: &Operand,
        right: &Operand,
        kinds: (Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Date, Kind::Date) => {
                let days = self.difference_of_words(left, right, &Kind::Date)?;
                let day = self.parameter(DAY, Form::Whole);
                Some((whole(WholeOperator::Multiply, days, day), Kind::Duration))
            }
            (kind @ (Kind::Timestamp | Kind::Time), other) if kind == other => {
                let microseconds = self.difference_of_words(left, right, &kind)?;
                Some((quotient(microseconds, 1000, false), Kind::Duration))
            }
            (kind @ (Kind::Date | Kind::Timestamp | Kind::Time), Kind::Duration) => {
                self.moved(WholeOperator::Subtract, left, kind, right)
            }
            kinds => self.alike(
                WholeOperator::Subtract,
                FloatOperator::Subtract,
                left,
                right,
                kinds,
            ),
        }
    }

    fn difference_of_words(
        &mut self,
        left: &Operand,
        right: &Operand,
        kind: &Kind,
    ) -> Option<Node> {
        let left = self.node(left, kind)?;
        let right = self.node(right, kind)?;
        Some(whole(WholeOperator::Subtract, left, right))
    }

    /// A date, a timestamp or a time moved by a duration, within the calendar.
    fn moved(
        &mut self,
        operator: WholeOperator,
        start: &Operand,
        kind: Kind,
        by: &Operand,
    ) -> Option<(Node, Kind)> {
        let start = self.node(start, &kind)?;
        let by = self.node(by, &Kind::Duration)?;
        let (by, from, to) = if kind == Kind::Date {
            let calendar = (jiff::civil::Date::MIN, jiff::civil::Date::MAX);
            (quotient(by, DAY, true), days(calendar.0), days(calendar.1))
        } else {
            let thousand = self.parameter(1000, Form::Whole);
            let by = whole(WholeOperator::Multiply, by, thousand);
            if kind == Kind::Time {
                (by, 0, LAST_MICROSECOND)
            } else {
                let calendar = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
                let (first, last) = calendar;
                (by, first.as_microsecond(), last.as_microsecond())
            }
        };
        Some((bounded(whole(operator, start, by), from, to), kind))
    }

    /// Shares with shares, durations with durations, money with money of its currency, or plain
    /// numbers.
    fn alike(
        &mut self,
        on_words: WholeOperator,
        on_floats: FloatOperator,
        left: &Operand,
        right: &Operand,
        kinds: (Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Percent, Kind::Percent) => {
                let left = self.node(left, &Kind::Percent)?;
                let right = self.node(right, &Kind::Percent)?;
                Some((float(on_floats, left, right), Kind::Percent))
            }
            (kind @ (Kind::Duration | Kind::Money(_)), other) if kind == other => {
                let left = self.node(left, &kind)?;
                let right = self.node(right, &kind)?;
                Some((whole(on_words, left, right), kind))
            }
            // Two currencies fail for every row.
            kinds => self.plain(on_words, on_floats, left, right, &kinds),
        }
    }

    /// Integers, numbers and decimals.
    fn plain(
        &mut self,
        on_words: WholeOperator,
        on_floats: FloatOperator,
        left: &Operand,
        right: &Operand,
        kinds: &(Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Integer, Kind::Integer) => {
                let left = self.node(left, &Kind::Integer)?;
                let right = self.node(right, &Kind::Integer)?;
                Some((whole(on_words, left, right), Kind::Integer))
            }
            (Kind::Integer | Kind::Number, Kind::Integer | Kind::Number) => {
                let left = self.inexact(left)?;
                let right = self.inexact(right)?;
                Some((float(on_floats, left, right), Kind::Number))
            }
            (Kind::Decimal, Kind::Integer | Kind::Number | Kind::Decimal)
            | (Kind::Integer | Kind::Number, Kind::Decimal) => {
                let left = self.exact(left)?;
                let right = self.exact(right)?;
                Some((whole(on_words, left, right), Kind::Decimal))
            }
            _ => None,
        }
    }

    /// A number or a share as a double.
    fn inexact(&mut self, operand: &Operand) -> Option<Node> {
        let number = match operand {
            Operand::Row(node, Kind::Integer) => return Some(to_float(node.clone())),
            Operand::Row(node, Kind::Number | Kind::Percent) => return Some(node.clone()),
            Operand::Fixed(Value::Integer(integer)) => double(*integer),
            Operand::Fixed(Value::Number(number) | Value::Percent(number)) => *number,
            _ => return None,
        };
        Some(self.parameter(number.to_bits().cast_signed(), Form::Float))
    }

    /// A plain number in billionths.
    fn exact(&mut self, operand: &Operand) -> Option<Node> {
        match operand {
            Operand::Row(node, Kind::Decimal) => Some(node.clone()),
            Operand::Row(node, Kind::Integer) => Some(self.exact_from_integer(node.clone())),
            Operand::Fixed(value) => {
                let (word, exact) = floor(&Value::Decimal(exactly(value)?))?;
                exact.then(|| self.parameter(word, Form::Whole))
            }
            _ => None,
        }
    }

    fn product(
        &mut self,
        left: &Operand,
        right: &Operand,
        kinds: (Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Percent, Kind::Percent) => {
                let left = self.inexact(left)?;
                let right = self.inexact(right)?;
                Some((float(FloatOperator::Multiply, left, right), Kind::Percent))
            }
            (Kind::Money(_), Kind::Money(_)) => None,
            (kind @ Kind::Money(_), _) => self.multiple(left, kind, right),
            (_, kind @ Kind::Money(_)) => self.multiple(right, kind, left),
            (Kind::Duration, Kind::Integer) | (Kind::Integer, Kind::Duration) => {
                let left_kind = kind_of(left)?;
                let right_kind = kind_of(right)?;
                let left = self.node(left, &left_kind)?;
                let right = self.node(right, &right_kind)?;
                Some((whole(WholeOperator::Multiply, left, right), Kind::Duration))
            }
            (Kind::Duration, Kind::Number | Kind::Percent) => {
                self.scaled_duration(FloatOperator::Multiply, left, right)
            }
            (Kind::Number | Kind::Percent, Kind::Duration) => {
                self.scaled_duration(FloatOperator::Multiply, right, left)
            }
            (Kind::Decimal, Kind::Decimal) if matches!(left, Operand::Fixed(_)) => {
                self.multiple(right, Kind::Decimal, left)
            }
            (Kind::Decimal, _) => self.multiple(left, Kind::Decimal, right),
            (_, Kind::Decimal) => self.multiple(right, Kind::Decimal, left),
            (
                Kind::Integer | Kind::Number | Kind::Percent,
                Kind::Integer | Kind::Number | Kind::Percent,
            ) if kinds != (Kind::Integer, Kind::Integer) => {
                let left = self.inexact(left)?;
                let right = self.inexact(right)?;
                Some((float(FloatOperator::Multiply, left, right), Kind::Number))
            }
            kinds => self.plain(
                WholeOperator::Multiply,
                FloatOperator::Multiply,
                left,
                right,
                &kinds,
            ),
        }
    }

    /// Exact amounts times a row's integer, or a row's amounts times a factor that is the same for
    /// every row.
    fn multiple(&mut self, amount: &Operand, kind: Kind, factor: &Operand) -> Option<(Node, Kind)> {
        let node = self.node(amount, &kind)?;
        match factor {
            Operand::Row(factor, Kind::Integer) => {
                Some((whole(WholeOperator::Multiply, node, factor.clone()), kind))
            }
            Operand::Fixed(value) => {
                let factor = canonical(exactly(value)?);
                let digits = i64::try_from(factor.mantissa()).ok()?;
                let digits = self.parameter(digits, Form::Whole);
                let product = whole(WholeOperator::Multiply, node, digits);
                match factor.scale() {
                    0 => Some((product, kind)),
                    // The digits of both together must fit a decimal, or the interpreter rounds.
                    scale @ 1..=18 => {
                        Some((quotient(product, 10_i64.checked_pow(scale)?, true), kind))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn scaled_duration(
        &mut self,
        operator: FloatOperator,
        length: &Operand,
        by: &Operand,
    ) -> Option<(Node, Kind)> {
        let length = to_float(self.node(length, &Kind::Duration)?);
        let by = self.inexact(by)?;
        let scaled = float(operator, length, by);
        Some((Node::ToNearestWhole(Box::new(scaled)), Kind::Duration))
    }

    fn ratio(
        &mut self,
        left: &Operand,
        right: &Operand,
        kinds: &(Kind, Kind),
    ) -> Option<(Node, Kind)> {
        match kinds {
            (Kind::Duration, Kind::Duration) => {
                let left = to_float(self.node(left, &Kind::Duration)?);
                let right = to_float(self.node(right, &Kind::Duration)?);
                Some((float(FloatOperator::Divide, left, right), Kind::Number))
            }
            (Kind::Duration, Kind::Integer | Kind::Number | Kind::Percent) => {
                self.scaled_duration(FloatOperator::Divide, left, right)
            }
            (
                Kind::Integer | Kind::Number | Kind::Percent,
                Kind::Integer | Kind::Number | Kind::Percent,
            ) => {
                let left = self.inexact(left)?;
                let right = self.inexact(right)?;
                Some((float(FloatOperator::Divide, left, right), Kind::Number))
            }
            // A quotient of decimals mostly has more digits than a word.
            _ => None,
        }
    }
}

/// A plain number or a share, exactly, by the digits of its shortest form.
fn exactly(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(integer) => Some(Decimal::from(*integer)),
        Value::Number(number) | Value::Percent(number) => from_double(*number),
        Value::Decimal(decimal) => Some(*decimal),
        _ => None,
    }
}
