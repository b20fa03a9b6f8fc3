//! The tree-sitter grammar: rules, scanner, queries, and the parser made from them.

pub mod grammar;
pub mod rule;
mod rules;
pub mod scanner;
pub mod manifest;
pub mod queries;
