//! The documentation of an item, when the editor shows it.

use std::sync::Arc;

use serde_json::Value;
use sophia_compiler::found::offered;

use crate::answers::hover::{markdown, words};
use crate::answers::meaning::Meaning;
use crate::answers::place::spot_of;
use crate::names::Binder;
use crate::project::{Spot, View};
use crate::protocol::{CompletionItem, Documentation, Uri};
use crate::server::Refusal;

/// The same item, with its documentation.
pub(crate) fn resolve(view: &View, item: CompletionItem) -> Result<CompletionItem, Refusal> {
    let mut item = item;
    let data = item.data.clone().unwrap_or_default();
    let address = data.get("uri").and_then(Value::as_str);
    let address = address.and_then(|address| Uri::parse(address).ok());
    if let Some(spot) = address.and_then(|address| spot_of(view, &address))
        && let Some(meaning) = data.get("of").and_then(|of| meaning(&spot, of))
    {
        item.documentation = Some(Documentation::MarkupContent(markdown(words(
            &spot, &meaning,
        ))));
    }
    Ok(item)
}

fn meaning(spot: &Spot<'_>, of: &Value) -> Option<Meaning> {
    let text = |key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
    if let (Some(name), Some(line)) = (text("name"), of.get("line").and_then(Value::as_u64)) {
        let mut binders = spot.file.index()?.binders.iter();
        let line_of = |binder: &Binder| spot.file.text.line_of(binder.span.start as usize) as u64;
        let binder = binders.find(|binder| binder.name == name && line_of(binder) == line)?;
        return Some(Meaning::Made {
            file: spot.file.clone(),
            binder: binder.clone(),
        });
    }
    if let (Some(tool), Some(call)) = (text("tool"), text("call")) {
        let project = spot.project?;
        let found = offered(&project.manifest, &project.catalogue, &tool, &call)?;
        return Some(Meaning::Call {
            tool,
            call,
            offered: Arc::new(found),
        });
    }
    if let Some(function) = text("function") {
        return Some(Meaning::BuiltIn(function));
    }
    let (connection, table) = (text("connection")?, text("table")?);
    Some(match text("column") {
        Some(column) => Meaning::Column {
            connection,
            table,
            column,
        },
        None => Meaning::Table { connection, table },
    })
}
