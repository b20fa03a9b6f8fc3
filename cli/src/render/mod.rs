//! How things look. Everything here makes texts; nothing decides anything.

pub(crate) mod diagnostic;
pub(crate) mod live;
pub(crate) mod narrated;
pub(crate) mod numbers;
pub(crate) mod plan;
pub(crate) mod problem;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod steps;
pub(crate) mod style;
