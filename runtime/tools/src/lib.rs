//! Tools: MCP servers, called as a client over stdio, and stand-ins that answer in their place.
//!
//! - [`Fleet`] starts one process for each server at its first use, calls its tools, reads and follows its
//!   resources, starts it again after a crash, and leaves no process behind.
//! - [`StandIn`] has the same tools as a server, checks arguments, records each call durably and
//!   answers in shape; in process, or through [`serve`] as a real MCP server.
//!
//! Kept true here: `rmcp` appears in no public type, so its major versions stop at this room's door.
//! What a server writes is data: it is bounded, secrets are masked out of it, and none of it is ever
//! followed as an instruction or as a reference to the network.
//!
//! Must not know: playbooks, plans, the engine.

mod client;
mod description;
mod failure;
mod limits;
mod nearest;
mod resource;
pub mod schema;
mod stand_in;

pub use client::{Fleet, Following, ServerSettings};
pub use description::{ServerDescription, ToolDescription};
pub use failure::{FailureKind, ToolAnswer, ToolFailure};
pub use resource::Resource;
pub use stand_in::{OpenStandIn, StandIn, serve};

/// Where a call's idempotency key travels in its `_meta`.
pub const IDEMPOTENCY_KEY: &str = "sophia/idempotency-key";

/// The mark in `_meta` of `tools/list` of a server that carries out a key only once.
pub const HONOURS_KEYS: &str = "sophia/honours-keys";

/// The mark in `_meta` of `tools/list` of a stand-in.
pub const STAND_IN: &str = "sophia/stand-in";
