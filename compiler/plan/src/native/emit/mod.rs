//! From a formula to the loop that computes it: eight rows a turn, as four pairs of lanes, without a
//! branch for any row.
//!
//! Kept true here: the loop computes both sides of every choice and takes one; what is doubtful on
//! the side not taken is no doubt. It reads only the slots that the formula names, eight rows each.

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
const PAIRS: i32 = 4;

/// The signature of every native function: the addresses of the inputs (values, then validity, for
/// each slot), the parameters twice each, the number of blocks, where the results and their validity go. It
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
            let flags = MemFlagsData::new()
                .with_notrap()
                .with_readonly()
                .with_can_move();
            builder.ins().load(I64X2, flags, parameters, place * 16)
        })
        .collect();
    let zero = builder.ins().iconst(I64, 0);
    let turn = builder.declare_var(I64);
    let doubt = builder.declare_var(I64X2);
    builder.def_var(turn, zero);
    let none = builder.ins().splat(I64X2, zero);
    builder.def_var(doubt, none);
    let sums: Vec<Variable> = match formula.output {
        Output::Rows => Vec::new(),
        Output::Sum => (0..PAIRS)
            .map(|pair| {
                let sums = builder.declare_var(F64X2);
                let so_far = builder.ins().load(F64X2, flags, out, pair * 16);
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
        loaded: Vec::new(),
        assured: Vec::new(),
    };
    emitter.turn(&formula.root, &sums, [out, out_valid], doubt);
    let mut builder = emitter.builder;
    let next = builder.ins().iadd_imm_s(at, 1);
    builder.def_var(turn, next);
    builder.ins().jump(head, &[]);
    builder.switch_to_block(end);
    for (sums, pair) in sums.iter().zip(0_i32..) {
        let all = builder.use_var(*sums);
        builder.ins().store(flags, all, out, pair * 16);
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
    /// The slots whose value is there wherever what is being computed counts.
    assured: Vec<usize>,
}

impl Emitter<'_> {
    /// One block of eight rows.
    fn turn(
        &mut self,
        root: &Node,
        sums: &[Variable],
        [out, out_valid]: [Value; 2],
        doubt: Variable,
    ) {
        let flags = MemFlagsData::trusted();
        let mut truths = None;
        let mut validity = None;
        let mut sums = sums.iter();
        for pair in 0..PAIRS {
            self.pair = pair;
            self.loaded = vec![None; self.slots.len()];
            let sums = sums.next();
            let mut part = self.part(root);
            // What is no finite number makes its sum so, which is looked at in the end.
            if sums.is_none() {
                part = self.settled(part);
            }
            if let Some(lanes) = part.doubt {
                let so_far = self.builder.use_var(doubt);
                let all = self.builder.ins().bor(so_far, lanes);
                self.builder.def_var(doubt, all);
            }
            match (sums, part.form) {
                (Some(sums), _) => {
                    let so_far = self.builder.use_var(*sums);
                    let all = self.builder.ins().fadd(so_far, part.value);
                    self.builder.def_var(*sums, all);
                }
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
        let part = self.loaded(place);
        Part {
            valid: part.valid.filter(|_| !self.assured.contains(&place)),
            ..part
        }
    }

    fn loaded(&mut self, place: usize) -> Part {
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
}
