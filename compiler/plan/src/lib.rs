//! The plan: steps, edges, types, values, and the expressions between them.
//!
//! A plan is a value: it can be written, hashed, read back and run without the compiler that made it.
//!
//! Kept true here: no I/O, no panics on input, no clock. Must not know: syntax, storage, the network.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

mod block;
pub mod convert;
pub mod decimal;
mod definition;
mod depth;
pub mod encode;
pub mod evaluate;
pub mod expression;
pub mod graph;
pub mod json;
pub mod native;
mod parts;
pub mod plan;
pub mod show;
pub mod step;
pub mod table;
pub mod test;
mod trigger;
pub mod types;
mod unfit;
pub mod value;
mod work;

pub use convert::convert;
pub use encode::{decode, encode};
pub use evaluate::{Host, Scope, evaluate, evaluate_with, is_native};
pub use expression::{Expression, Function, Operator, Stage};
pub use json::{Border, Mismatch, from_json, schema, to_json, to_json_for};
pub use native::Tier;
pub use plan::{FORMAT, Plan, PlanHash};
pub use show::show;
pub use step::{Block, Edge, EndKind, Origin, Policy, Step, StepKind, Work};
pub use table::Table;
pub use types::{Currency, FieldType, RecordType, Type};
pub use unfit::unfit_row;
pub use value::{Record, Value};
