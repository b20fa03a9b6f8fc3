//! What a native function is given and what it says, whether or not this processor has any.

use crate::evaluate::LANES;

/// What one slot reads: the bytes of its rows, and a bit for each row that has a value.
#[derive(Clone, Copy)]
pub(super) struct Lane<'a> {
    pub(super) values: &'a [u8],
    pub(super) validity: Option<&'a [u8]>,
}

/// Sums that take turns, as the interpreter adds up doubles.
pub(super) type Sums = [f64; LANES];

/// Where results go: a bit for each row, or a word.
pub(super) enum Results<'a> {
    Bits(&'a mut [u8]),
    Words(&'a mut [i64]),
    /// What was added up before, and then with these rows, row by row in turn.
    Sums(&'a mut Sums),
}

/// What a call found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every result counts.
    Sure,
    /// At least one row must be decided by the interpreter.
    Doubtful,
    /// The lengths do not fit the formula; nothing was computed.
    Unfit,
}
