//! A stand-in for an MCP server, made from what the lock pins: it validates, records, and answers in shape.

use std::path::PathBuf;

use sophia_compiler::catalogue::Server;
use sophia_diagnostics::{Problem, codes};
use sophia_tools::{StandIn, ToolDescription, serve};

use crate::project::Project;

/// Serves a stand-in over standard input and output until the other side goes away.
///
/// # Errors
/// When the lock holds no such server, or the record file cannot be written.
pub async fn serve_stand_in(project: &Project, tool: &str, record: Option<PathBuf>) -> Result<(), Problem> {
    let pinned = project.snapshot.catalogue.tools.get(tool).ok_or_else(|| {
        Problem::new(codes::S953, format!("sophia.lock holds no server `{tool}`."))
            .with_help("`sophia sync` writes what the live server offers into the lock")
    })?;
    serve(StandIn {
        server: pinned.server.clone(),
        version: pinned.version.clone(),
        tools: descriptions(pinned)?,
        record,
    })
    .await
}

/// The pinned calls as descriptions of tools.
pub(crate) fn descriptions(server: &Server) -> Result<Vec<ToolDescription>, Problem> {
    server
        .calls
        .values()
        .map(|call| {
            let parsed = |text: &str| {
                serde_json::from_str(text).map_err(|error| {
                    Problem::new(codes::S953, format!("The schema of `{}` in sophia.lock is broken.", call.wire_name))
                        .because(error)
                        .with_help("`sophia sync` writes the lock anew")
                })
            };
            Ok(ToolDescription {
                name: call.wire_name.clone(),
                description: call.description.clone(),
                input_schema: parsed(&call.input_schema)?,
                output_schema: call.output_schema.as_deref().map(parsed).transpose()?,
                read_only: Some(call.read_only),
                idempotent: Some(call.idempotent),
                destructive: Some(call.destructive),
                honours_keys: true,
            })
        })
        .collect()
}
