//! The tree-sitter and the TextMate grammar of Sophia, generated from one table of words and a small
//! description of the rules.
//!
//! [`words`] is the table. [`tree_sitter`] makes `grammar.json`, the scanner, the parser and the queries
//! from it, [`textmate`] the TextMate grammar and the settings of an editor. [`artefacts`] knows every
//! file that comes out.
//!
//! Kept true: what is committed is what is generated; both grammars read every playbook of the
//! repository as the language itself does. Tests say so.
//!
//! Must not know: what names mean. No part of the product depends on this crate.

pub mod artefacts;
pub mod textmate;
pub mod tree_sitter;
pub mod words;
