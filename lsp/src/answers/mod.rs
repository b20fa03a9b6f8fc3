//! One file for each thing that an editor asks: from a view and a place to an answer.

pub(crate) mod completion;
pub(crate) mod diagnostics;
pub(crate) mod hover;
mod meaning;
pub(crate) mod navigation;
pub(crate) mod place;
pub(crate) mod rename;
pub(crate) mod signature;
mod sql;
pub(crate) mod symbols;
mod uses;

mod offered;

pub(crate) use offered::capabilities;
