//! From a name to where it is made and to wherever it is used.

use super::beside;
use super::meaning::meant;
use super::place::place_of;
use super::uses;
use crate::project::View;
use crate::protocol::{
    Definition, DefinitionParams, DefinitionResponse, DocumentHighlight, DocumentHighlightKind,
    DocumentHighlightParams, Location, ReferenceParams,
};
use crate::server::Refusal;

/// Where the name at a place is made.
pub(crate) fn definition(
    view: &View,
    params: DefinitionParams,
) -> Result<Option<DefinitionResponse>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let (file, span) = match meant(&spot, offset) {
            Some(meant) => uses::maker(&spot, &meant.meaning)?,
            None => beside::at(&spot, offset)?.maker?,
        };
        let location = spot.location(&file, span)?;
        Some(DefinitionResponse::Definition(Definition::Location(
            location,
        )))
    }))
}

/// Everywhere the name at a place is used.
pub(crate) fn references(
    view: &View,
    params: ReferenceParams,
) -> Result<Option<Vec<Location>>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    let with_maker = params.context.include_declaration;
    Ok(found.and_then(|(spot, offset)| {
        let meant = meant(&spot, offset)?;
        let spots = uses::of(&spot, &meant.meaning, with_maker);
        let places = spots
            .iter()
            .flat_map(|(file, spans)| spans.iter().map(move |span| (file, *span)));
        Some(
            places
                .filter_map(|(file, span)| spot.location(file, span))
                .collect(),
        )
    }))
}

/// The same name in the same text.
pub(crate) fn highlight(
    view: &View,
    params: DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let meant = meant(&spot, offset)?;
        let made = uses::maker(&spot, &meant.meaning);
        let spans = uses::in_text(&spot, &meant.meaning);
        let shown = spans.iter().map(|span| {
            let is_maker = made
                .as_ref()
                .is_some_and(|(file, made)| *file == spot.file.name && made == span);
            let kind = if is_maker {
                DocumentHighlightKind::Write
            } else {
                DocumentHighlightKind::Read
            };
            DocumentHighlight {
                range: spot.range(*span),
                kind: Some(kind),
            }
        });
        Some(shown.collect())
    }))
}
