//! From a formula to the loop that computes it: eight rows a turn, as four pairs of lanes, without a
//! branch for any row.
//!
//! Kept true here: the loop computes both sides of every choice and takes one; what is doubtful on
//! the side not taken is no doubt. It reads only the slots that the formula names, eight rows each.

mod conditions;
mod numbers;
mod truths;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64X2, I8, I32, I64, I64X2};
use cranelift_codegen::ir::{
    AbiParam, ConstantData, Function, InstBuilder, MemFlagsData, Signature, Type, Value,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use super::node::{Form, Formula, Layout, Node, Output, Slot};

/// Rows that one turn of the loop takes.
pub(super) const BLOCK: usize = 8;
const PAIRS: usize = 4;

/// The signature of every native function: the addresses of the inputs (values, then validity, for
/// each slot), the parameters twice each, the number of blocks, where the results and their validity go. It
/// gives 1 where a row is doubtful.
pub(super) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params = vec![AbiParam::new(I64); 5];
    signature.returns = vec![AbiParam::new(I8)];
    signature
}

/// Writes the body of a function for a formula. Whether the function writes which rows have a result; where it does not,
/// all of them have.
pub(super) fn emit(
    formula: &Formula,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    target: TargetFrontendConfig,
) -> bool {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [inputs, parameters, blocks, out, out_valid] = *builder.block_params(entry) else {
        return false;
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
            let flags = MemFlagsData::new()
                .with_notrap()
                .with_readonly()
                .with_can_move();
            builder.ins().load(I64X2, flags, parameters, place * 16)
        })
        .collect();
    let zero = builder.ins().iconst(I64, 0);
    let turn = builder.declare_var(I64);
    let doubt = builder.declare_var(I32);
    builder.def_var(turn, zero);
    let none = builder.ins().iconst(I32, 0);
    builder.def_var(doubt, none);
    let sums: Vec<Variable> = match formula.output {
        Output::Rows => Vec::new(),
        Output::Sum => (0..PAIRS)
            .map(|pair| {
                let sums = builder.declare_var(F64X2);
                let so_far = builder.ins().load(F64X2, flags, out, bytes_before(pair));
                builder.def_var(sums, so_far);
                sums
            })
            .collect(),
    };
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
        loaded: vec![[None; PAIRS]; formula.slots.len()],
        assured: Vec::new(),
    };
    let writes_validity = emitter.turn(formula, &sums, [out, out_valid], doubt);
    let mut builder = emitter.builder;
    let next = builder.ins().iadd_imm_s(at, 1);
    builder.def_var(turn, next);
    builder.ins().jump(head, &[]);
    builder.switch_to_block(end);
    for (pair, sums) in sums.iter().enumerate() {
        let all = builder.use_var(*sums);
        builder.ins().store(flags, all, out, bytes_before(pair));
    }
    let doubt = builder.use_var(doubt);
    let any = builder.ins().icmp_imm_s(IntCC::NotEqual, doubt, 0);
    builder.ins().return_(&[any]);
    builder.seal_all_blocks();
    builder.finalize(target);
    writes_validity
}

/// How many bytes of a block stand before a pair.
fn bytes_before(pair: usize) -> i32 {
    i32::try_from(pair * 16).unwrap_or_default()
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
    pair: usize,
    /// What the slots gave for each pair.
    loaded: Vec<[Option<Part>; PAIRS]>,
    /// The slots whose value is there wherever what is being computed counts.
    assured: Vec<usize>,
}

impl Emitter<'_> {
    /// One block of eight rows. Whether it is written which rows have a result.
    fn turn(
        &mut self,
        formula: &Formula,
        sums: &[Variable],
        [out, out_valid]: [Value; 2],
        doubt: Variable,
    ) -> bool {
        let flags = MemFlagsData::trusted();
        let root = &formula.root;
        let (valid, doubtful) = match (formula.output, formula.form) {
            (Output::Rows, Form::Truth) => {
                let bits = self.condition(root);
                let address = self.builder.ins().iadd(out, self.at);
                self.builder.ins().istore8(flags, bits.value, address, 0);
                (bits.valid, bits.doubt)
            }
            (Output::Rows, _) => {
                let parts = self.each_pair(|this| {
                    let part = this.part(root);
                    let part = this.settled(part);
                    let offset = this.builder.ins().ishl_imm_u(this.at, 6);
                    let address = this.builder.ins().iadd(out, offset);
                    (this.builder.ins()).store(flags, part.value, address, bytes_before(this.pair));
                    part
                });
                self.missing_and_doubtful(parts)
            }
            (Output::Sum, _) => {
                let parts = self.each_pair(|this| {
                    // What is no finite number makes its sum so, which is looked at in the end.
                    let part = this.part(root);
                    if let Some(sums) = sums.get(this.pair) {
                        let so_far = this.builder.use_var(*sums);
                        let all = this.builder.ins().fadd(so_far, part.value);
                        this.builder.def_var(*sums, all);
                    }
                    part
                });
                self.missing_and_doubtful(parts)
            }
        };
        if let Some(rows) = doubtful {
            let so_far = self.builder.use_var(doubt);
            let all = self.builder.ins().bor(so_far, rows);
            self.builder.def_var(doubt, all);
        }
        if let Some(valid) = valid {
            let address = self.builder.ins().iadd(out_valid, self.at);
            self.builder.ins().istore8(flags, valid, address, 0);
        }
        valid.is_some()
    }

    fn missing_and_doubtful(&mut self, parts: [Part; PAIRS]) -> (Option<Value>, Option<Value>) {
        let valid = self.gather_some(parts.map(|part| part.valid));
        let doubts = parts.into_iter().filter_map(|part| part.doubt);
        let doubt = doubts.reduce(|all, lanes| self.builder.ins().bor(all, lanes));
        let any = doubt.map(|lanes| self.builder.ins().vany_true(lanes));
        let any = any.map(|any| self.builder.ins().uextend(I32, any));
        (valid, any)
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
        let part = self.loaded(place);
        Part {
            valid: part.valid.filter(|_| !self.assured.contains(&place)),
            ..part
        }
    }

    fn loaded(&mut self, place: usize) -> Part {
        let loaded = self
            .loaded
            .get(place)
            .and_then(|pairs| pairs.get(self.pair));
        if let Some(Some(part)) = loaded {
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
        // The caller may hand over any alignment; what is read is not written meanwhile, so it is
        // read where it is first wanted.
        let flags = MemFlagsData::new()
            .with_notrap()
            .with_readonly()
            .with_can_move();
        let form = slot.layout.form();
        let value = match slot.layout {
            Layout::Words | Layout::Floats => {
                let offset = self.builder.ins().ishl_imm_u(self.at, 6);
                let address = self.builder.ins().iadd(values, offset);
                let of = if form == Form::Float { F64X2 } else { I64X2 };
                (self.builder.ins()).load(of, flags, address, bytes_before(self.pair))
            }
            Layout::Halves => {
                let offset = self.builder.ins().ishl_imm_u(self.at, 5);
                let address = self.builder.ins().iadd(values, offset);
                (self.builder.ins()).sload32x2(flags, address, bytes_before(self.pair) / 2)
            }
            Layout::Bits => self.bits(values),
            Layout::Nothing => self.lanes([0, 0]),
        };
        let part = Part {
            valid: slot.nullable.then(|| self.bits(validity)),
            ..Part::sure(form, value)
        };
        let loaded = self.loaded.get_mut(place);
        if let Some(pair) = loaded.and_then(|pairs| pairs.get_mut(self.pair)) {
            *pair = Some(part);
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
}
