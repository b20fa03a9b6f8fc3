//! One file for each thing that an editor asks: from a view and a place to an answer.

#![allow(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    reason = "whoever answers has one signature: the parameters are handed over, and any question may be refused"
)]

pub(crate) mod actions;
mod beside;
mod called;
mod columns;
pub(crate) mod completion;
pub(crate) mod diagnostics;
pub(crate) mod folding;
pub(crate) mod formatting;
pub(crate) mod hierarchy;
pub(crate) mod hints;
pub(crate) mod hover;
mod indenting;
mod keywords;
pub(crate) mod lenses;
pub(crate) mod links;
mod meaning;
mod mended;
pub(crate) mod navigation;
pub(crate) mod place;
pub(crate) mod rename;
pub(crate) mod selection;
mod settings;
mod shaped;
pub(crate) mod signature;
mod sql;
pub(crate) mod symbols;
pub(crate) mod tokens;
mod trial;
mod uses;

mod offered;

pub(crate) use offered::capabilities;
