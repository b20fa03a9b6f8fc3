//! What a file declares and does, one inside the other.

use sophia_diagnostics::Span;
use sophia_language::outline::{Entry, outline};

use super::place::spot_of;
use crate::project::{Spot, View};
use crate::protocol::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse,
    SymbolKind, WorkspaceSymbol, WorkspaceSymbolLocation, WorkspaceSymbolParams,
    WorkspaceSymbolResponse,
};
use crate::server::Refusal;

/// The outline of a document.
pub(crate) fn of_document(
    view: &View,
    params: DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(parsed) = spot.parsed() else {
        return Ok(None);
    };
    let entries = outline(&parsed.file);
    let symbols = entries.iter().filter_map(|entry| symbol(&spot, entry));
    Ok(Some(DocumentSymbolResponse::DocumentSymbolList(
        symbols.collect(),
    )))
}

fn symbol(spot: &Spot<'_>, entry: &Entry) -> Option<DocumentSymbol> {
    let kind = kind(entry.kind)?;
    let children: Vec<DocumentSymbol> = (entry.children.iter())
        .filter_map(|child| symbol(spot, child))
        .collect();
    let (name, detail) = if entry.name.is_empty() {
        (entry.kind.to_owned(), None)
    } else {
        (entry.name.clone(), Some(entry.kind.to_owned()))
    };
    #[allow(deprecated, reason = "the type has no other way to be made")]
    Some(DocumentSymbol {
        name,
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: spot.range(entry.span),
        selection_range: spot.range(name_span(spot, entry)),
        children: (!children.is_empty()).then_some(children),
    })
}

/// Where the name stands in its entry; the first line of the entry where it has none.
pub(crate) fn name_span(spot: &Spot<'_>, entry: &Entry) -> Span {
    let text = spot.file.text.at(entry.span);
    let first_line = text.lines().next().unwrap_or_default();
    let start = entry.span.start as usize;
    match first_line.find(&entry.name) {
        Some(at) if !entry.name.is_empty() => Span::new(start + at, start + at + entry.name.len()),
        _ => Span::new(start, start + first_line.trim_end().len()),
    }
}

/// The kind of a symbol; `None` for lines that are no symbols.
pub(crate) fn kind(word: &str) -> Option<SymbolKind> {
    Some(match word {
        "playbook" | "module" => SymbolKind::Module,
        "trigger" | "event" => SymbolKind::Event,
        "input" | "let" | "state" => SymbolKind::Variable,
        "type" => SymbolKind::Struct,
        "field" => SymbolKind::Field,
        "query" | "command" | "metric" => SymbolKind::Interface,
        "model" | "predictor" => SymbolKind::Class,
        "function" => SymbolKind::Function,
        "action" => SymbolKind::Method,
        "policy" => SymbolKind::Constant,
        "test" => SymbolKind::Boolean,
        "do" | "record" | "emit" | "set" | "ask" | "start" => SymbolKind::Operator,
        "if" | "else" | "for each" | "match" | "case" | "repeat" | "together" | "try"
        | "otherwise" | "wait" | "after" | "on failure" => SymbolKind::Namespace,
        _ => return None,
    })
}

/// The declarations of every project whose names hold the letters of a question in their order.
pub(crate) fn of_everything(
    view: &View,
    params: WorkspaceSymbolParams,
) -> Result<Option<WorkspaceSymbolResponse>, Refusal> {
    let wanted = params.query.to_lowercase();
    let mut found = Vec::new();
    for project in view.projects.values() {
        let files = project
            .files
            .values()
            .filter(|file| !file.name.starts_with('\0'));
        for file in files {
            let Some(index) = file.index() else { continue };
            let spot = Spot {
                view,
                project: Some(project),
                file,
            };
            for binder in index.binders.iter().filter(|binder| binder.declared) {
                let Some(kind) = kind(binder.kind.word()) else {
                    continue;
                };
                if !holds(&binder.name.to_lowercase(), &wanted) {
                    continue;
                }
                let Some(location) = spot.location(&file.name, binder.span) else {
                    continue;
                };
                found.push(WorkspaceSymbol {
                    location: WorkspaceSymbolLocation::Location(location),
                    data: None,
                    base_symbol_information: BaseSymbolInformation {
                        name: binder.name.clone(),
                        kind,
                        tags: None,
                        container_name: Some(file.name.to_string()),
                    },
                });
                if found.len() >= MOST {
                    return Ok(Some(WorkspaceSymbolResponse::WorkspaceSymbolList(found)));
                }
            }
        }
    }
    Ok(Some(WorkspaceSymbolResponse::WorkspaceSymbolList(found)))
}

/// More answers help nobody.
const MOST: usize = 500;

/// Whether the letters stand in a name in their order.
fn holds(name: &str, wanted: &str) -> bool {
    let mut letters = name.chars();
    wanted
        .chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}
