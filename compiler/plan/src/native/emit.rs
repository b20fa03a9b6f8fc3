//! From a formula to the loop that computes it: eight rows a turn, as four pairs of lanes, without a
//! branch for any row.
//!
//! Kept true here: the loop computes both sides of every choice and takes one; what is doubtful on
//! the side not taken is no doubt. It reads only the slots that the formula names, eight rows each.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, F64X2, I8, I32, I64, I64X2};
use cranelift_codegen::ir::{
    AbiParam, ConstantData, Function, InstBuilder, MemFlagsData, Signature, Type, Value,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use super::node::{FloatOperator, Form, Formula, Layout, Node, Order, Output, Slot, WholeOperator};

/// Rows that one turn of the loop takes.
pub(super) const BLOCK: usize = 8;
const PAIRS: i32 = 4;

/// The signature of every native function: the addresses of the inputs (values, then validity, for
/// each slot), the parameters, the number of blocks, where the results and their validity go. It
/// gives 1 where a row is doubtful.
pub(super) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params = vec![AbiParam::new(I64); 5];
    signature.returns = vec![AbiParam::new(I8)];
    signature
}

/// Writes the body of a function for a formula.
pub(super) fn emit(
    formula: &Formula,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    target: TargetFrontendConfig,
) {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [inputs, parameters, blocks, out, out_valid] = *builder.block_params(entry) else {
        return;
    };
    let flags = MemFlagsData::trusted();
    let slots = formula
        .slots
        .iter()
        .zip(0_i32..)
        .map(|(slot, place)| SlotAddress {
            slot: *slot,
            values: builder.ins().load(I64, flags, inputs, place * 16),
            validity: builder.ins().load(I64, flags, inputs, place * 16 + 8),
        })
        .collect();
    let parameters = (0_i32..)
        .take(formula.parameters)
        .map(|place| {
            let word = builder.ins().load(I64, flags, parameters, place * 8);
            builder.ins().splat(I64X2, word)
        })
        .collect();
    let zero = builder.ins().iconst(I64, 0);
    let turn = builder.declare_var(I64);
    let doubt = builder.declare_var(I64X2);
    builder.def_var(turn, zero);
    let none = builder.ins().splat(I64X2, zero);
    builder.def_var(doubt, none);
    let sum = (formula.output == Output::Sum).then(|| {
        let sum = builder.declare_var(F64);
        let so_far = builder.ins().load(F64, flags, out, 0);
        builder.def_var(sum, so_far);
        sum
    });
    let head = builder.create_block();
    let body = builder.create_block();
    let end = builder.create_block();
    builder.ins().jump(head, &[]);
    builder.switch_to_block(head);
    let at = builder.use_var(turn);
    let more = builder.ins().icmp(IntCC::UnsignedLessThan, at, blocks);
    builder.ins().brif(more, body, &[], end, &[]);
    builder.switch_to_block(body);
    let mut emitter = Emitter {
        builder,
        slots,
        parameters,
        careful: formula.careful,
        convention: target.default_call_conv,
        at,
        pair: 0,
        loaded: Vec::new(),
    };
    emitter.turn(&formula.root, sum, [out, out_valid], doubt);
    let mut builder = emitter.builder;
    let next = builder.ins().iadd_imm_s(at, 1);
    builder.def_var(turn, next);
    builder.ins().jump(head, &[]);
    builder.switch_to_block(end);
    if let Some(sum) = sum {
        let all = builder.use_var(sum);
        builder.ins().store(flags, all, out, 0);
    }
    let doubt = builder.use_var(doubt);
    let any = builder.ins().vany_true(doubt);
    builder.ins().return_(&[any]);
    builder.seal_all_blocks();
    builder.finalize(target);
}

struct SlotAddress {
    slot: Slot,
    values: Value,
    validity: Value,
}

/// Two rows' values. Truths and whole numbers are two lanes of 64 bits, floats two doubles.
#[derive(Clone, Copy)]
struct Part {
    form: Form,
    value: Value,
    /// The lanes that have a value; all of them where this is `None`.
    valid: Option<Value>,
    /// The lanes that the interpreter must decide; none of them where this is `None`.
    doubt: Option<Value>,
    /// Whether an overflow of doubles has not been looked for yet.
    unsettled: bool,
}

impl Part {
    fn sure(form: Form, value: Value) -> Self {
        Self {
            form,
            value,
            valid: None,
            doubt: None,
            unsettled: false,
        }
    }
}

struct Emitter<'a> {
    builder: FunctionBuilder<'a>,
    slots: Vec<SlotAddress>,
    parameters: Vec<Value>,
    careful: bool,
    convention: CallConv,
    /// The number of the block of eight rows.
    at: Value,
    /// Which of its pairs.
    pair: i32,
    /// What the slots gave for this pair.
    loaded: Vec<Option<Part>>,
}

impl Emitter<'_> {
    /// One block of eight rows.
    fn turn(
        &mut self,
        root: &Node,
        sum: Option<Variable>,
        [out, out_valid]: [Value; 2],
        doubt: Variable,
    ) {
        let flags = MemFlagsData::trusted();
        let mut truths = None;
        let mut validity = None;
        for pair in 0..PAIRS {
            self.pair = pair;
            self.loaded = vec![None; self.slots.len()];
            let part = self.part(root);
            let part = self.settled(part);
            if let Some(lanes) = part.doubt {
                let so_far = self.builder.use_var(doubt);
                let all = self.builder.ins().bor(so_far, lanes);
                self.builder.def_var(doubt, all);
            }
            match (sum, part.form) {
                (Some(sum), _) => self.add_to(sum, part),
                (None, Form::Truth) => truths = Some(self.gather(truths, part.value)),
                (None, _) => {
                    let offset = self.builder.ins().ishl_imm_u(self.at, 6);
                    let address = self.builder.ins().iadd(out, offset);
                    self.builder
                        .ins()
                        .store(flags, part.value, address, pair * 16);
                }
            }
            // A formula's results can be missing in every pair or in none.
            if let Some(valid) = part.valid {
                validity = Some(self.gather(validity, valid));
            }
        }
        if let Some(truths) = truths {
            let address = self.builder.ins().iadd(out, self.at);
            self.builder.ins().istore8(flags, truths, address, 0);
        }
        let validity = match validity {
            Some(validity) => validity,
            None => self.builder.ins().iconst(I32, 0xff),
        };
        let address = self.builder.ins().iadd(out_valid, self.at);
        self.builder.ins().istore8(flags, validity, address, 0);
    }

    /// Adds this pair's present doubles, one after the other.
    fn add_to(&mut self, sum: Variable, part: Part) {
        let value = match part.valid {
            Some(valid) => {
                // The zero that changes nothing it is added to.
                let zero = self.lanes([i64::MIN, i64::MIN]);
                let zero = self.cast(F64X2, zero);
                self.select(Form::Float, valid, part.value, zero)
            }
            None => part.value,
        };
        for lane in 0..2_u8 {
            let number = self.builder.ins().extractlane(value, lane);
            let so_far = self.builder.use_var(sum);
            let next = self.builder.ins().fadd(so_far, number);
            self.builder.def_var(sum, next);
        }
    }

    /// Adds this pair's two bits to those of the block.
    fn gather(&mut self, so_far: Option<Value>, lanes: Value) -> Value {
        let bits = self.builder.ins().vhigh_bits(I32, lanes);
        let bits = self
            .builder
            .ins()
            .ishl_imm_u(bits, i64::from(self.pair) * 2);
        match so_far {
            Some(so_far) => self.builder.ins().bor(so_far, bits),
            None => bits,
        }
    }

    fn lanes(&mut self, lanes: [i64; 2]) -> Value {
        let bytes: Vec<u8> = lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect();
        let constant = self
            .builder
            .func
            .dfg
            .constants
            .insert(ConstantData::from(&*bytes));
        self.builder.ins().vconst(I64X2, constant)
    }

    fn cast(&mut self, to: Type, value: Value) -> Value {
        self.builder.ins().bitcast(to, MemFlagsData::new(), value)
    }

    fn part(&mut self, node: &Node) -> Part {
        match node {
            Node::Input(slot) => self.input(*slot),
            Node::Parameter(place, form) => match self.parameters.get(*place).copied() {
                Some(word) => {
                    let value = match form {
                        Form::Float => self.cast(F64X2, word),
                        _ => word,
                    };
                    Part::sure(*form, value)
                }
                None => self.nothing(*form),
            },
            Node::Missing(form) => Part {
                valid: Some(self.lanes([0, 0])),
                ..self.nothing(*form)
            },
            Node::Doubt(form) => Part {
                doubt: Some(self.lanes([-1, -1])),
                ..self.nothing(*form)
            },
            Node::Not(inner) => {
                let inner = self.part(inner);
                Part {
                    value: self.builder.ins().bnot(inner.value),
                    ..inner
                }
            }
            Node::And(left, right) => self.both(left, right),
            Node::Or(left, right) => self.either(left, right),
            Node::Present(inner) => {
                let inner = self.part(inner);
                let inner = self.settled(inner);
                let value = match inner.valid {
                    Some(valid) => valid,
                    None => self.lanes([-1, -1]),
                };
                Part {
                    doubt: inner.doubt,
                    ..Part::sure(Form::Truth, value)
                }
            }
            Node::Coalesce(value, default) => self.coalesce(value, default),
            Node::Choose {
                condition,
                then,
                otherwise,
            } => self.choose(condition, then, otherwise),
            Node::Required(inner) => {
                let inner = self.part(inner);
                self.required(inner)
            }
            Node::RequiredWith { condition, value } => {
                let condition = self.part(condition);
                let value = self.part(value);
                let missing = condition.valid.map(|valid| self.builder.ins().bnot(valid));
                let doubt = self.any(value.doubt, condition.doubt);
                Part {
                    doubt: self.any(doubt, missing),
                    ..value
                }
            }
            Node::Compare {
                order,
                form,
                left,
                right,
            } => self.compare(*order, *form, left, right),
            Node::Whole(operator, left, right) => self.whole(*operator, left, right),
            Node::Float(operator, left, right) => self.float(*operator, left, right),
            Node::Negate(form, inner) => self.negate(*form, inner),
            Node::ToFloat(inner) => {
                let inner = self.part(inner);
                self.float_of(inner)
            }
            Node::ToEqualFloat(inner) => {
                let inner = self.part(inner);
                let outside = self.outside(inner.value, -(1 << 53), 1 << 53);
                let part = self.float_of(inner);
                Part {
                    doubt: self.any(part.doubt, Some(outside)),
                    ..part
                }
            }
            Node::ToNearestWhole(inner) => self.nearest_whole_of(inner),
            Node::Quotient { of, by, exact } => self.quotient(of, *by, *exact),
            Node::Bounded { of, from, to } => {
                let part = self.part(of);
                let outside = self.outside(part.value, *from, *to);
                // A missing value is within every bound.
                let outside = match part.valid {
                    Some(valid) => self.builder.ins().band(outside, valid),
                    None => outside,
                };
                Part {
                    doubt: self.any(part.doubt, Some(outside)),
                    ..part
                }
            }
            Node::Round { of, digits } => self.round(of, *digits),
        }
    }

    fn nothing(&mut self, form: Form) -> Part {
        let zeros = self.lanes([0, 0]);
        let value = match form {
            Form::Float => self.cast(F64X2, zeros),
            _ => zeros,
        };
        Part::sure(form, value)
    }

    fn input(&mut self, place: usize) -> Part {
        if let Some(Some(part)) = self.loaded.get(place) {
            return *part;
        }
        let Some(address) = self.slots.get(place) else {
            return self.nothing(Form::Truth);
        };
        let SlotAddress {
            slot,
            values,
            validity,
        } = *address;
        // The caller may hand over any alignment; what is read is not written meanwhile.
        let flags = MemFlagsData::new().with_notrap().with_readonly();
        let form = slot.layout.form();
        let value = match slot.layout {
            Layout::Words | Layout::Floats => {
                let offset = self.builder.ins().ishl_imm_u(self.at, 6);
                let address = self.builder.ins().iadd(values, offset);
                let of = if form == Form::Float { F64X2 } else { I64X2 };
                self.builder.ins().load(of, flags, address, self.pair * 16)
            }
            Layout::Halves => {
                let offset = self.builder.ins().ishl_imm_u(self.at, 5);
                let address = self.builder.ins().iadd(values, offset);
                self.builder.ins().sload32x2(flags, address, self.pair * 8)
            }
            Layout::Bits => self.bits(values),
            Layout::Nothing => self.lanes([0, 0]),
        };
        let part = Part {
            valid: slot.nullable.then(|| self.bits(validity)),
            ..Part::sure(form, value)
        };
        if let Some(place) = self.loaded.get_mut(place) {
            *place = Some(part);
        }
        part
    }

    /// This pair's two bits of a bitmap, as lanes.
    fn bits(&mut self, bitmap: Value) -> Value {
        let flags = MemFlagsData::new().with_notrap().with_readonly();
        let address = self.builder.ins().iadd(bitmap, self.at);
        let byte = self.builder.ins().uload8(I64, flags, address, 0);
        let bytes = self.builder.ins().splat(I64X2, byte);
        let bit = 1_i64 << (self.pair * 2);
        let wanted = self.lanes([bit, bit << 1]);
        let found = self.builder.ins().band(bytes, wanted);
        self.builder.ins().icmp(IntCC::Equal, found, wanted)
    }

    fn any(&mut self, left: Option<Value>, right: Option<Value>) -> Option<Value> {
        match (left, right) {
            (Some(left), Some(right)) => Some(self.builder.ins().bor(left, right)),
            (left, right) => left.or(right),
        }
    }

    fn all(&mut self, left: Option<Value>, right: Option<Value>) -> Option<Value> {
        match (left, right) {
            (Some(left), Some(right)) => Some(self.builder.ins().band(left, right)),
            (left, right) => left.or(right),
        }
    }

    fn required(&mut self, part: Part) -> Part {
        let missing = part.valid.map(|valid| self.builder.ins().bnot(valid));
        Part {
            valid: None,
            doubt: self.any(part.doubt, missing),
            ..part
        }
    }

    fn required_part(&mut self, node: &Node) -> Part {
        let part = self.part(node);
        self.required(part)
    }

    /// Where a truth is present and holds.
    fn holds(&mut self, part: Part) -> Value {
        match part.valid {
            Some(valid) => self.builder.ins().band(part.value, valid),
            None => part.value,
        }
    }

    fn both(&mut self, left: &Node, right: &Node) -> Part {
        let left = self.part(left);
        let right = self.part(right);
        let left_holds = self.holds(left);
        let right_holds = self.holds(right);
        let right_doubt = right
            .doubt
            .map(|doubt| self.builder.ins().band(left_holds, doubt));
        Part {
            doubt: self.any(left.doubt, right_doubt),
            ..Part::sure(
                Form::Truth,
                self.builder.ins().band(left_holds, right_holds),
            )
        }
    }

    fn either(&mut self, left: &Node, right: &Node) -> Part {
        let left = self.part(left);
        let right = self.part(right);
        let left_holds = self.holds(left);
        let right_holds = self.holds(right);
        let right_doubt = right
            .doubt
            .map(|doubt| self.builder.ins().band_not(doubt, left_holds));
        Part {
            doubt: self.any(left.doubt, right_doubt),
            ..Part::sure(Form::Truth, self.builder.ins().bor(left_holds, right_holds))
        }
    }

    fn select(&mut self, form: Form, condition: Value, then: Value, otherwise: Value) -> Value {
        if form != Form::Float {
            return self.builder.ins().bitselect(condition, then, otherwise);
        }
        let then = self.cast(I64X2, then);
        let otherwise = self.cast(I64X2, otherwise);
        let chosen = self.builder.ins().bitselect(condition, then, otherwise);
        self.cast(F64X2, chosen)
    }

    fn coalesce(&mut self, value: &Node, default: &Node) -> Part {
        let value = self.part(value);
        let Some(present) = value.valid else {
            return value;
        };
        let default = self.part(default);
        let default_doubt = default
            .doubt
            .map(|doubt| self.builder.ins().band_not(doubt, present));
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

    fn choose(&mut self, condition: &Node, then: &Node, otherwise: &Node) -> Part {
        let condition = self.part(condition);
        let holds = self.holds(condition);
        let then = self.part(then);
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
        let then_doubt = then
            .doubt
            .map(|doubt| self.builder.ins().band(holds, doubt));
        let otherwise_doubt = otherwise
            .doubt
            .map(|doubt| self.builder.ins().band_not(doubt, holds));
        let doubt = self.any(then_doubt, otherwise_doubt);
        Part {
            form: then.form,
            value: self.select(then.form, holds, then.value, otherwise.value),
            valid,
            doubt: self.any(condition.doubt, doubt),
            unsettled: then.unsettled || otherwise.unsettled,
        }
    }

    fn compare(&mut self, order: Order, form: Form, left: &Node, right: &Node) -> Part {
        let left = self.part(left);
        let left = self.settled(left);
        let right = self.part(right);
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
        let value = match valid {
            Some(valid) => self.builder.ins().band(value, valid),
            None => value,
        };
        Part {
            doubt: self.any(left.doubt, right.doubt),
            ..Part::sure(Form::Truth, value)
        }
    }

    /// Applies an operation to each of two lanes on its own.
    fn each_lane(
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

    fn whole(&mut self, operator: WholeOperator, left: &Node, right: &Node) -> Part {
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
    fn both_negative(&mut self, left: Value, right: Value) -> Value {
        let both = self.builder.ins().band(left, right);
        let zero = self.lanes([0, 0]);
        self.builder.ins().icmp(IntCC::SignedLessThan, both, zero)
    }

    /// The rest of one division, with the sign of the divisor; 0 for the divisors 0 and -1, for which
    /// the processor's division fails.
    fn remainder(&mut self, x: Value, y: Value) -> Value {
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
    fn outside(&mut self, value: Value, from: i64, to: i64) -> Value {
        let from = self.lanes([from, from]);
        let to = self.lanes([to, to]);
        let below = self.builder.ins().icmp(IntCC::SignedLessThan, value, from);
        let above = self.builder.ins().icmp(IntCC::SignedGreaterThan, value, to);
        self.builder.ins().bor(below, above)
    }

    fn float(&mut self, operator: FloatOperator, left: &Node, right: &Node) -> Part {
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
        if matches!(operator, FloatOperator::Divide | FloatOperator::Modulo) {
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
                this.call(super::scalar::modulo as *const (), &[F64, F64], lanes)
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
    fn settled(&mut self, part: Part) -> Part {
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

    fn negate(&mut self, form: Form, inner: &Node) -> Part {
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

    fn float_of(&mut self, part: Part) -> Part {
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

    fn nearest_whole_of(&mut self, inner: &Node) -> Part {
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

    fn quotient(&mut self, of: &Node, by: i64, exact: bool) -> Part {
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

    fn round(&mut self, of: &Node, digits: i64) -> Part {
        let part = self.required_part(of);
        let part = self.settled(part);
        let digits = self.builder.ins().iconst(I64, digits);
        let value = self.each_lane(F64X2, &[part.value], |this, lanes| {
            let arguments: Vec<Value> = lanes.iter().copied().chain([digits]).collect();
            this.call(super::scalar::round as *const (), &[F64, I64], &arguments)
        });
        Part { value, ..part }
    }

    /// Calls a function of doubles at its address.
    fn call(&mut self, address: *const (), of: &[Type], arguments: &[Value]) -> Value {
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
