//! The tree: what a `.sophia` file says, with the place of every part.
//!
//! Kept true here: every node has a span in bytes; what is missing stands in the tree as missing
//! ([`Expression::Missing`], an empty [`Name`]) so that later stages and the editor can work on a
//! broken file; documentation comments are part of the tree, other comments stay with the tokens.

#![allow(
    missing_docs,
    reason = "the fields of a variant are shown in its example"
)]

mod declaration;
mod expression;
mod file;
mod statement;
mod types;

pub use declaration::{
    Accept, Clause, Expectation, Given, GivenAnswer, Input, Model, OnFailure, Parameter, Predictor,
    Query, SqlText, Test, TestLine, Trigger, TriggerKind, TypeDeclaration, Use,
};
pub use expression::{
    Argument, BinaryOperator, Call, Expression, FieldValue, GroupColumn, SortKey, Stage, TextPart,
    TextTemplate, UnaryOperator,
};
pub use file::{Documentation, File, Header, Item, Name};
pub use statement::{
    Block, Do, ElseBranch, End, EndKind, ForEach, If, Let, Modifier, Otherwise, Statement,
    UnsureRule,
};
pub use types::{FieldDeclaration, Label, TypeExpression};
