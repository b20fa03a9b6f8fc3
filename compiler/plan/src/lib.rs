//! The plan: steps, edges, types, values, and the expressions between them.
//!
//! A plan is a value: it can be written, hashed, read back and run without the compiler that made it.
//!
//! Kept true here: no I/O, no panics on input, no clock. Must not know: syntax, storage, the network.

pub mod evaluate;
pub mod expression;
pub mod plan;
pub mod step;
pub mod table;
pub mod test;
pub mod types;
pub mod value;

pub use evaluate::{Host, Scope, evaluate};
pub use expression::{Expression, Function, Operator, Stage};
pub use plan::{FORMAT, Plan, PlanHash};
pub use step::{Block, Edge, EndKind, Origin, Policy, Step, StepKind, Work};
pub use table::Table;
pub use types::{Currency, FieldType, RecordType, Type};
pub use value::{Record, Value};
