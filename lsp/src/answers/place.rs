//! From what a request names to a text and a byte in it.

use crate::project::{Spot, View};
use crate::protocol::{TextDocumentPositionParams, Uri};
use crate::server::path_of;

/// The text of an address.
pub(crate) fn spot_of<'v>(view: &'v View, uri: &Uri) -> Option<Spot<'v>> {
    view.spot(&path_of(uri)?)
}

/// The text of an address, and the byte of a place in it.
pub(crate) fn place_of<'v>(
    view: &'v View,
    at: &TextDocumentPositionParams,
) -> Option<(Spot<'v>, usize)> {
    let spot = spot_of(view, &at.text_document.uri)?;
    let offset = spot.offset(at.position);
    Some((spot, offset))
}
