//! `tree-sitter.json`: what editors and tools read about the grammar.

use serde_json::json;

/// The text of `tree-sitter.json`.
#[must_use]
pub fn json() -> String {
    let manifest = json!({
        "grammars": [{
            "name": "sophia",
            "camelcase": "Sophia",
            "scope": "source.sophia",
            "file-types": ["sophia"],
            "injection-regex": "^sophia$",
            "highlights": "queries/highlights.scm",
            "injections": "queries/injections.scm",
            "locals": "queries/locals.scm",
        }],
        "metadata": {
            "version": env!("CARGO_PKG_VERSION"),
            "license": env!("CARGO_PKG_LICENSE"),
            "description": "Automation playbooks that are proven before they run",
            "links": { "repository": "" },
        },
        "bindings": { "c": true },
    });
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}
