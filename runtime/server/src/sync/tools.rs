//! Pins what an MCP server offers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use sophia_compiler::catalogue::{
    Server, ToolCall, canonical_json, digest, our_argument, our_name,
};
use sophia_compiler::project::ToolSettings;
use sophia_diagnostics::Problem;
use sophia_tools::{Fleet, ToolDescription};

use crate::environment::{Secrets, server_settings};

/// Starts the real server, asks for its tools, and ends it.
///
/// # Errors
/// When it cannot be started or does not answer.
pub(super) async fn describe(
    name: &str,
    settings: &ToolSettings,
    root: &Path,
    secrets: &Secrets,
) -> Result<Server, Problem> {
    let fleet = Fleet::new(vec![server_settings(name, settings, root, secrets)?]);
    let described = fleet.describe(name).await;
    fleet.shut_down().await;
    let described = described?;
    let calls = named(name, &described.tools)
        .into_iter()
        .map(|(ours, tool)| {
            let call = pinned(tool, settings.rename.get(&ours));
            (ours, call)
        })
        .collect();
    Ok(Server {
        server: described.server,
        version: described.version,
        calls,
    })
}

/// The tools by our names. Where the names of several fall together, the one that is written so keeps the name, or else
/// the first by the server's own; the others are numbered.
fn named<'t>(server: &str, tools: &'t [ToolDescription]) -> BTreeMap<String, &'t ToolDescription> {
    let mut ordered: Vec<(String, &ToolDescription)> = (tools.iter())
        .map(|tool| (our_name(server, &tool.name), tool))
        .collect();
    ordered.sort_by_key(|(ours, tool)| (tool.name != *ours, &tool.name));
    let mut named = BTreeMap::new();
    let mut together = Vec::new();
    for (ours, tool) in ordered {
        match named.entry(ours) {
            Entry::Vacant(free) => {
                free.insert(tool);
            }
            Entry::Occupied(taken) => together.push((taken.key().clone(), tool)),
        }
    }
    for (ours, tool) in together {
        let free = (2..).map(|number| format!("{ours}_{number}"));
        if let Some(free) = { free }.find(|name| !named.contains_key(name)) {
            named.insert(free, tool);
        }
    }
    named
}

/// One tool as the lock keeps it. `renamed` maps our argument names to the server's, by the manifest.
fn pinned(tool: &ToolDescription, renamed: Option<&BTreeMap<String, String>>) -> ToolCall {
    let input_schema = canonical_json(&tool.input_schema);
    let output_schema = tool.output_schema.as_ref().map(canonical_json);
    let annotations = serde_json::json!({
        "readOnlyHint": tool.read_only,
        "idempotentHint": tool.idempotent,
        "destructiveHint": tool.destructive,
    });
    let mut arguments: BTreeMap<String, String> = tool
        .input_schema
        .get("properties")
        .and_then(serde_json::Value::as_object)
        .into_iter()
        .flat_map(|properties| properties.keys())
        .map(|theirs| (our_argument(theirs), theirs.clone()))
        .filter(|(ours, theirs)| ours != theirs)
        .collect();
    for (ours, theirs) in renamed.into_iter().flatten() {
        arguments.retain(|_, known| known != theirs);
        arguments.insert(ours.clone(), theirs.clone());
    }
    ToolCall {
        wire_name: tool.name.clone(),
        description: tool.description.clone(),
        read_only: tool.read_only == Some(true),
        idempotent: tool.idempotent == Some(true),
        destructive: tool.destructive == Some(true),
        arguments,
        digest: digest(
            &tool.name,
            &tool.description,
            &tool.input_schema,
            tool.output_schema.as_ref(),
            Some(&annotations),
        ),
        input_schema,
        output_schema,
        sampled: None,
        labels: BTreeMap::new(),
    }
}
