//! One file for each thing that an editor asks: from a view and a place to an answer.

pub(crate) mod diagnostics;
pub(crate) mod place;
pub(crate) mod symbols;

mod offered;

pub(crate) use offered::capabilities;
