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
mod flow;
mod model;
mod modifier;
mod policy;
mod stage;
mod statement;
mod test;
mod trigger;
mod types;

pub use declaration::{
    Accept, Action, Command, Function, FunctionBody, Input, Metric, OnFailure, Parameter,
    Predictor, Query, SqlText, State, TypeDeclaration, Use,
};
pub use expression::{
    Argument, BinaryOperator, Call, Edge, Expression, FieldValue, Period, TextPart, TextTemplate,
    UnaryOperator, Which,
};
pub use file::{Documentation, File, Header, Item, Name};
pub use flow::{Ask, Delay, EventPattern, Question, Wait, WaitBranch, WaitUntil};
pub use model::{Alike, Clause, Model};
pub use modifier::{Escalation, Modifier, Otherwise, UnsureRule};
pub use policy::{Demand, Policy, PolicyRule, Subject};
pub use stage::{GroupColumn, JoinOn, SortKey, Stage};
pub use statement::{
    Arm, Block, Do, ElseBranch, Emit, End, EndKind, ForEach, If, Let, LetValue, Match, Modified,
    Record, Repeat, Return, Run, Set, Statement, Together, Try, Yield,
};
pub use test::{Answer, Expectation, Given, GivenAnswer, GivenSubject, Happening, Test, TestLine};
pub use trigger::{Batches, Change, OneRun, Overlap, Trigger, TriggerKind};
pub use types::{FieldDeclaration, Label, TypeExpression};
