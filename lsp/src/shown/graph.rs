//! The graph of a playbook: the picture that `sophia graph` draws, and where each of its boxes is written.

use serde::Serialize;
use sophia_diagnostics::Span;
use sophia_language::syntax::Header;
use sophia_plan::graph::{DrawnStep, picture};
use sophia_plan::step::Origin;

use super::{About, Nothing, known};
use crate::answers::place::spot_of;
use crate::project::{File, Spot, View};
use crate::protocol::Location;
use crate::text::{Encoding, Text};

/// The graph, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Graph(Graph),
    Nothing(Nothing),
}

/// A picture and its boxes.
#[derive(Serialize)]
pub(super) struct Graph {
    playbook: String,
    svg: String,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    /// The `id` of its element in the picture.
    id: String,
    name: String,
    detail: String,
    /// `quiet`, `effect`, `container` or `end`
    kind: &'static str,
    /// How many boxes it stands in.
    depth: usize,
    /// Where it is written; nothing where that cannot be opened.
    location: Option<Location>,
}

pub(super) fn of_document(view: &View, about: &About) -> Answer {
    let spot = spot_of(view, &about.text_document.uri);
    let (playbook, plan) = match known(spot.as_ref(), |playbook| playbook.plan.as_deref()) {
        Ok(found) => found,
        Err(nothing) => return Answer::Nothing(nothing),
    };
    let drawn = picture(plan);
    let steps = drawn.steps.into_iter().map(|step| Step {
        location: spot.as_ref().and_then(|spot| location(spot, &step)),
        id: step.element,
        name: step.title,
        detail: step.detail,
        kind: step.look.class(),
        depth: step.depth,
    });
    Answer::Graph(Graph {
        playbook: playbook.name.to_string(),
        steps: steps.collect(),
        svg: drawn.svg,
    })
}

fn location(spot: &Spot<'_>, step: &DrawnStep) -> Option<Location> {
    let file = match &step.module {
        None => spot.file,
        Some(module) => {
            let mut files = spot.project?.files.values();
            files.find(|file| is_module(file, module))?
        }
    };
    let start = byte(&file.text, step.origin)?;
    spot.location(&file.name, Span::new(start, start))
}

fn is_module(file: &File, last_word: &str) -> bool {
    let header = file.parsed.as_ref().map(|parsed| &parsed.file.header);
    matches!(header, Some(Header::Module(name)) if name.text.rsplit('.').next() == Some(last_word))
}

/// The byte of a place that a plan counts in lines and characters from 1.
fn byte(text: &Text, origin: Origin) -> Option<usize> {
    let line = text.line((origin.line as usize).checked_sub(1)?)?;
    let before = (origin.column as usize).checked_sub(1)?;
    Some(line.start as usize + Encoding::Utf32.bytes(text.at(line), before))
}
