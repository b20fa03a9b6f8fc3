//! Tools: calls of MCP servers against the schemas that the lock has pinned.

mod call;
mod facts;
mod left_out;
mod schema;

pub(crate) use facts::ToolFacts;
pub use facts::stated_type;
