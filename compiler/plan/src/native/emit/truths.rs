//! Truths, and choices by them: what is missing, what holds, and which of two values is taken.
//!
//! Kept true here: both sides of a choice are there; what is doubtful on the side not taken is no doubt.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64X2, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};

use super::{Emitter, Part};
use crate::native::node::{Form, Node, Order};

impl Emitter<'_> {
    pub(super) fn any(&mut self, left: Option<Value>, right: Option<Value>) -> Option<Value> {
        match (left, right) {
            (Some(left), Some(right)) => Some(self.builder.ins().bor(left, right)),
            (left, right) => left.or(right),
        }
    }

    pub(super) fn all(&mut self, left: Option<Value>, right: Option<Value>) -> Option<Value> {
        match (left, right) {
            (Some(left), Some(right)) => Some(self.builder.ins().band(left, right)),
            (left, right) => left.or(right),
        }
    }

    pub(super) fn required(&mut self, part: Part) -> Part {
        let missing = part.valid.map(|valid| self.builder.ins().bnot(valid));
        Part {
            valid: None,
            doubt: self.any(part.doubt, missing),
            ..part
        }
    }

    pub(super) fn required_part(&mut self, node: &Node) -> Part {
        let part = self.part(node);
        self.required(part)
    }

    /// Where a truth is present and holds.
    pub(super) fn holds(&mut self, part: Part) -> Value {
        self.where_valid(part.value, part.valid)
    }

    /// The same of a truth's value, given where it is present.
    pub(super) fn where_valid(&mut self, value: Value, valid: Option<Value>) -> Value {
        match valid {
            Some(valid) => self.builder.ins().band(value, valid),
            None => value,
        }
    }

    /// What of a doubt lies where a truth holds.
    pub(super) fn within(&mut self, doubt: Option<Value>, holds: Value) -> Option<Value> {
        doubt.map(|doubt| self.builder.ins().band(doubt, holds))
    }

    /// What of a doubt lies where it does not.
    pub(super) fn outside_of(&mut self, doubt: Option<Value>, holds: Value) -> Option<Value> {
        doubt.map(|doubt| self.builder.ins().band_not(doubt, holds))
    }

    /// A part that counts only where a condition holds, so what the condition asks for is there.
    fn part_where(&mut self, condition: &Node, node: &Node) -> Part {
        let before = self.assured.len();
        self.assure(condition);
        let part = self.part(node);
        self.assured.truncate(before);
        part
    }

    /// Notes the slots that are there wherever a condition holds.
    pub(super) fn assure(&mut self, condition: &Node) {
        match condition {
            Node::Present(inner) => {
                if let Node::Input(slot) = **inner {
                    self.assured.push(slot);
                }
            }
            Node::And(left, right) => {
                self.assure(left);
                self.assure(right);
            }
            _ => {}
        }
    }

    pub(super) fn both(&mut self, left: &Node, right: &Node) -> Part {
        let right = self.part_where(left, right);
        let left = self.part(left);
        let left_holds = self.holds(left);
        let right_holds = self.holds(right);
        let right_doubt = self.within(right.doubt, left_holds);
        Part {
            doubt: self.any(left.doubt, right_doubt),
            ..Part::sure(
                Form::Truth,
                self.builder.ins().band(left_holds, right_holds),
            )
        }
    }

    pub(super) fn either(&mut self, left: &Node, right: &Node) -> Part {
        let left = self.part(left);
        let right = self.part(right);
        let left_holds = self.holds(left);
        let right_holds = self.holds(right);
        let right_doubt = self.outside_of(right.doubt, left_holds);
        Part {
            doubt: self.any(left.doubt, right_doubt),
            ..Part::sure(Form::Truth, self.builder.ins().bor(left_holds, right_holds))
        }
    }

    pub(super) fn select(
        &mut self,
        form: Form,
        condition: Value,
        then: Value,
        otherwise: Value,
    ) -> Value {
        if form != Form::Float {
            return self.builder.ins().bitselect(condition, then, otherwise);
        }
        let then = self.cast(I64X2, then);
        let otherwise = self.cast(I64X2, otherwise);
        let chosen = self.builder.ins().bitselect(condition, then, otherwise);
        self.cast(F64X2, chosen)
    }

    pub(super) fn coalesce(&mut self, value: &Node, default: &Node) -> Part {
        let value = self.part(value);
        let Some(present) = value.valid else {
            return value;
        };
        let default = self.part(default);
        let default_doubt = self.outside_of(default.doubt, present);
        Part {
            form: value.form,
            value: self.select(value.form, present, value.value, default.value),
            valid: default
                .valid
                .map(|valid| self.builder.ins().bor(present, valid)),
            doubt: self.any(value.doubt, default_doubt),
            unsettled: value.unsettled || default.unsettled,
        }
    }

    pub(super) fn choose(&mut self, condition: &Node, then: &Node, otherwise: &Node) -> Part {
        let then = self.part_where(condition, then);
        let condition = self.part(condition);
        let holds = self.holds(condition);
        let otherwise = self.part(otherwise);
        let valid = match (then.valid, otherwise.valid) {
            (None, None) => None,
            (then, otherwise) => {
                let all = self.lanes([-1, -1]);
                Some(self.builder.ins().bitselect(
                    holds,
                    then.unwrap_or(all),
                    otherwise.unwrap_or(all),
                ))
            }
        };
        let then_doubt = self.within(then.doubt, holds);
        let otherwise_doubt = self.outside_of(otherwise.doubt, holds);
        let doubt = self.any(then_doubt, otherwise_doubt);
        Part {
            form: then.form,
            value: self.select(then.form, holds, then.value, otherwise.value),
            valid,
            doubt: self.any(condition.doubt, doubt),
            unsettled: then.unsettled || otherwise.unsettled,
        }
    }

    pub(super) fn compare(&mut self, order: Order, form: Form, left: &Node, right: &Node) -> Part {
        let left = self.part(left);
        let right = self.part(right);
        self.compared_parts(order, form, left, right)
    }

    /// As [`Node::Compare`], once its sides are there.
    pub(super) fn compared_parts(
        &mut self,
        order: Order,
        form: Form,
        left: Part,
        right: Part,
    ) -> Part {
        let left = self.settled(left);
        let right = self.settled(right);
        let value = if form == Form::Float {
            let condition = match order {
                Order::Equal => FloatCC::Equal,
                Order::NotEqual => FloatCC::NotEqual,
                Order::Less => FloatCC::LessThan,
                Order::LessOrEqual => FloatCC::LessThanOrEqual,
                Order::Greater => FloatCC::GreaterThan,
                Order::GreaterOrEqual => FloatCC::GreaterThanOrEqual,
            };
            self.builder.ins().fcmp(condition, left.value, right.value)
        } else {
            let condition = match order {
                Order::Equal => IntCC::Equal,
                Order::NotEqual => IntCC::NotEqual,
                Order::Less => IntCC::SignedLessThan,
                Order::LessOrEqual => IntCC::SignedLessThanOrEqual,
                Order::Greater => IntCC::SignedGreaterThan,
                Order::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
            };
            // All bits set is less than none as a number, and more as a truth.
            let (left, right) = match form {
                Form::Truth => (right.value, left.value),
                _ => (left.value, right.value),
            };
            self.builder.ins().icmp(condition, left, right)
        };
        let valid = self.all(left.valid, right.valid);
        let value = self.where_valid(value, valid);
        Part {
            doubt: self.any(left.doubt, right.doubt),
            ..Part::sure(Form::Truth, value)
        }
    }

    /// Applies an operation to each of two lanes on its own.
    pub(super) fn each_lane(
        &mut self,
        to: Type,
        of: &[Value],
        mut operation: impl FnMut(&mut Self, &[Value]) -> Value,
    ) -> Value {
        let [first, second] = [0_u8, 1].map(|lane| {
            let lanes: Vec<Value> = of
                .iter()
                .map(|value| self.builder.ins().extractlane(*value, lane))
                .collect();
            operation(self, &lanes)
        });
        let both = self.builder.ins().scalar_to_vector(to, first);
        self.builder.ins().insertlane(both, second, 1)
    }
}
