//! Arithmetic on two rows at a time.
//!
//! Kept true here: a result that the interpreter would not give, or would give as a mistake, is doubtful.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, F64X2, I64, I64X2};
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Type, Value};

use super::{Emitter, Part};
use crate::native::node::{FloatOperator, Form, Node, WholeOperator};
use crate::native::scalar;

impl Emitter<'_> {
    pub(super) fn whole(&mut self, operator: WholeOperator, left: &Node, right: &Node) -> Part {
        let left = self.required_part(left);
        let right = self.required_part(right);
        let (x, y) = (left.value, right.value);
        let (value, wrong) = match operator {
            WholeOperator::Add => {
                let sum = self.builder.ins().iadd(x, y);
                let left_changed = self.builder.ins().bxor(x, sum);
                let right_changed = self.builder.ins().bxor(y, sum);
                (sum, self.both_negative(left_changed, right_changed))
            }
            WholeOperator::Subtract => {
                let rest = self.builder.ins().isub(x, y);
                let differ = self.builder.ins().bxor(x, y);
                let changed = self.builder.ins().bxor(x, rest);
                (rest, self.both_negative(differ, changed))
            }
            WholeOperator::Multiply => {
                let product = self.each_lane(I64X2, &[x, y], |this, lanes| match lanes {
                    [x, y] => this.builder.ins().imul(*x, *y),
                    _ => this.builder.ins().iconst(I64, 0),
                });
                let wrong = self.each_lane(I64X2, &[x, y], |this, lanes| match lanes {
                    [x, y] => {
                        let low = this.builder.ins().imul(*x, *y);
                        let high = this.builder.ins().smulhi(*x, *y);
                        let sign = this.builder.ins().sshr_imm_u(low, 63);
                        let wrong = this.builder.ins().icmp(IntCC::NotEqual, high, sign);
                        this.builder.ins().bmask(I64, wrong)
                    }
                    _ => this.builder.ins().iconst(I64, -1),
                });
                (product, wrong)
            }
            WholeOperator::Modulo => {
                let rest = self.each_lane(I64X2, &[x, y], |this, lanes| match lanes {
                    [x, y] => this.remainder(*x, *y),
                    _ => this.builder.ins().iconst(I64, 0),
                });
                let zero = self.lanes([0, 0]);
                (rest, self.builder.ins().icmp(IntCC::Equal, y, zero))
            }
        };
        let doubt = self.any(left.doubt, right.doubt);
        Part {
            doubt: self.any(doubt, Some(wrong)),
            ..Part::sure(Form::Whole, value)
        }
    }

    /// The lanes in which both are negative.
    pub(super) fn both_negative(&mut self, left: Value, right: Value) -> Value {
        let both = self.builder.ins().band(left, right);
        let zero = self.lanes([0, 0]);
        self.builder.ins().icmp(IntCC::SignedLessThan, both, zero)
    }

    /// The rest of one division, with the sign of the divisor; 0 for the divisors 0 and -1, for which
    /// the processor's division fails.
    pub(super) fn remainder(&mut self, x: Value, y: Value) -> Value {
        let next = self.builder.ins().iadd_imm_s(y, 1);
        let unfit = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedLessThanOrEqual, next, 1);
        let one = self.builder.ins().iconst(I64, 1);
        let divisor = self.builder.ins().select(unfit, one, y);
        let rest = self.builder.ins().srem(x, divisor);
        let shifted = self.builder.ins().iadd(rest, y);
        let some = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let signs = self.builder.ins().bxor(rest, y);
        let differ = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let shift = self.builder.ins().band(some, differ);
        self.builder.ins().select(shift, shifted, rest)
    }

    /// The lanes of whole numbers that lie outside two bounds.
    pub(super) fn outside(&mut self, value: Value, from: i64, to: i64) -> Value {
        let from = self.lanes([from, from]);
        let to = self.lanes([to, to]);
        let below = self.builder.ins().icmp(IntCC::SignedLessThan, value, from);
        let above = self.builder.ins().icmp(IntCC::SignedGreaterThan, value, to);
        self.builder.ins().bor(below, above)
    }

    pub(super) fn float(&mut self, operator: FloatOperator, left: &Node, right: &Node) -> Part {
        let left = self.required_part(left);
        let right = self.required_part(right);
        // A divisor that overflowed would make the quotient zero, which shows nothing.
        let (left, right) = match operator {
            FloatOperator::Divide => (left, self.settled(right)),
            FloatOperator::Modulo => (self.settled(left), self.settled(right)),
            _ => (left, right),
        };
        let (x, y) = (left.value, right.value);
        let mut doubt = self.any(left.doubt, right.doubt);
        // A quotient by zero is no finite number, which the one look at the end of a chain finds.
        if operator == FloatOperator::Modulo || operator == FloatOperator::Divide && self.careful {
            let zero = self.nothing(Form::Float).value;
            let by_zero = self.builder.ins().fcmp(FloatCC::Equal, y, zero);
            doubt = self.any(doubt, Some(by_zero));
        }
        let value = match operator {
            FloatOperator::Add => self.builder.ins().fadd(x, y),
            FloatOperator::Subtract => self.builder.ins().fsub(x, y),
            FloatOperator::Multiply => self.builder.ins().fmul(x, y),
            FloatOperator::Divide => self.builder.ins().fdiv(x, y),
            FloatOperator::Modulo => self.each_lane(F64X2, &[x, y], |this, lanes| {
                this.call(scalar::modulo as *const (), &[F64, F64], lanes)
            }),
        };
        let part = Part {
            doubt,
            unsettled: true,
            ..Part::sure(Form::Float, value)
        };
        if self.careful {
            self.settled(part)
        } else {
            part
        }
    }

    /// Looks for overflow of doubles. A careful formula finds infinity alone; the other also what is
    /// not a number, which infinity may have become since.
    pub(super) fn settled(&mut self, part: Part) -> Part {
        if !part.unsettled {
            return part;
        }
        let wrong = if self.careful {
            let size = self.builder.ins().fabs(part.value);
            let infinity = self.lanes([0x7ff0_0000_0000_0000; 2]);
            let infinity = self.cast(F64X2, infinity);
            self.builder.ins().fcmp(FloatCC::Equal, size, infinity)
        } else {
            let nothing = self.builder.ins().fsub(part.value, part.value);
            self.builder
                .ins()
                .fcmp(FloatCC::Unordered, nothing, nothing)
        };
        let wrong = match part.valid {
            Some(valid) => self.builder.ins().band(wrong, valid),
            None => wrong,
        };
        Part {
            doubt: self.any(part.doubt, Some(wrong)),
            unsettled: false,
            ..part
        }
    }

    pub(super) fn negate(&mut self, form: Form, inner: &Node) -> Part {
        let part = self.required_part(inner);
        if form == Form::Float {
            return Part {
                value: self.builder.ins().fneg(part.value),
                ..part
            };
        }
        let smallest = self.lanes([i64::MIN, i64::MIN]);
        let wrong = self.builder.ins().icmp(IntCC::Equal, part.value, smallest);
        Part {
            value: self.builder.ins().ineg(part.value),
            doubt: self.any(part.doubt, Some(wrong)),
            ..part
        }
    }

    pub(super) fn float_of(&mut self, part: Part) -> Part {
        let value = self.each_lane(F64X2, &[part.value], |this, lanes| match lanes {
            [whole] => this.builder.ins().fcvt_from_sint(F64, *whole),
            _ => this.builder.ins().f64const(0.0),
        });
        Part {
            form: Form::Float,
            value,
            ..part
        }
    }

    pub(super) fn nearest_whole_of(&mut self, inner: &Node) -> Part {
        let part = self.required_part(inner);
        let nearest = self.builder.ins().nearest(part.value);
        let value = self.each_lane(I64X2, &[nearest], |this, lanes| match lanes {
            [number] => this.builder.ins().fcvt_to_sint_sat(I64, *number),
            _ => this.builder.ins().iconst(I64, 0),
        });
        let size = self.builder.ins().fabs(nearest);
        // The last double before 2^63.
        let bound = 9_223_372_036_854_774_784_f64.to_bits().cast_signed();
        let bound = self.lanes([bound, bound]);
        let bound = self.cast(F64X2, bound);
        let wrong = self
            .builder
            .ins()
            .fcmp(FloatCC::UnorderedOrGreaterThan, size, bound);
        Part {
            doubt: self.any(part.doubt, Some(wrong)),
            ..Part::sure(Form::Whole, value)
        }
    }

    pub(super) fn quotient(&mut self, of: &Node, by: i64, exact: bool) -> Part {
        let part = self.required_part(of);
        let value = self.each_lane(I64X2, &[part.value], |this, lanes| match lanes {
            [whole] => {
                let divisor = this.builder.ins().iconst(I64, by);
                this.builder.ins().sdiv(*whole, divisor)
            }
            _ => this.builder.ins().iconst(I64, 0),
        });
        if !exact {
            return Part { value, ..part };
        }
        let wrong = self.each_lane(I64X2, &[part.value, value], |this, lanes| match lanes {
            [whole, quotient] => {
                let back = this.builder.ins().imul_imm_s(*quotient, by);
                let wrong = this.builder.ins().icmp(IntCC::NotEqual, back, *whole);
                this.builder.ins().bmask(I64, wrong)
            }
            _ => this.builder.ins().iconst(I64, -1),
        });
        Part {
            value,
            doubt: self.any(part.doubt, Some(wrong)),
            ..part
        }
    }

    pub(super) fn round(&mut self, of: &Node, digits: i64) -> Part {
        let part = self.required_part(of);
        let part = self.settled(part);
        let digits = self.builder.ins().iconst(I64, digits);
        let value = self.each_lane(F64X2, &[part.value], |this, lanes| {
            let arguments: Vec<Value> = lanes.iter().copied().chain([digits]).collect();
            this.call(scalar::round as *const (), &[F64, I64], &arguments)
        });
        Part { value, ..part }
    }

    /// Calls a function of doubles at its address.
    pub(super) fn call(&mut self, address: *const (), of: &[Type], arguments: &[Value]) -> Value {
        let mut signature = Signature::new(self.convention);
        signature.params = of.iter().map(|of| AbiParam::new(*of)).collect();
        signature.returns = vec![AbiParam::new(F64)];
        let signature = self.builder.import_signature(signature);
        let address = i64::try_from(address.addr()).unwrap_or_default();
        let address = self.builder.ins().iconst(I64, address);
        let call = self
            .builder
            .ins()
            .call_indirect(signature, address, arguments);
        match self.builder.inst_results(call) {
            [result] => *result,
            _ => self.builder.ins().f64const(0.0),
        }
    }
}
