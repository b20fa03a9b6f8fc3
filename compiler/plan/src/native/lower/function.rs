//! The functions of single values.

use super::super::kind::Kind;
use super::super::node::{FloatOperator, Form, Layout, Node, Slot, WholeOperator};
use super::super::text::{Pattern, Question};
use super::{Lowering, Operand, Source};
use crate::evaluate::double;
use crate::expression::{Expression, Function};
use crate::value::Value;

impl Lowering<'_> {
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &[Expression],
        depth: u32,
    ) -> Option<Operand> {
        match (function, arguments) {
            (Function::Round, [value]) => {
                let value = self.operand(value, depth)?;
                round(value, 0)
            }
            (Function::Round, [value, digits]) => {
                let value = self.operand(value, depth)?;
                match self.operand(digits, depth)? {
                    Operand::Fixed(Value::Integer(digits)) => round(value, digits.clamp(-28, 28)),
                    _ => None,
                }
            }
            (Function::Days, [count]) => self.span(count, depth, 86_400_000),
            (Function::Hours, [count]) => self.span(count, depth, 3_600_000),
            (Function::Minutes, [count]) => self.span(count, depth, 60_000),
            (Function::Length, [text]) => {
                let Operand::Text(name) = self.operand(text, depth)? else {
                    return None;
                };
                let slot = Slot {
                    layout: Layout::Words,
                    nullable: false,
                };
                let source = Source::Lengths(self.texts(&name)?);
                let length = Node::Input(self.slot(slot, source));
                let node = self.where_present(&name, length)?;
                Some(Operand::Row(node, Kind::Integer))
            }
            (Function::Contains | Function::StartsWith | Function::EndsWith, [whole, part]) => {
                let Operand::Text(name) = self.operand(whole, depth)? else {
                    return None;
                };
                let Operand::Fixed(Value::Text(part)) = self.operand(part, depth)? else {
                    return None;
                };
                let pattern = match function {
                    Function::Contains => Pattern::contains(&part),
                    Function::StartsWith => Pattern::Begins((*part).into()),
                    _ => Pattern::Ends((*part).into()),
                };
                let answers = self.answers(&name, Question::Like(pattern))?;
                let node = self.where_present(&name, answers)?;
                Some(Operand::Row(node, Kind::Boolean))
            }
            _ => None,
        }
    }

    /// What was derived from a text column, which these functions need to be there.
    fn where_present(&mut self, name: &str, value: Node) -> Option<Node> {
        Some(Node::RequiredWith {
            condition: Box::new(self.presence(name)?),
            value: Box::new(value),
        })
    }

    fn span(&mut self, count: &Expression, depth: u32, length: i64) -> Option<Operand> {
        let node = match self.operand(count, depth)? {
            Operand::Failing => return Some(Operand::Failing),
            Operand::Row(node, Kind::Integer) => {
                let length = self.parameter(length, Form::Whole);
                Node::Whole(WholeOperator::Multiply, Box::new(node), Box::new(length))
            }
            Operand::Row(node, Kind::Number) => {
                let length = self.parameter(double(length).to_bits().cast_signed(), Form::Float);
                let product =
                    Node::Float(FloatOperator::Multiply, Box::new(node), Box::new(length));
                Node::ToNearestWhole(Box::new(product))
            }
            _ => return None,
        };
        Some(Operand::Row(node, Kind::Duration))
    }
}

fn round(value: Operand, digits: i64) -> Option<Operand> {
    let (node, kind) = match value {
        Operand::Failing => return Some(Operand::Failing),
        Operand::Row(node, kind) => (Box::new(node), kind),
        _ => return None,
    };
    let node = match kind {
        Kind::Integer if digits >= 0 => Node::Required(node),
        Kind::Number => Node::Round { of: node, digits },
        Kind::Percent => Node::Round {
            of: node,
            digits: digits + 2,
        },
        _ => return None,
    };
    Some(Operand::Row(node, kind))
}
