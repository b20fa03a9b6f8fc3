//! What is not written and holds all the same: derived types, what values carry, what a call costs at most.

use sophia_compiler::facts::{Label, Level, Mark};
use sophia_diagnostics::Span;
use sophia_plan::types::Type;

use super::hover::{dollars, markdown};
use super::place::spot_of;
use crate::names::{Binder, Kind};
use crate::project::{Spot, View};
use crate::protocol::{InlayHint, InlayHintKind, InlayHintParams, Label as Words, Tooltip};
use crate::server::Refusal;

/// Longer types are told by a hover.
const LONGEST: usize = 48;

/// The hints of a part of a document.
pub(crate) fn of_document(
    view: &View,
    params: InlayHintParams,
) -> Result<Option<Vec<InlayHint>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(index) = spot.file.index() else {
        return Ok(None);
    };
    let part = spot.file.text.span(params.range, view.encoding);
    let wanted = &view.hints;
    let mut hints = Vec::new();
    for binder in &index.binders {
        if binder.span.end < part.start || part.end < binder.span.start {
            continue;
        }
        if wanted.types {
            hints.extend(of_type(&spot, binder));
        }
        if wanted.costs {
            hints.extend(of_cost(&spot, binder));
        }
        if wanted.labels {
            hints.extend(of_label(&spot, binder));
        }
    }
    Ok(Some(hints))
}

fn hint(
    spot: &Spot<'_>,
    at: u32,
    words: String,
    kind: Option<InlayHintKind>,
    tip: Option<String>,
) -> InlayHint {
    InlayHint {
        position: spot.file.text.position(at as usize, spot.view.encoding),
        label: Words::String(words),
        kind,
        text_edits: None,
        tooltip: tip.map(|tip| Tooltip::MarkupContent(markdown(tip))),
        padding_left: Some(kind.is_none()),
        padding_right: None,
        data: None,
    }
}

/// The type of a name that is made without one.
fn of_type(spot: &Spot<'_>, binder: &Binder) -> Option<InlayHint> {
    if !matches!(binder.kind, Kind::Let | Kind::Item | Kind::Arriving) {
        return None;
    }
    let of = spot
        .file
        .type_of_name(binder)
        .filter(|of| *of != Type::Unknown)?;
    let whole = of.to_string();
    let short = match &of {
        Type::Table(record) if whole.len() > LONGEST => {
            format!("table of {} columns", record.fields.len())
        }
        Type::Record(record) if whole.len() > LONGEST => format!("{} fields", record.fields.len()),
        _ if whole.len() > LONGEST => return None,
        _ => whole.clone(),
    };
    Some(hint(
        spot,
        binder.span.end,
        format!(": {short}"),
        Some(InlayHintKind::Type),
        Some(whole),
    ))
}

/// The end of the line on which a name is made.
fn line_end(spot: &Spot<'_>, span: Span) -> u32 {
    let line = spot.file.text.line_of(span.start as usize);
    spot.file.text.line(line).map_or(span.end, |line| line.end)
}

/// What a call of a model costs at most, and a whole run.
fn of_cost(spot: &Spot<'_>, binder: &Binder) -> Option<InlayHint> {
    let playbook = spot.file.playbook.as_ref()?;
    let words = match binder.kind {
        Kind::Model => {
            let most = playbook
                .facts
                .as_ref()?
                .run
                .calls
                .get(binder.name.as_str())?
                .most?;
            format!("≤ {} a call", dollars(&most.round_dp(6).normalize()))
        }
        Kind::Playbook => {
            let most = playbook.outlook.as_ref()?.cost.number()?;
            if most.is_zero() {
                return None;
            }
            format!("≤ {} a run", dollars(&most.round_dp(4).normalize()))
        }
        _ => return None,
    };
    Some(hint(spot, line_end(spot, binder.span), words, None, None))
}

/// What the result of a step carries, where it is more than everything else is.
fn of_label(spot: &Spot<'_>, binder: &Binder) -> Option<InlayHint> {
    if binder.kind != Kind::Let {
        return None;
    }
    let facts = spot.file.playbook.as_ref()?.facts.as_ref()?;
    let label: &Label = &facts.steps.get(binder.name.as_str())?.result.label;
    let mut words: Vec<String> = (label.atoms().iter())
        .filter_map(|atom| match &atom.mark {
            Mark::Category(category) => Some(format!("@{}", category.0)),
            Mark::Level(_) => None,
        })
        .collect();
    words.sort();
    words.dedup();
    if matches!(label.highest(), Level::Confidential | Level::Restricted) {
        words.insert(0, label.highest().word().to_owned());
    }
    (!words.is_empty()).then(|| {
        hint(
            spot,
            line_end(spot, binder.span),
            words.join(" "),
            None,
            None,
        )
    })
}
