//! The tools that a server lists: translated, and held to the limits.

use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::Value;
use sophia_diagnostics::{Problem, codes};

use super::secret;
use crate::{ToolDescription, limits, schema};

/// A tool as the SDK gives it, in our words.
pub(super) fn described(tool: Tool, honours_keys: bool) -> ToolDescription {
    let hints = tool.annotations.unwrap_or_default();
    ToolDescription {
        name: tool.name.into_owned(),
        description: tool.description.unwrap_or_default().into_owned(),
        input_schema: Value::Object(Arc::unwrap_or_clone(tool.input_schema)),
        output_schema: tool
            .output_schema
            .map(|schema| Value::Object(Arc::unwrap_or_clone(schema))),
        read_only: hints.read_only_hint,
        idempotent: hints.idempotent_hint,
        destructive: hints.destructive_hint,
        honours_keys,
    }
}

/// Whether a list stays within the limits.
pub(super) fn check(server: &str, tools: &[ToolDescription]) -> Result<(), Problem> {
    if tools.len() > limits::TOOLS {
        return Err(Problem::new(
            codes::S953,
            format!("{server} offers more than {} tools.", limits::TOOLS),
        ));
    }
    for tool in tools {
        let proper = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
        let named = (1..=limits::NAME_BYTES).contains(&tool.name.len());
        if !named || !tool.name.bytes().all(proper) {
            return Err(Problem::new(
                codes::S953,
                format!(
                    "{server} offers a tool with a name that no tool may have: `{}`.",
                    secret::shorten(&tool.name)
                ),
            ));
        }
        let schemas = std::iter::once(&tool.input_schema).chain(&tool.output_schema);
        for schema in schemas {
            if schema::is_deeper_than(schema, limits::SCHEMA_DEPTH) {
                return Err(schema::too_deep(&format!("`{}` of {server}", tool.name)));
            }
        }
    }
    Ok(())
}
