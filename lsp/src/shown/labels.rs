//! How labelled data gets where it may not go: each complaint about a flow with the places on its way.

use serde::Serialize;

use super::About;
use crate::answers::place::spot_of;
use crate::project::View;
use crate::protocol::{Location, Range};

/// The codes of complaints about flows.
const FLOWS: [&str; 9] = [
    "S601", "S602", "S603", "S604", "S605", "S606", "S607", "S611", "S612",
];

/// A flow that is not allowed.
#[derive(Serialize)]
pub(super) struct LabelPath {
    code: &'static str,
    message: String,
    /// What would leave, as it is written there.
    subject: String,
    /// Where it would leave.
    range: Range,
    /// From where it comes to where it leaves.
    stops: Vec<Stop>,
}

#[derive(Serialize)]
struct Stop {
    /// What it comes through.
    what: String,
    /// What is to be known of it there; empty where nothing is.
    note: String,
    location: Location,
}

pub(super) fn of_document(view: &View, about: &About) -> Vec<LabelPath> {
    let Some(spot) = spot_of(view, &about.text_document.uri) else {
        return Vec::new();
    };
    (spot.file.diagnostics.iter())
        .filter(|complaint| FLOWS.contains(&complaint.code.as_str()))
        .map(|complaint| LabelPath {
            code: complaint.code.as_str(),
            message: complaint.message.clone(),
            subject: spot.file.text.at(complaint.span).to_owned(),
            range: spot.range(complaint.span),
            stops: (complaint.related.iter())
                .filter_map(|related| {
                    let (what, note) = parts(&related.message);
                    Some(Stop {
                        what,
                        note,
                        location: spot.location(&related.file, related.span)?,
                    })
                })
                .collect(),
        })
        .collect()
}

/// A stop as complaints tell it, `→ query customers  column email`: its two columns, without the arrow.
fn parts(told: &str) -> (String, String) {
    let (what, note) = told.split_once("  ").unwrap_or((told, ""));
    (
        what.trim_start_matches("→ ").to_owned(),
        note.trim().to_owned(),
    )
}
