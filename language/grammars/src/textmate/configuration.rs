//! `language-configuration.json`: comments, brackets, what closes by itself, indentation and folds.

use serde_json::{Value, json};

use crate::words::BRACKETS;

/// The text of `language-configuration.json`.
#[must_use]
pub fn json() -> String {
    let pairs: Vec<Value> = BRACKETS
        .iter()
        .map(|(open, close)| json!([open, close]))
        .collect();
    let mut closing: Vec<Value> = vec![json!({
        "open": "\"\"\"", "close": "\"\"\"", "notIn": ["comment", "string"],
    })];
    closing.extend(
        BRACKETS
            .iter()
            .map(|(open, close)| json!({ "open": open, "close": close, "notIn": ["comment"] })),
    );
    closing.push(json!({ "open": "\"", "close": "\"", "notIn": ["comment", "string"] }));
    let mut surrounding = pairs.clone();
    surrounding.push(json!(["\"", "\""]));
    let configuration = json!({
        "comments": { "lineComment": "#" },
        "brackets": pairs,
        "autoClosingPairs": closing,
        "autoCloseBefore": " \t\n,.:)]}\"",
        "surroundingPairs": surrounding,
        "wordPattern": "[\\p{L}\\p{N}_]+",
        "indentationRules": {
            "increaseIndentPattern": "^[^#]*[\\{\\[\\(][^\\}\\]\\)\"]*$",
            "decreaseIndentPattern": "^\\s*[\\}\\]\\)]",
        },
        "folding": {
            "offSide": false,
            "markers": { "start": "^[^#]*[\\{\\[\\(]\\s*(#.*)?$", "end": "^\\s*[\\}\\]\\)]" },
        },
        "onEnterRules": [{
            "beforeText": "^\\s*##\\s.*$",
            "action": { "indent": "none", "appendText": "## " },
        }],
    });
    let mut text = serde_json::to_string_pretty(&configuration).unwrap_or_default();
    text.push('\n');
    text
}
