//! What a run of a playbook can be given: its inputs and the parameters of its requests, as they are written.

use serde::Serialize;
use sophia_diagnostics::Span;
use sophia_language::syntax::{Header, Item, Parameter, TriggerKind};

use super::About;
use crate::answers::place::spot_of;
use crate::project::{Spot, View};

/// The inputs of the playbook in a text; none where there is no playbook.
#[derive(Default, Serialize)]
pub(super) struct Inputs {
    playbook: Option<String>,
    inputs: Vec<Input>,
}

#[derive(Serialize)]
struct Input {
    name: String,
    /// Its type in words: `percent`.
    #[serde(rename = "type")]
    of: String,
    /// `70%`; nothing where it is required.
    default: Option<String>,
    documentation: Option<String>,
}

pub(super) fn of_document(view: &View, about: &About) -> Inputs {
    let Some(spot) = spot_of(view, &about.text_document.uri) else {
        return Inputs::default();
    };
    let Some(parsed) = spot.parsed() else {
        return Inputs::default();
    };
    let Header::Playbook(playbook) = &parsed.file.header else {
        return Inputs::default();
    };
    let mut inputs: Vec<Input> = Vec::new();
    for item in &parsed.file.items {
        match item {
            Item::Input(input) => inputs.push(Input {
                name: input.name.text.clone(),
                of: words(&spot, input.of.span()),
                default: (input.default.as_ref()).map(|default| words(&spot, default.span())),
                documentation: Some(input.documentation.text.clone())
                    .filter(|text| !text.is_empty()),
            }),
            Item::Trigger(trigger) => {
                if let TriggerKind::Request { parameters, .. } = &trigger.kind {
                    let asked = parameters.iter().map(|parameter| asked(&spot, parameter));
                    inputs.extend(asked);
                }
            }
            _ => {}
        }
    }
    // A parameter of a request with the name of an input fills it.
    let mut seen = Vec::new();
    inputs.retain(|input| {
        let is_new = !seen.contains(&input.name);
        seen.push(input.name.clone());
        is_new
    });
    Inputs {
        playbook: Some(playbook.text.clone()),
        inputs,
    }
}

fn asked(spot: &Spot<'_>, parameter: &Parameter) -> Input {
    Input {
        name: parameter.name.text.clone(),
        of: words(spot, parameter.of.span()),
        default: None,
        documentation: None,
    }
}

/// What is written at a place, on one line.
fn words(spot: &Spot<'_>, span: Span) -> String {
    let words = spot.file.text.at(span).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}
