//! What an editor shows beside the text and the protocol has no words for: the graph, the plan and its cost, the
//! tests, the inputs, the ways of labelled data.
//!
//! Kept true here: each answer is a view of what the compiler found, in the words that the command line uses; a
//! text with mistakes has an answer too, which says why there is nothing to see.
//!
//! The other side is `lsp/vscode/src/protocol.ts`.

mod graph;
mod inputs;
mod labels;
mod plan;
mod tests;

use lsp_server::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sophia_compiler::Playbook;

use crate::project::{Spot, View};
use crate::protocol::TextDocumentIdentifier;
use crate::server::Refusal;

/// The methods that are answered here.
pub(crate) const METHODS: [&str; 5] = [
    "sophia/graph",
    "sophia/inputs",
    "sophia/labelPaths",
    "sophia/plan",
    "sophia/tests",
];

/// Answers a request; nothing where the method is not one of these.
pub(crate) fn answer(view: &View, method: &str, params: Value) -> Option<Result<Value, Refusal>> {
    Some(match method {
        "sophia/graph" => on(params, |about| graph::of_document(view, &about)),
        "sophia/inputs" => on(params, |about| inputs::of_document(view, &about)),
        "sophia/labelPaths" => on(params, |about| labels::of_document(view, &about)),
        "sophia/plan" => on(params, |about| plan::of_document(view, &about)),
        "sophia/tests" => on(params, |_: Everything| tests::of_everything(view)),
        _ => return None,
    })
}

fn on<P: DeserializeOwned, R: Serialize>(
    params: Value,
    answer: impl Fn(P) -> R,
) -> Result<Value, Refusal> {
    let params = serde_json::from_value(params).map_err(|error| Refusal {
        code: ErrorCode::InvalidParams as i32,
        message: error.to_string(),
    })?;
    serde_json::to_value(answer(params)).map_err(|error| Refusal {
        code: ErrorCode::InternalError as i32,
        message: error.to_string(),
    })
}

/// A question about one text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    text_document: TextDocumentIdentifier,
}

/// A question about everything that is open.
#[derive(Deserialize)]
struct Everything {}

/// Why there is nothing to show.
#[derive(Serialize)]
struct Nothing {
    /// The playbook, where its name is known.
    playbook: Option<String>,
    /// One sentence for a person.
    reason: String,
}

impl Nothing {
    fn because(playbook: Option<&Playbook>, reason: &str) -> Self {
        Self {
            playbook: playbook.map(|playbook| playbook.name.to_string()),
            reason: reason.to_owned(),
        }
    }
}

/// What is known of the playbook in a text, or why nothing is.
fn known<'v, T>(
    spot: Option<&Spot<'v>>,
    wanted: impl Fn(&'v Playbook) -> Option<&'v T>,
) -> Result<(&'v Playbook, &'v T), Nothing> {
    let Some(spot) = spot else {
        return Err(Nothing::because(None, "This text is not known."));
    };
    if spot.project.is_none() {
        return Err(Nothing::because(
            None,
            "This file belongs to no project: no folder above it has a sophia.toml.",
        ));
    }
    let Some(playbook) = &spot.file.playbook else {
        return Err(Nothing::because(None, "This file holds no playbook."));
    };
    match wanted(playbook) {
        Some(found) => Ok((playbook, found)),
        None => Err(Nothing::because(
            Some(playbook),
            "This playbook has mistakes. What is shown here follows once they are mended.",
        )),
    }
}
