//! A stand-in for an MCP server, made from what the lock pins: it validates, records, and answers in shape.

use std::path::PathBuf;

use sophia_compiler::catalogue::{Server, ToolCall};
use sophia_compiler::{Snapshot, stated_type};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::json::{Border, schema};
use sophia_tools::{StandIn, ToolDescription, serve};

use crate::project::Project;

/// Serves a stand-in over standard input and output until the other side goes away.
///
/// # Errors
/// When the lock holds no such server, or the record file cannot be written.
pub async fn serve_stand_in(
    project: &Project,
    tool: &str,
    record: Option<PathBuf>,
) -> Result<(), Problem> {
    let pinned = project.snapshot.catalogue.tools.get(tool).ok_or_else(|| {
        Problem::new(
            codes::S953,
            format!("sophia.lock holds no server `{tool}`."),
        )
        .with_help("`sophia sync` writes what the live server offers into the lock")
    })?;
    serve(stand_in(&project.snapshot, tool, pinned, record)?).await
}

/// A stand-in for a pinned server. Where the server declares no shape for an answer, the manifest's
/// `returns` does.
///
/// # Errors
/// When the lock holds a schema that is not JSON.
pub(crate) fn stand_in(
    snapshot: &Snapshot,
    tool: &str,
    pinned: &Server,
    record: Option<PathBuf>,
) -> Result<StandIn, Problem> {
    let returns = snapshot
        .manifest
        .tools
        .get(tool)
        .map(|settings| &settings.returns);
    let tools = pinned
        .calls
        .iter()
        .map(|(ours, call)| {
            let stated = returns.and_then(|returns| returns.get(ours));
            let stated = stated.and_then(|written| stated_type(snapshot, written));
            let output_schema = match (&call.output_schema, stated) {
                (Some(text), _) => Some(parsed(call, text)?),
                (None, Some(of)) => Some(schema(&of, Border::Plain)),
                (None, None) => None,
            };
            Ok(ToolDescription {
                name: call.wire_name.clone(),
                description: call.description.clone(),
                input_schema: parsed(call, &call.input_schema)?,
                output_schema,
                read_only: Some(call.read_only),
                idempotent: Some(call.idempotent),
                destructive: Some(call.destructive),
                honours_keys: true,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(StandIn {
        server: pinned.server.clone(),
        version: pinned.version.clone(),
        tools,
        record,
    })
}

fn parsed(call: &ToolCall, text: &str) -> Result<serde_json::Value, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::new(
            codes::S953,
            format!(
                "The schema of `{}` in sophia.lock is broken.",
                call.wire_name
            ),
        )
        .because(error)
        .with_help("`sophia sync` writes the lock anew")
    })
}
