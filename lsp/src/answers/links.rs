//! What leads to other documents, and what is edited together.

use sophia_diagnostics::Span;
use sophia_language::TokenKind;

use super::meaning::{Meaning, granted, meant};
use super::place::{place_of, spot_of};
use super::uses;
use crate::names::Kind;
use crate::project::{View, address};
use crate::protocol::{
    DocumentLink, DocumentLinkParams, LinkedEditingRangeParams, LinkedEditingRanges,
    TextDocumentContentParams, TextDocumentContentResult,
};
use crate::server::Refusal;

/// The links of a document: what `use` names, and files of the project that texts name.
pub(crate) fn of_document(
    view: &View,
    params: DocumentLinkParams,
) -> Result<Option<Vec<DocumentLink>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let (Some(project), Some(index)) = (spot.project, spot.file.index()) else {
        return Ok(None);
    };
    let mut links = Vec::new();
    let mut link = |span: Span, file: &str, tip: String| {
        links.push(DocumentLink {
            range: spot.range(span),
            target: address(&project.root, file),
            tooltip: Some(tip),
            data: None,
        });
    };
    for binder in index
        .binders
        .iter()
        .filter(|binder| binder.kind == Kind::Grant)
    {
        match granted(project, &binder.written) {
            Some(Meaning::Made { file, binder: made }) => {
                link(
                    binder.span,
                    &file.name,
                    format!("Open the {} {}", made.kind.word(), made.name),
                );
            }
            Some(_) => link(
                binder.span,
                crate::folders::MANIFEST,
                format!("{} in sophia.toml", binder.written),
            ),
            None => {}
        }
    }
    let tokens = spot
        .parsed()
        .map(|parsed| parsed.tokens.as_slice())
        .unwrap_or_default();
    for token in tokens
        .iter()
        .filter(|token| token.kind == TokenKind::TextPart)
    {
        let written = spot.file.text.at(token.span);
        if project.files.contains_key(written) {
            link(token.span, written, format!("Open {written}"));
        }
    }
    Ok(Some(links))
}

/// The places of a name that only its own text can see: they are written together.
pub(crate) fn edited_together(
    view: &View,
    params: LinkedEditingRangeParams,
) -> Result<Option<LinkedEditingRanges>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let meaning = meant(&spot, offset)?.meaning;
        let is_local = matches!(&meaning, Meaning::Made { binder, .. } if !binder.declared);
        let spans = is_local.then(|| uses::in_text(&spot, &meaning))?;
        Some(LinkedEditingRanges {
            ranges: spans.iter().map(|span| spot.range(*span)).collect(),
            word_pattern: Some("[A-Za-z_][A-Za-z0-9_]*".to_owned()),
        })
    }))
}

/// The text of an address of our own: a page about a code, a module of the standard library.
pub(crate) fn content(
    view: &View,
    params: TextDocumentContentParams,
) -> Result<TextDocumentContentResult, Refusal> {
    let path = params.uri.path().trim_start_matches('/');
    let page = path
        .strip_prefix("diagnostics/")
        .and_then(|name| name.strip_suffix(".md"));
    if let Some(page) = page.and_then(sophia_diagnostics::page) {
        return Ok(TextDocumentContentResult {
            text: page.text.to_owned(),
        });
    }
    let name = format!("\0{path}");
    let files = view
        .projects
        .values()
        .find_map(|project| project.files.get(name.as_str()));
    match files {
        Some(file) => Ok(TextDocumentContentResult {
            text: file.text.as_str().to_owned(),
        }),
        None => Err(Refusal::because(format!("There is no `{}`.", params.uri))),
    }
}
