//! Grammars for others.
pub mod artefacts;
pub mod textmate;
pub mod tree_sitter;
pub mod words;
