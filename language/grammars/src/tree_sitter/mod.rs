//! The tree-sitter grammar: rules, scanner, queries, and what editors read about them.

pub mod grammar;
pub mod manifest;
pub mod queries;
pub mod rule;
mod rules;
pub mod scanner;
