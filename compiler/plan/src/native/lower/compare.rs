//! Comparisons, `in` and `like`.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::kind::{Kind, floor};
use super::super::node::{Form, Node, Order};
use super::super::text::{Pattern, Question};
use super::{Lowering, Operand};
use crate::decimal::{canonical, from_double};
use crate::evaluate::{compare, double};
use crate::value::Value;

/// Longer lists are interpreted.
const LONGEST_LIST: usize = 48;
/// The integers up to here are doubles.
const LARGEST_EQUAL: u64 = 1 << 53;

/// The order seen from the other side.
fn turned(order: Order) -> Order {
    match order {
        Order::Less => Order::Greater,
        Order::LessOrEqual => Order::GreaterOrEqual,
        Order::Greater => Order::Less,
        Order::GreaterOrEqual => Order::LessOrEqual,
        order => order,
    }
}

fn comparison(order: Order, form: Form, left: Node, right: Node) -> Node {
    Node::Compare {
        order,
        form,
        left: Box::new(left),
        right: Box::new(right),
    }
}

/// False, unless the node itself is doubtful.
fn never(node: Node, form: Form) -> Node {
    comparison(Order::Equal, form, node, Node::Missing(form))
}

fn truth(node: Node) -> Operand {
    Operand::Row(node, Kind::Boolean)
}

impl Lowering<'_> {
    pub(super) fn compare(
        &mut self,
        order: Order,
        left: Operand,
        right: Operand,
    ) -> Option<Operand> {
        Some(truth(match (left, right) {
            (Operand::Failing, _) | (_, Operand::Failing) => return Some(Operand::Failing),
            (Operand::Row(node, kind), Operand::Fixed(Value::None))
            | (Operand::Fixed(Value::None), Operand::Row(node, kind)) => never(node, kind.form()),
            (Operand::Row(node, kind), Operand::Fixed(value)) => {
                self.against(order, node, &kind, &value)?
            }
            (Operand::Fixed(value), Operand::Row(node, kind)) => {
                self.against(turned(order), node, &kind, &value)?
            }
            (Operand::Row(left, left_kind), Operand::Row(right, right_kind)) => {
                self.between(order, left, &left_kind, right, &right_kind)?
            }
            (Operand::Text(name), Operand::Fixed(Value::Text(text))) => {
                self.answers(&name, Question::Against(order, text))?
            }
            (Operand::Fixed(Value::Text(text)), Operand::Text(name)) => {
                self.answers(&name, Question::Against(turned(order), text))?
            }
            (Operand::Text(left), Operand::Text(right)) => {
                let right = self.texts(&right)?;
                self.answers(&left, Question::Between(order, right))?
            }
            _ => return None,
        }))
    }

    /// A row's value against one that is the same for every row.
    fn against(&mut self, order: Order, node: Node, kind: &Kind, value: &Value) -> Option<Node> {
        match (kind, value) {
            (Kind::Boolean, Value::Boolean(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::Percent, Value::Percent(_)) => {
                let word = kind.word(value)?;
                let other = self.parameter(word, kind.form());
                Some(comparison(order, kind.form(), node, other))
            }
            (Kind::Number, Value::Integer(integer)) if integer.unsigned_abs() <= LARGEST_EQUAL => {
                let word = double(*integer).to_bits().cast_signed();
                let other = self.parameter(word, Form::Float);
                Some(comparison(order, Form::Float, node, other))
            }
            (Kind::Integer, Value::Number(number)) => {
                let floor = number.floor().to_i64()?;
                Some(self.against_floor(order, node, floor, number.fract() == 0.0))
            }
            (Kind::Integer, Value::Decimal(decimal)) => {
                let whole = canonical(decimal.floor());
                Some(self.against_floor(order, node, whole.to_i64()?, whole == *decimal))
            }
            (Kind::Decimal, Value::Integer(integer)) => {
                self.against_floor_of(order, node, &Value::Decimal(Decimal::from(*integer)))
            }
            (Kind::Decimal, Value::Number(number)) => {
                self.against_floor_of(order, node, &Value::Decimal(from_double(*number)?))
            }
            (kind, value) if Kind::of_value(value).as_ref() == Some(kind) => {
                self.against_floor_of(order, node, value)
            }
            _ => None,
        }
    }

    fn against_floor_of(&mut self, order: Order, node: Node, value: &Value) -> Option<Node> {
        let (word, exact) = floor(value)?;
        Some(self.against_floor(order, node, word, exact))
    }

    /// Against a value that lies at a word, or between it and the next.
    fn against_floor(&mut self, order: Order, node: Node, word: i64, exact: bool) -> Node {
        let order = match order {
            order if exact => order,
            Order::Equal => return never(node, Form::Whole),
            Order::NotEqual => return Node::Present(Box::new(node)),
            Order::Less | Order::LessOrEqual => Order::LessOrEqual,
            Order::Greater | Order::GreaterOrEqual => Order::Greater,
        };
        let other = self.parameter(word, Form::Whole);
        comparison(order, Form::Whole, node, other)
    }

    fn between(
        &mut self,
        order: Order,
        left: Node,
        left_kind: &Kind,
        right: Node,
        right_kind: &Kind,
    ) -> Option<Node> {
        Some(match (left_kind, right_kind) {
            (left_kind, right_kind) if left_kind == right_kind => {
                comparison(order, left_kind.form(), left, right)
            }
            (Kind::Integer, Kind::Number) => {
                let left = Node::ToEqualFloat(Box::new(left));
                comparison(order, Form::Float, left, right)
            }
            (Kind::Number, Kind::Integer) => {
                let right = Node::ToEqualFloat(Box::new(right));
                comparison(order, Form::Float, left, right)
            }
            (Kind::Integer, Kind::Decimal) => {
                let left = self.exact_from_integer(left);
                comparison(order, Form::Whole, left, right)
            }
            (Kind::Decimal, Kind::Integer) => {
                let right = self.exact_from_integer(right);
                comparison(order, Form::Whole, left, right)
            }
            _ => return None,
        })
    }

    pub(super) fn like(&mut self, text: &Operand, pattern: &Operand) -> Option<Operand> {
        match (text, pattern) {
            (Operand::Text(name), Operand::Fixed(Value::Text(pattern))) => {
                let question = Question::Like(Pattern::of(pattern));
                self.answers(name, question).map(truth)
            }
            _ => None,
        }
    }

    /// `x in xs` for a list that is the same for every row.
    pub(super) fn contained(&mut self, value: Operand, set: Operand) -> Option<Operand> {
        let Operand::Fixed(Value::List(items)) = set else {
            return None;
        };
        match value {
            Operand::Text(name) => {
                let texts = items
                    .iter()
                    .filter_map(|item| match item {
                        Value::Text(text) => Some(Arc::clone(text)),
                        _ => None,
                    })
                    .collect();
                self.answers(&name, Question::OneOf(texts)).map(truth)
            }
            Operand::Row(node, kind) => {
                let one = kind.value(0)?;
                let mut found = never(node.clone(), kind.form());
                for item in items.iter() {
                    // What cannot be compared is not the same, and no mistake.
                    if compare(&one, item).is_none() {
                        continue;
                    }
                    let same = self.against(Order::Equal, node.clone(), &kind, item)?;
                    found = match found {
                        Node::Compare { right, .. } if matches!(*right, Node::Missing(_)) => same,
                        found => Node::Or(Box::new(found), Box::new(same)),
                    };
                }
                (items.len() <= LONGEST_LIST).then_some(truth(found))
            }
            _ => None,
        }
    }
}
