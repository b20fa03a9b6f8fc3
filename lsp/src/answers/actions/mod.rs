//! What can be done about a place: the fixes of its complaints, and the usual rewrites.

mod blocks;
mod rewrites;

use std::collections::HashMap;

use sophia_diagnostics::{Diagnostic as Complaint, Edit, Span};

use super::diagnostics;
use super::place::spot_of;
use crate::project::{Spot, View};
use crate::protocol::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, TextEdit, Uri, WorkspaceEdit,
};
use crate::server::Refusal;

/// The actions of a part of a document.
pub(crate) fn at(
    view: &View,
    params: CodeActionParams,
) -> Result<Option<Vec<CodeActionResponse>>, Refusal> {
    let uri = params.text_document.uri;
    let Some(spot) = spot_of(view, &uri) else {
        return Ok(None);
    };
    let part = spot.file.text.span(params.range, view.encoding);
    let only = params.context.only.unwrap_or_default();
    let is_wanted = |kind: &CodeActionKind| {
        let kind = String::from(kind.clone());
        only.is_empty()
            || only.iter().any(|only| {
                let only = String::from(only.clone());
                kind == only || kind.starts_with(&format!("{only}."))
            })
    };
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QuickFix) {
        let near = spot.file.diagnostics.iter().filter(|complaint| {
            complaint.span.start <= part.end && part.start <= complaint.span.end
        });
        actions.extend(near.filter_map(|complaint| fix(&spot, &uri, complaint)));
    }
    if is_wanted(&CodeActionKind::SourceFixAll) && only.contains(&CodeActionKind::SourceFixAll) {
        actions.extend(fix_all(&spot, &uri));
    }
    let rewrites = rewrites::at(&spot, part).into_iter();
    for rewrite in rewrites.filter(|rewrite| is_wanted(&rewrite.kind)) {
        actions.push(CodeAction {
            title: rewrite.title,
            kind: Some(rewrite.kind),
            edit: Some(workspace_edit(&spot, &uri, &rewrite.edits)),
            ..CodeAction::default()
        });
    }
    Ok(Some(
        actions
            .into_iter()
            .map(CodeActionResponse::CodeAction)
            .collect(),
    ))
}

/// The fix of a complaint, where it is mechanical.
fn fix(spot: &Spot<'_>, uri: &Uri, complaint: &Complaint) -> Option<CodeAction> {
    let fix = complaint.fix.as_ref().filter(|fix| !fix.edits.is_empty())?;
    Some(CodeAction {
        title: title(&fix.message),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostics::shown(spot, complaint)]),
        is_preferred: Some(true),
        edit: Some(workspace_edit(spot, uri, &fix.edits)),
        ..CodeAction::default()
    })
}

/// Every mechanical fix of a text that touches no other.
fn fix_all(spot: &Spot<'_>, uri: &Uri) -> Option<CodeAction> {
    let mut edits: Vec<Edit> = Vec::new();
    for fix in spot
        .file
        .diagnostics
        .iter()
        .filter_map(|complaint| complaint.fix.as_ref())
    {
        let is_free = fix.edits.iter().all(|new| {
            edits
                .iter()
                .all(|old| new.span.end < old.span.start || old.span.end < new.span.start)
        });
        if is_free {
            edits.extend(fix.edits.iter().cloned());
        }
    }
    (!edits.is_empty()).then(|| CodeAction {
        title: "Fix everything that has one fix".to_owned(),
        kind: Some(CodeActionKind::SourceFixAll),
        edit: Some(workspace_edit(spot, uri, &edits)),
        ..CodeAction::default()
    })
}

fn title(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn workspace_edit(spot: &Spot<'_>, uri: &Uri, edits: &[Edit]) -> WorkspaceEdit {
    let edits = edits.iter().map(|edit| TextEdit {
        range: spot.range(edit.span),
        new_text: edit.text.clone(),
    });
    WorkspaceEdit {
        changes: Some(HashMap::from([(uri.clone(), edits.collect())])),
        ..WorkspaceEdit::default()
    }
}

/// A text that is put at a byte.
fn insert(at: u32, text: impl Into<String>) -> Edit {
    Edit {
        span: Span { start: at, end: at },
        text: text.into(),
    }
}
