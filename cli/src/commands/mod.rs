//! One file for each command: it asks the server room and prints the answer.

pub(crate) mod check;
pub(crate) mod control;
pub(crate) mod create;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod graph;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod replay;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sample;
pub(crate) mod serve;
pub(crate) mod stand_in;
pub(crate) mod store;
pub(crate) mod sync;
pub(crate) mod test;
