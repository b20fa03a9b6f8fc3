//! Grammars for others.
pub mod artefacts;
pub mod tree_sitter;
pub mod words;
