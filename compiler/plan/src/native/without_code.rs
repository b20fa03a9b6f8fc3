//! What stands in for native functions on processors that the code generator does not know: there
//! are none, and everything is interpreted.

use super::lanes::{Lane, Results, Verdict};
use super::node::Formula;

/// A compiled formula. Here there is none.
pub(super) struct Code {
    formula: Formula,
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
