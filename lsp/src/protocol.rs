//! The types of the protocol, from one place, so that another source of them is a change of this file.

pub use gen_lsp_types::*;
