//! Conditions of eight rows at a time, as the bits of one byte: what holds, what is missing and what is doubtful is put
//! together with one operation where four pairs of lanes would take four.
//!
//! Kept true here: as in `truths`, what is doubtful on the side not taken is no doubt; no bit above the eighth is
//! ever set.

use cranelift_codegen::ir::types::{I8X16, I32, I32X4, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};

use super::{Emitter, PAIRS, Part};
use crate::native::node::{Form, Layout, Node, Order};

/// Eight bits set.
const ALL: i64 = 0xff;

/// The answers of eight rows to a condition, the first row's lowest.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    pub(super) value: Value,
    /// The rows that have an answer; all of them where this is `None`.
    pub(super) valid: Option<Value>,
    /// The rows that the interpreter must decide; none of them where this is `None`.
    pub(super) doubt: Option<Value>,
}

impl Bits {
    fn sure(value: Value) -> Self {
        Self {
            value,
            valid: None,
            doubt: None,
        }
    }
}

impl Emitter<'_> {
    /// What a condition comes to for each row of the block.
    pub(super) fn condition(&mut self, node: &Node) -> Bits {
        match node {
            Node::Not(inner) => {
                let inner = self.condition(inner);
                Bits {
                    value: self.opposite(inner.value),
                    ..inner
                }
            }
            Node::And(left, right) => self.both_bits(left, right),
            Node::Or(left, right) => self.either_bits(left, right),
            Node::Present(inner) => match **inner {
                Node::Input(slot) => {
                    let present = self.present(slot);
                    Bits::sure(self.or_all(present))
                }
                _ => self.gathered(node),
            },
            Node::Compare {
                order,
                form: Form::Truth,
                left,
                right,
            } => self.compared_truths(*order, left, right),
            Node::Compare {
                order,
                form,
                left,
                right,
            } => self.compared(*order, *form, left, right),
            Node::Choose {
                condition,
                then,
                otherwise,
            } => self.chosen(condition, then, otherwise),
            Node::Input(slot) => self.answers(*slot).unwrap_or_else(|| self.gathered(node)),
            _ => self.gathered(node),
        }
    }

    fn both_bits(&mut self, left: &Node, right: &Node) -> Bits {
        let right = self.condition_where(left, right);
        let left = self.condition(left);
        let left_holds = self.holding(left);
        let right_holds = self.holding(right);
        let doubt = self.within(right.doubt, left_holds);
        Bits {
            doubt: self.any(left.doubt, doubt),
            ..Bits::sure(self.builder.ins().band(left_holds, right_holds))
        }
    }

    fn either_bits(&mut self, left: &Node, right: &Node) -> Bits {
        let left = self.condition(left);
        let right = self.condition(right);
        let left_holds = self.holding(left);
        let right_holds = self.holding(right);
        let doubt = self.outside_of(right.doubt, left_holds);
        Bits {
            doubt: self.any(left.doubt, doubt),
            ..Bits::sure(self.builder.ins().bor(left_holds, right_holds))
        }
    }

    fn chosen(&mut self, condition: &Node, then: &Node, otherwise: &Node) -> Bits {
        let then = self.condition_where(condition, then);
        let condition = self.condition(condition);
        let holds = self.holding(condition);
        let otherwise = self.condition(otherwise);
        let valid = match (then.valid, otherwise.valid) {
            (None, None) => None,
            (then, otherwise) => {
                let then = self.or_all(then);
                let otherwise = self.or_all(otherwise);
                Some(self.builder.ins().bitselect(holds, then, otherwise))
            }
        };
        let then_doubt = self.within(then.doubt, holds);
        let otherwise_doubt = self.outside_of(otherwise.doubt, holds);
        let doubt = self.any(then_doubt, otherwise_doubt);
        Bits {
            value: (self.builder.ins()).bitselect(holds, then.value, otherwise.value),
            valid,
            doubt: self.any(condition.doubt, doubt),
        }
    }

    /// A condition that counts only where another holds, so what the other asks for is there.
    fn condition_where(&mut self, holds: &Node, node: &Node) -> Bits {
        let before = self.assured.len();
        self.assure(holds);
        let bits = self.condition(node);
        self.assured.truncate(before);
        bits
    }

    fn compared_truths(&mut self, order: Order, left: &Node, right: &Node) -> Bits {
        let left = self.condition(left);
        let right = self.condition(right);
        let (x, y) = (left.value, right.value);
        let value = match order {
            Order::NotEqual => self.builder.ins().bxor(x, y),
            Order::Equal => {
                let differ = self.builder.ins().bxor(x, y);
                self.opposite(differ)
            }
            // No is less than yes.
            Order::Less => self.builder.ins().band_not(y, x),
            Order::Greater => self.builder.ins().band_not(x, y),
            Order::LessOrEqual => {
                let greater = self.builder.ins().band_not(x, y);
                self.opposite(greater)
            }
            Order::GreaterOrEqual => {
                let less = self.builder.ins().band_not(y, x);
                self.opposite(less)
            }
        };
        let valid = self.all(left.valid, right.valid);
        Bits {
            doubt: self.any(left.doubt, right.doubt),
            ..Bits::sure(self.where_valid(value, valid))
        }
    }

    fn compared(&mut self, order: Order, form: Form, left: &Node, right: &Node) -> Bits {
        for (side, other, is_left) in [(left, right, true), (right, left, false)] {
            // What stands in for a gap is compared on its own, and each row takes one of the two answers.
            if let Node::Coalesce(value, default) = side
                && let Node::Input(slot) = **value
                && matches!(other, Node::Parameter(..) | Node::Input(_))
            {
                let against = |this: &mut Self, side: &Node| {
                    let (left, right) = if is_left {
                        (side, other)
                    } else {
                        (other, side)
                    };
                    this.compared(order, form, left, right)
                };
                let there = against(self, value);
                let Some(present) = self.present(slot) else {
                    return there;
                };
                let missing = against(self, default);
                let value = self.builder.ins().band_not(missing.value, present);
                return Bits {
                    value: self.builder.ins().bor(there.value, value),
                    doubt: self.outside_of(missing.doubt, present),
                    ..there
                };
            }
        }
        let parts = self.each_pair(|this| {
            let left = this.side(left);
            let right = this.side(right);
            this.compared_parts(order, form, left, right)
        });
        let bits = self.gather(parts);
        let mut value = bits.value;
        for side in [left, right] {
            if let Node::Input(slot) = side {
                let present = self.present(*slot);
                value = self.where_valid(value, present);
            }
        }
        Bits { value, ..bits }
    }

    /// A side of a comparison, as if none of a column's own values were missing.
    fn side(&mut self, node: &Node) -> Part {
        match node {
            Node::Input(slot) => Part {
                valid: None,
                ..self.loaded(*slot)
            },
            _ => self.part(node),
        }
    }

    /// What is computed in lanes.
    fn gathered(&mut self, node: &Node) -> Bits {
        let parts = self.each_pair(|this| {
            let part = this.part(node);
            this.settled(part)
        });
        self.gather(parts)
    }

    pub(super) fn each_pair(&mut self, mut part: impl FnMut(&mut Self) -> Part) -> [Part; PAIRS] {
        std::array::from_fn(|pair| {
            self.pair = pair;
            part(self)
        })
    }

    fn gather(&mut self, parts: [Part; PAIRS]) -> Bits {
        Bits {
            value: self.gather_lanes(parts.map(|part| part.value)),
            valid: self.gather_some(parts.map(|part| part.valid)),
            doubt: self.gather_some(parts.map(|part| part.doubt)),
        }
    }

    /// A formula's parts can be missing, or doubtful, in every pair or in none.
    pub(super) fn gather_some(&mut self, lanes: [Option<Value>; PAIRS]) -> Option<Value> {
        let [Some(first), Some(second), Some(third), Some(fourth)] = lanes else {
            return None;
        };
        Some(self.gather_lanes([first, second, third, fourth]))
    }

    /// One bit for each lane.
    pub(super) fn gather_lanes(&mut self, [first, second, third, fourth]: [Value; PAIRS]) -> Value {
        let low = self.four_bits(first, second);
        let high = self.four_bits(third, fourth);
        let high = self.builder.ins().ishl_imm_u(high, 4);
        self.builder.ins().bor(low, high)
    }

    fn four_bits(&mut self, first: Value, second: Value) -> Value {
        let first = self.cast(I8X16, first);
        let second = self.cast(I8X16, second);
        // The lower half of each lane.
        let halves: Vec<u8> = [0, 8, 16, 24]
            .into_iter()
            .flat_map(|at| at..at + 4)
            .collect();
        let halves = self.builder.func.dfg.immediates.push(halves.into());
        let four = self.builder.ins().shuffle(first, second, halves);
        let four = self.cast(I32X4, four);
        self.builder.ins().vhigh_bits(I32, four)
    }

    /// The answers that stand in a column of bits.
    fn answers(&mut self, slot: usize) -> Option<Bits> {
        let address = self.slots.get(slot)?;
        if address.slot.layout != Layout::Bits {
            return None;
        }
        let values = address.values;
        Some(Bits {
            valid: self.present(slot),
            ..Bits::sure(self.byte(values))
        })
    }

    /// The rows in which a column has a value; `None` where it has one in each.
    fn present(&mut self, slot: usize) -> Option<Value> {
        let address = self.slots.get(slot)?;
        let validity = address.validity;
        (address.slot.nullable && !self.assured.contains(&slot)).then(|| self.byte(validity))
    }

    /// This block's byte of a bitmap.
    fn byte(&mut self, bitmap: Value) -> Value {
        let flags = MemFlagsData::new()
            .with_notrap()
            .with_readonly()
            .with_can_move();
        let address = self.builder.ins().iadd(bitmap, self.at);
        let byte = self.builder.ins().uload8(I64, flags, address, 0);
        self.builder.ins().ireduce(I32, byte)
    }

    pub(super) fn or_all(&mut self, bits: Option<Value>) -> Value {
        match bits {
            Some(bits) => bits,
            None => self.builder.ins().iconst(I32, ALL),
        }
    }

    fn opposite(&mut self, bits: Value) -> Value {
        self.builder.ins().bxor_imm_u(bits, ALL)
    }

    /// Where there is an answer and it holds.
    fn holding(&mut self, bits: Bits) -> Value {
        self.where_valid(bits.value, bits.valid)
    }
}
