//! What stands in for native functions on processors that the code generator does not know: there
//! are none, and everything is interpreted.

use super::node::Formula;

/// A compiled formula. Here there is none.
pub(super) struct Code {
    formula: Formula,
}

/// What one slot reads: the bytes of its rows, and a bit for each row that has a value.
#[derive(Clone, Copy)]
pub(super) struct Lane<'a> {
    pub(super) values: &'a [u8],
    pub(super) validity: Option<&'a [u8]>,
}

/// Where results go: a bit for each row, or a word.
pub(super) enum Results<'a> {
    Bits(&'a mut [u8]),
    Words(&'a mut [i64]),
    /// What was added up before, and then with these rows.
    Sum(&'a mut f64),
}

/// What a call found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every result counts.
    Sure,
    /// Nothing was computed.
    Unfit,
}

impl Code {
    pub(super) fn compile(_: Formula) -> Option<Self> {
        None
    }

    pub(super) fn formula(&self) -> &Formula {
        &self.formula
    }

    pub(super) fn run(
        &self,
        _: &[Lane<'_>],
        _: &[i64],
        _: usize,
        _: Results<'_>,
        _: &mut [u8],
    ) -> Verdict {
        Verdict::Unfit
    }
}
