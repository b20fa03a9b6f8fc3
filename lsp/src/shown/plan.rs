//! What a playbook would do, send and cost: the sheet of `sophia plan`.

use serde::Serialize;
use sophia_compiler::{PlanLine, PlanMark, PlanSection, PlanSheet};

use super::{About, Nothing, known};
use crate::answers::place::spot_of;
use crate::project::View;

/// The sheet, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Plan(Plan),
    Nothing(Nothing),
}

#[derive(Serialize)]
pub(super) struct Plan {
    playbook: String,
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Section {
    title: &'static str,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: String,
    bound: String,
    detail: String,
    /// Whether it only explains the row above it.
    remark: bool,
}

pub(super) fn of_document(view: &View, about: &About) -> Answer {
    let spot = spot_of(view, &about.text_document.uri);
    match known(spot.as_ref(), |playbook| playbook.outlook.as_deref()) {
        Ok((playbook, outlook)) => Answer::Plan(Plan {
            playbook: playbook.name.to_string(),
            sections: (PlanSheet::of(outlook, None).sections.into_iter())
                .map(section)
                .collect(),
        }),
        Err(nothing) => Answer::Nothing(nothing),
    }
}

fn section(section: PlanSection) -> Section {
    Section {
        title: section.title,
        rows: section.lines.into_iter().map(row).collect(),
    }
}

fn row(line: PlanLine) -> Row {
    Row {
        remark: line.mark == PlanMark::Remark,
        what: line.what,
        bound: line.bound,
        detail: line.detail,
    }
}
