//! One live connection to one server, whatever carries it.
//!
//! This is the trait that keeps the SDK and the transport replaceable: the fleet knows nothing else.

use async_trait::async_trait;
use serde_json::{Map, Value};
use sophia_diagnostics::Problem;
use tokio::time::Instant;

use super::following::Following;
use crate::{Resource, ServerDescription, ToolAnswer, ToolFailure};

/// A server that has answered its handshake.
#[async_trait]
pub(super) trait Connection: Send + Sync {
    /// The server and all its tools, asked anew.
    async fn describe(&self) -> Result<ServerDescription, Problem>;

    /// Calls a tool. Dropping the future tells the server that nobody waits any more.
    async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        key: &str,
        deadline: Option<Instant>,
    ) -> Result<ToolAnswer, ToolFailure>;

    /// What the server holds under a URI, asked anew.
    async fn read(&self, uri: &str) -> Result<Resource, Problem>;

    /// Asks the server to tell when what it holds under a URI has changed, where it offers that.
    async fn follow(&self, uri: &str) -> Result<Following, Problem>;

    /// Whether calls can still be sent.
    fn is_alive(&self) -> bool;

    /// Asks the server to end, and makes it. Afterwards no process of it is left.
    async fn close(&self);
}
