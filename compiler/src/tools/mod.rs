//! Tools: calls of MCP servers against the schemas that the lock has pinned.

mod argument;
mod call;
mod facts;
mod left_out;
mod refusal;
mod sampled;
mod schema;
mod seen;
mod sent;
mod unnamed;
mod verdict;

pub(crate) use facts::ToolFacts;
pub use facts::{changes_world, stated_type};
pub use sampled::sampled_type;
