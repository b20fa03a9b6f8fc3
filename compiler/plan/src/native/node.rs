//! The small language between an expression and native code: every operation has one form, every
//! column and constant is a numbered slot.
//!
//! Kept true here: a formula holds no value of a table or scope, so equal formulas share one native
//! function whatever they run over.

/// What one row's value is inside the loop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Form {
    /// All bits set or none.
    Truth,
    /// A signed integer of 64 bits: integers, days, microseconds, milliseconds, billionths.
    Whole,
    /// A double.
    Float,
}

/// How an input lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Layout {
    /// 64 bits a row, signed.
    Words,
    /// 64 bits a row, a double.
    Floats,
    /// 32 bits a row, signed.
    Halves,
    /// One bit a row.
    Bits,
    /// No values: only whether there is one is asked.
    Nothing,
}

impl Layout {
    pub(super) fn form(self) -> Form {
        match self {
            Self::Words | Self::Halves => Form::Whole,
            Self::Floats => Form::Float,
            Self::Bits | Self::Nothing => Form::Truth,
        }
    }

    /// The bytes that eight rows take.
    pub(super) fn block_bytes(self) -> usize {
        match self {
            Self::Words | Self::Floats => 64,
            Self::Halves => 32,
            Self::Bits => 1,
            Self::Nothing => 0,
        }
    }
}

/// One input slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Slot {
    pub(super) layout: Layout,
    /// Whether a bitmap says which rows have a value.
    pub(super) nullable: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum WholeOperator {
    Add,
    Subtract,
    Multiply,
    /// With the sign of the right side; by zero is left to the interpreter.
    Modulo,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum FloatOperator {
    Add,
    Subtract,
    Multiply,
    /// By zero is left to the interpreter.
    Divide,
    /// As [`WholeOperator::Modulo`].
    Modulo,
}

/// An operation on every row. "Left to the interpreter" means that the row is marked as doubtful:
/// the loop's result for it is not used.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Node {
    /// A column, or what was derived from one.
    Input(usize),
    /// A value that is the same for every row.
    Parameter(usize, Form),
    /// `none`
    Missing(Form),
    /// Always left to the interpreter.
    Doubt(Form),
    Not(Box<Node>),
    /// What is missing does not hold.
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Present(Box<Node>),
    Coalesce(Box<Node>, Box<Node>),
    Choose {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    /// The value where it is present; a missing one is left to the interpreter.
    Required(Box<Node>),
    /// The value where the condition is present; otherwise it is left to the interpreter.
    RequiredWith {
        condition: Box<Node>,
        value: Box<Node>,
    },
    /// False where a side is missing.
    Compare {
        order: Order,
        form: Form,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// What arithmetic cannot do exactly, and missing operands, are left to the interpreter.
    Whole(WholeOperator, Box<Node>, Box<Node>),
    Float(FloatOperator, Box<Node>, Box<Node>),
    Negate(Form, Box<Node>),
    /// The nearest double.
    ToFloat(Box<Node>),
    /// The equal double; an integer that has none is left to the interpreter.
    ToEqualFloat(Box<Node>),
    /// The nearest integer, half to even.
    ToNearestWhole(Box<Node>),
    /// A whole number divided by a constant: exactly, or towards zero.
    Quotient {
        of: Box<Node>,
        by: i64,
        exact: bool,
    },
    /// What lies outside is left to the interpreter.
    Bounded {
        of: Box<Node>,
        from: i64,
        to: i64,
    },
    /// Rounded half to even at so many digits after the point, by the shortest decimal form.
    Round {
        of: Box<Node>,
        digits: i64,
    },
}

/// What one native function computes: its inputs, and the value of each row. The form of a
/// parameter stands where it is used.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Formula {
    pub(super) slots: Vec<Slot>,
    pub(super) parameters: usize,
    pub(super) root: Node,
    pub(super) form: Form,
    /// Whether each operation on doubles is looked at for overflow. Otherwise one look at the end of
    /// a chain is made, which also leaves to the interpreter what is not a number: cheaper where
    /// such values are rare.
    pub(super) careful: bool,
    /// What comes out.
    pub(super) output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Output {
    /// A bit or a word for each row.
    Rows,
    /// The doubles, each added to the sum whose turn it is. Where one of a block is missing, the
    /// sums mean nothing.
    Sum,
}
