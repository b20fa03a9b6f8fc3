//! One live connection to one server, whatever carries it.
//!
//! This is the trait that keeps the SDK and the transport replaceable: the fleet knows nothing else.

use async_trait::async_trait;
use serde_json::{Map, Value};
use sophia_diagnostics::Problem;
use tokio::time::Instant;

use crate::{ServerDescription, ToolAnswer, ToolFailure};

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

    /// Whether calls can still be sent.
    fn is_alive(&self) -> bool;

    /// Asks the server to end, and makes it. Afterwards no process of it is left.
    async fn close(&self);
}
