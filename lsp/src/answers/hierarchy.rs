//! Which playbook runs which.

use serde_json::json;
use sophia_diagnostics::Span;
use sophia_language::syntax::Header;

use super::meaning::{Meaning, headed, meant};
use super::place::place_of;
use crate::names::{Binder, Kind};
use crate::project::{File, Project, View, address};
use crate::protocol::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
    CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams,
    SymbolKind,
};
use crate::server::Refusal;

/// The playbook at a place.
pub(crate) fn prepare(
    view: &View,
    params: CallHierarchyPrepareParams,
) -> Result<Option<Vec<CallHierarchyItem>>, Refusal> {
    let Some((spot, offset)) = place_of(view, &params.text_document_position_params) else {
        return Ok(None);
    };
    let Some(project) = spot.project else {
        return Ok(None);
    };
    let found = meant(&spot, offset).and_then(|meant| match meant.meaning {
        Meaning::Made { file, binder } if binder.kind == Kind::Playbook => {
            item(view, project, &file, &binder)
        }
        _ => None,
    });
    Ok(found.map(|item| vec![item]))
}

fn item(view: &View, project: &Project, file: &File, binder: &Binder) -> Option<CallHierarchyItem> {
    let range = |span: Span| file.text.range(span, view.encoding);
    Some(CallHierarchyItem {
        name: binder.name.clone(),
        kind: SymbolKind::Module,
        tags: None,
        detail: Some(file.name.to_string()),
        uri: address(&project.root, &file.name)?,
        range: range(Span::new(0, file.text.as_str().len())),
        selection_range: range(binder.span),
        data: Some(json!({ "playbook": binder.name })),
    })
}

/// The project and the playbook of an item.
fn of_item<'v>(view: &'v View, item: &CallHierarchyItem) -> Option<(&'v Project, String)> {
    let path = crate::server::path_of(&item.uri)?;
    let spot = view.spot(&path)?;
    Some((spot.project?, item.name.clone()))
}

/// The header of a file that is a playbook.
fn own(file: &File) -> Option<&Binder> {
    let header = &file.parsed.as_ref()?.file.header;
    let binders = &file.index()?.binders;
    matches!(header, Header::Playbook(_))
        .then(|| binders.iter().find(|binder| binder.kind == Kind::Playbook))?
}

/// Who runs a playbook.
pub(crate) fn incoming(
    view: &View,
    params: CallHierarchyIncomingCallsParams,
) -> Result<Option<Vec<CallHierarchyIncomingCall>>, Refusal> {
    let Some((project, name)) = of_item(view, &params.item) else {
        return Ok(None);
    };
    let files = project
        .files
        .values()
        .filter(|file| file.text.as_str().contains(&name));
    let calls = files.filter_map(|file| {
        let runs = file.index()?.runs.iter().filter(|(run, _)| *run == name);
        let ranges: Vec<_> = runs
            .map(|(_, span)| file.text.range(*span, view.encoding))
            .collect();
        (!ranges.is_empty()).then_some(())?;
        Some(CallHierarchyIncomingCall {
            from: item(view, project, file, own(file)?)?,
            from_ranges: ranges,
        })
    });
    Ok(Some(calls.collect()))
}

/// What a playbook runs.
pub(crate) fn outgoing(
    view: &View,
    params: CallHierarchyOutgoingCallsParams,
) -> Result<Option<Vec<CallHierarchyOutgoingCall>>, Refusal> {
    let Some((project, name)) = of_item(view, &params.item) else {
        return Ok(None);
    };
    let Some((file, _)) = headed(project, &name) else {
        return Ok(None);
    };
    let runs = file
        .index()
        .map(|index| index.runs.as_slice())
        .unwrap_or_default();
    let mut calls: Vec<CallHierarchyOutgoingCall> = Vec::new();
    for (run, span) in runs {
        let range = file.text.range(*span, view.encoding);
        if let Some(known) = calls.iter_mut().find(|call| call.to.name == *run) {
            known.from_ranges.push(range);
        } else if let Some((other, binder)) = headed(project, run)
            && let Some(to) = item(view, project, other, binder)
        {
            calls.push(CallHierarchyOutgoingCall {
                to,
                from_ranges: vec![range],
            });
        }
    }
    Ok(Some(calls))
}
