//! What comes in, what tells rows apart, and what a text may be, as far as the manifest, the lock and the check say.

use std::collections::BTreeSet;

use serde_json::json;
use sophia_plan::types::Type;

use super::items::{Item, Items, Rank};
use super::values::{granted_names, grants, groups};
use crate::answers::meaning::{Meaning, of_member};
use crate::names::Kind as What;
use crate::protocol::CompletionItemKind as Kind;

/// The granted tools that deliver events.
pub(super) fn sources(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    let keys = project.manifest.webhooks.keys();
    let delivered: BTreeSet<&str> = keys.filter_map(|key| key.split('.').next()).collect();
    for binder in grants(items) {
        if delivered.contains(binder.written.as_str()) {
            items.push(Rank::Wanted, Item::new(binder.written, Kind::Module));
        }
    }
}

/// The whole names of the events that can be heard: those of granted tools, and those of the project. `follows` is what
/// is written behind each.
pub(super) fn events(items: &mut Items<'_>, follows: &str) {
    let Some(project) = items.spot.project else {
        return;
    };
    let granted = granted_names(items);
    for (key, webhook) in &project.manifest.webhooks {
        let source = key.split('.').next().unwrap_or_default();
        if granted.contains(source) {
            let item = Item::new(key.as_str(), Kind::Event).detail(webhook.of.as_str());
            items.push(Rank::Wanted, item.snippet(format!("{key}{follows}")));
        }
    }
    for name in super::values::events_of(items, true) {
        let item = Item::new(name.as_str(), Kind::Event).detail("an event of the project");
        items.push(Rank::Wanted, item.snippet(format!("{name}{follows}")));
    }
}

/// What the tool before a dot delivers.
pub(super) fn deliveries(items: &mut Items<'_>, dot: usize) {
    let Some(project) = items.spot.project else {
        return;
    };
    let text = items.spot.file.text.as_str().get(..dot).unwrap_or_default();
    let start = text.rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let source = text.get(start.map_or(0, |at| at + 1)..).unwrap_or_default();
    for (key, webhook) in &project.manifest.webhooks {
        if let Some((own, event)) = key.split_once('.')
            && own == source
        {
            let item = Item::new(event, Kind::Event).detail(webhook.of.as_str());
            items.push(Rank::Wanted, item);
        }
    }
}

/// The columns of the table that the line speaks of: `record rows into warehouse.moments key`.
pub(super) fn key_columns(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let Some(index) = spot.file.index() else {
        return;
    };
    let before = spot.file.text.as_str().get(..offset).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let on_line = index
        .members
        .iter()
        .filter(|member| (line..offset).contains(&(member.span.start as usize)));
    let table = on_line.filter_map(|member| Some((member, index.binder(member.base?)?)));
    let mut table = table.filter(|(_, base)| base.kind == What::Grant);
    if let Some((member, _)) = table.next() {
        columns(items, member.span.end as usize);
    }
}

/// The columns of the table whose name ends at a byte: those of `warehouse.reps`. Says whether one does.
pub(super) fn columns(items: &mut Items<'_>, end: usize) -> bool {
    let spot = items.spot.clone();
    let (Some(index), Some(project)) = (spot.file.index(), spot.project) else {
        return false;
    };
    let mut members = index.members.iter();
    let member = members.find(|member| member.span.end as usize == end && member.base.is_some());
    let found = member.and_then(|member| {
        let base = index.binder(member.base?);
        of_member(&spot, base, member.of, &member.name)
    });
    let Some(Meaning::Table { connection, table }) = found else {
        return false;
    };
    let pinned = project.catalogue.connections.get(&connection);
    let pinned = pinned.and_then(|pinned| pinned.tables.get(&table));
    for column in pinned.into_iter().flat_map(|table| &table.columns) {
        let data = items
            .data_of(&json!({ "connection": connection, "table": table, "column": column.name }));
        let item = Item::new(column.name.as_str(), Kind::Field);
        items.push(
            Rank::Wanted,
            item.detail(column.declared.as_str()).data(data),
        );
    }
    true
}

/// What may stand between quotes that begin at a byte: a group where one is asked, one of the texts of what it is
/// compared with; else nothing, because anything may.
pub(super) fn texts(items: &mut Items<'_>, start: usize) {
    let spot = items.spot.clone();
    let before = spot.file.text.as_str().get(..start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let asks = match words.as_slice() {
        [.., "ask", number, "of"] => number.parse::<u32>().is_ok(),
        ["then"] | ["expect", "waits", "for"] | ["given", "ask"] | [.., "ask"] => true,
        [.., last] => line.contains(" within ") && *last == "then",
        [] => false,
    };
    if asks {
        if matches!(words.first(), Some(&("given" | "then" | "expect"))) {
            super::people::asked(items);
        } else {
            groups(items);
        }
        return;
    }
    let places = spot.file.places.as_ref();
    let wanted = places.and_then(|places| {
        let mut beginning = places.wanted.iter();
        let (_, of) = beginning.find(|(span, _)| span.start as usize == start)?;
        Some(of.clone())
    });
    let of = wanted
        .filter(|of| matches!(of.present(), Type::Literals(_)))
        .or_else(|| super::fields::compared(&spot, start));
    if let Some(Type::Literals(texts)) = of.as_ref().map(Type::present) {
        for text in texts.iter() {
            items.push(Rank::Wanted, Item::new(text.to_string(), Kind::EnumMember));
        }
    }
}
