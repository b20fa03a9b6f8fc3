//! Names of values, types and sources, as far as they can be seen or reached.

use std::collections::BTreeSet;

use serde_json::json;
use sophia_compiler::found::BUILT_IN_TYPES;
use sophia_language::syntax::{Clause, Header, Item as Declared};
use sophia_plan::types::Type;

use super::items::{Item, Items, Rank};
use crate::answers::meaning::{Meaning, fields, granted};
use crate::names::{Binder, Kind as What};
use crate::protocol::CompletionItemKind as Kind;

/// The labels that the project speaks of.
pub(super) fn labels(items: &mut Items<'_>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    if let Some(project) = items.spot.project {
        known.extend(project.manifest.labels.values().flatten().cloned());
        known.extend(project.manifest.clearances.values().flatten().cloned());
        let tables = project
            .catalogue
            .connections
            .values()
            .flat_map(|connection| connection.tables.values());
        let columns = tables.flat_map(|table| &table.columns);
        known.extend(columns.flat_map(|column| column.labels.iter().cloned()));
    }
    known.remove("trusted");
    for label in known {
        let label = label.trim_start_matches('@').to_owned();
        items.push(
            Rank::Wanted,
            Item::new(format!("@{label}"), Kind::Constant).snippet(label),
        );
    }
}

/// What `use` may name and does not name yet; of what has dots, what is left to write.
pub(super) fn grantable(items: &mut Items<'_>, offset: usize) {
    let before = items.spot.file.text.as_str().get(..offset);
    let before = before.unwrap_or_default();
    let written = before.rsplit([' ', ',', '\n']).next().unwrap_or_default();
    let begun = written.rfind('.').and_then(|dot| written.get(..=dot));
    let begun = begun.unwrap_or_default().to_owned();
    let Some(project) = items.spot.project else {
        return;
    };
    let granted = granted_names(items);
    let mut names: Vec<(String, Kind, &str)> = Vec::new();
    let manifest = &project.manifest;
    names.extend(
        manifest
            .connections
            .keys()
            .map(|name| (name.clone(), Kind::Class, "connection")),
    );
    names.extend(
        manifest
            .tools
            .keys()
            .map(|name| (name.clone(), Kind::Interface, "tool")),
    );
    names.extend(
        manifest
            .knowledge
            .iter()
            .map(|name| (name.clone(), Kind::Class, "knowledge")),
    );
    for file in project.files.values() {
        match file.parsed.as_ref().map(|parsed| &parsed.file.header) {
            Some(Header::Module(name)) => names.push((name.text.clone(), Kind::Module, "module")),
            Some(Header::Playbook(name)) if file.name != items.spot.file.name => {
                names.push((name.text.clone(), Kind::Module, "playbook"));
            }
            _ => {}
        }
    }
    names.extend(
        sophia_compiler::standard_modules().map(|name| (name.to_owned(), Kind::Module, "module")),
    );
    for (name, kind, detail) in names {
        if granted.contains(&name) || name.is_empty() {
            continue;
        }
        if let Some(rest) = name.strip_prefix(&begun) {
            items.push(Rank::Wanted, Item::new(rest, kind).detail(detail));
        }
    }
}

/// The grants of the file.
pub(super) fn grants(items: &Items<'_>) -> Vec<Binder> {
    let index = items.spot.file.index();
    let binders = index.into_iter().flat_map(|index| &index.binders);
    binders
        .filter(|binder| binder.kind == What::Grant)
        .cloned()
        .collect()
}

/// What is granted, as it is written.
pub(super) fn granted_names(items: &Items<'_>) -> BTreeSet<String> {
    let grants = grants(items).into_iter();
    grants.map(|binder| binder.written).collect()
}

pub(super) fn models(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for (name, settings) in &project.manifest.models {
        items.push(
            Rank::Wanted,
            Item::new(name.as_str(), Kind::Constant).detail(settings.kind.as_str()),
        );
    }
}

/// The granted connections.
pub(super) fn connections(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for binder in grants(items) {
        if let Some(settings) = project.manifest.connections.get(&binder.written) {
            items.push(
                Rank::Wanted,
                Item::new(binder.written, Kind::Class).detail(settings.kind.as_str()),
            );
        }
    }
}

/// Types that are declared or built in.
pub(super) fn types(items: &mut Items<'_>, offset: usize) {
    let declared = declared(items, &[What::Type]).into_iter();
    // A type is no part of itself.
    for binder in declared.filter(|binder| !binder.whole.touches(offset)) {
        items.push(Rank::Wanted, made(items, &binder, Kind::Struct));
    }
    for name in BUILT_IN_TYPES {
        items.push(Rank::Near, Item::new(name, Kind::Struct));
    }
    for (phrase, snippet) in [
        ("list of", "list of $0"),
        ("table of", "table of $0"),
        ("row of", "row of $0"),
        ("type of", "type of $0"),
    ] {
        items.push(
            Rank::Near,
            Item::new(phrase, Kind::Keyword).snippet(snippet),
        );
    }
}

/// What the file declares of some kinds.
pub(super) fn declared(items: &Items<'_>, kinds: &[What]) -> Vec<Binder> {
    let index = items.spot.file.index();
    let binders = index.into_iter().flat_map(|index| &index.binders);
    binders
        .filter(|binder| kinds.contains(&binder.kind))
        .cloned()
        .collect()
}

/// The item of a name that the file makes.
pub(super) fn made(items: &Items<'_>, binder: &Binder, kind: Kind) -> Item {
    let of = items.spot.file.type_of_name(binder);
    let detail = of.map_or_else(|| binder.kind.word().to_owned(), |of| of.to_string());
    let data = items.data_of_made(binder);
    Item::new(binder.name.as_str(), kind)
        .detail(detail)
        .data(data)
}

pub(super) fn queries(items: &mut Items<'_>) {
    for binder in declared(
        items,
        &[What::Query, What::Input, What::Let, What::Arriving],
    ) {
        let of = items.spot.file.type_of_name(&binder);
        if binder.kind == What::Query || of.as_ref().is_none_or(has_rows) {
            items.push(Rank::Wanted, made(items, &binder, Kind::Interface));
        }
    }
}

/// Whether something of a type has rows.
fn has_rows(of: &Type) -> bool {
    match of {
        Type::Table(_) | Type::Unknown => true,
        Type::List(item) => matches!(**item, Type::Record(_)),
        _ => false,
    }
}

/// The events that the project emits or hears.
pub(super) fn events(items: &mut Items<'_>) {
    for name in events_of(items, false) {
        items.push(Rank::Wanted, Item::new(name, Kind::Event));
    }
}

/// The names of the project's events: of those that are emitted somewhere alone, or of all that are spoken of.
pub(super) fn events_of(items: &Items<'_>, emitted: bool) -> BTreeSet<String> {
    let Some(project) = items.spot.project else {
        return BTreeSet::new();
    };
    let mut names = BTreeSet::new();
    for file in project.files.values() {
        let text = file.text.as_str();
        if !text.contains("emit ") && !text.contains("event ") {
            continue;
        }
        for (name, span) in file.index().into_iter().flat_map(|index| &index.events) {
            let before = text.get(..span.start as usize).unwrap_or_default();
            let before = before.trim_end();
            if before.ends_with("emit") || !emitted && before.ends_with("event") {
                names.insert(name.clone());
            }
        }
    }
    names
}

/// The granted playbooks.
pub(super) fn playbooks(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for binder in grants(items) {
        if let Some(Meaning::Made { binder: found, .. }) = granted(project, &binder.written)
            && found.kind == What::Playbook
        {
            let snippet = format!("{}($0)", found.name);
            items.push(
                Rank::Wanted,
                Item::new(found.name, Kind::Module).snippet(snippet),
            );
        }
    }
}

pub(super) fn states(items: &mut Items<'_>) {
    for binder in declared(items, &[What::State]) {
        items.push(Rank::Wanted, made(items, &binder, Kind::Variable));
    }
}

/// Groups of people, inside the quotes of `ask`.
pub(super) fn groups(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for (name, people) in &project.manifest.groups {
        items.push(
            Rank::Wanted,
            Item::new(name.as_str(), Kind::Constant).detail(people.join(", ")),
        );
    }
}

/// Groups of people with their quotes, behind `ask`.
pub(super) fn quoted_groups(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for (name, people) in &project.manifest.groups {
        let item = Item::new(format!("\"{name}\""), Kind::Constant);
        items.push(Rank::Required, item.detail(people.join(", ")));
    }
}

pub(super) fn calendars(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for name in &project.manifest.calendars {
        items.push(Rank::Wanted, Item::new(name.as_str(), Kind::Constant));
    }
}

/// The granted knowledge.
pub(super) fn knowledge(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for binder in grants(items) {
        if project.manifest.knowledge.contains(&binder.written) {
            items.push(Rank::Wanted, Item::new(binder.written, Kind::Class));
        }
    }
}

/// Everything that can be seen from a place and is a value or gives one.
pub(super) fn visible(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let row = spot.file.places.as_ref().and_then(|places| {
        // Behind the end of a stage, spaces may follow.
        let before = spot.file.text.as_str().get(..offset).unwrap_or_default();
        let written = before.trim_end_matches([' ', '\t']).len();
        let row = places.row_at(offset);
        row.or_else(|| places.row_at(written)).cloned()
    });
    if let Some(row) = &row {
        for field in fields(row) {
            let item = Item::new(&*field.name, Kind::Field).detail(field.of.to_string());
            items.push(Rank::Wanted, item);
        }
        items.push(Rank::Near, Item::new("row", Kind::Variable));
    }
    names(items, offset);
}

/// The names that can be seen from a place, without the columns of a row.
pub(super) fn names(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let Some(index) = spot.file.index() else {
        return;
    };
    let text = spot.file.text.as_str();
    let before = text.get(..offset).unwrap_or_default();
    let written = before.trim_end_matches([' ', '\t']).len();
    // The value of a function that is not written yet, or not to its end, belongs to it.
    let is_of_function = (index.binders.iter())
        .any(|binder| binder.kind == What::Function && binder.whole.end as usize == written);
    let mut visible = index.visible(if is_of_function { written } else { offset });
    // What was made last is spoken of first.
    visible.sort_by_key(|binder| (binder.declared, std::cmp::Reverse(binder.span.start)));
    for binder in visible {
        // A `let` does not see itself.
        let since = spot
            .file
            .text
            .as_str()
            .get(binder.whole.end as usize..offset);
        let is_written = since.is_some_and(|since| !since.contains('\n'));
        // What takes an effect back may speak of what it gave.
        let takes_back = is_undo(spot.file.text.as_str(), offset);
        if is_itself(binder, spot.file.text.as_str(), offset) {
            continue;
        }
        if binder.kind == What::Let && (is_written || binder.whole.touches(offset)) && !takes_back {
            continue;
        }
        let (rank, kind) = match binder.kind {
            What::Let
            | What::Item
            | What::Arriving
            | What::Parameter
            | What::Failure
            | What::Joined
            | What::Input
            | What::State => (Rank::Wanted, Kind::Variable),
            What::Query | What::Metric => (Rank::Wanted, Kind::Interface),
            What::Model | What::Predictor | What::Function => (Rank::Near, Kind::Function),
            What::Grant => (Rank::Near, Kind::Module),
            What::Type
            | What::Command
            | What::Action
            | What::Policy
            | What::Playbook
            | What::Module => continue,
        };
        let item = made(items, binder, kind);
        let calls = super::calls::call_snippet(&spot, binder);
        let item = match calls {
            Some(snippet) => item.snippet(snippet),
            None => item,
        };
        items.push(rank, item);
    }
    functions(items);
}

/// Whether a name would speak of itself at a place: a function or a query in its own body, and the item of a loop before
/// the body of the loop begins.
fn is_itself(binder: &Binder, text: &str, offset: usize) -> bool {
    match binder.kind {
        What::Function | What::Query | What::Model | What::Predictor | What::Metric => {
            let since = text.get(binder.whole.end as usize..offset);
            binder.whole.touches(offset)
                || since.is_some_and(|since| since.trim_matches(' ').is_empty())
        }
        What::Item => {
            let since = text.get(binder.span.end as usize..offset);
            since.is_some_and(|since| !since.contains(['{', '\n']))
        }
        _ => false,
    }
}

/// Whether `undo with` stands before a byte on its line.
fn is_undo(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with("undo with") || line.contains(" undo with ")
}

/// The line before a byte as words.
fn words_before<'t>(items: &Items<'t>, offset: usize) -> Vec<&'t str> {
    let before = items.spot.file.text.as_str().get(..offset);
    let line = before.unwrap_or_default().rsplit('\n').next();
    line.unwrap_or_default().split_whitespace().collect()
}

/// What follows the name of a metric: over which time, and by what it is told apart.
pub(super) fn of_metric(items: &mut Items<'_>, offset: usize) {
    let metrics = declared(items, &[What::Metric]);
    let words = words_before(items, offset);
    let is_metric = |word: &str| {
        let word = word.rsplit(['(', '[']).next().unwrap_or_default();
        metrics.iter().any(|metric| metric.name == word)
    };
    let over = match words.as_slice() {
        [.., metric] if is_metric(metric) => ("over", "over ${1:90 days}"),
        [.., metric, typed] if is_metric(metric) && "over".starts_with(typed) => {
            ("over", "over ${1:90 days}")
        }
        [.., metric, "over", _, _] if is_metric(metric) => ("by", "by $0"),
        _ => return,
    };
    let (word, snippet) = over;
    items.push(
        Rank::Required,
        Item::new(word, Kind::Keyword).snippet(snippet),
    );
}

/// The fields of a model's reply in its `ensure`, and the reply itself.
pub(super) fn of_reply(items: &mut Items<'_>, offset: usize) {
    if words_before(items, offset).first() != Some(&"ensure") {
        return;
    }
    let spot = items.spot.clone();
    let parsed = spot.parsed().into_iter();
    let mut models = parsed
        .flat_map(|parsed| &parsed.file.items)
        .filter_map(|item| match item {
            Declared::Model(model) if model.span.touches(offset) => Some(model),
            _ => None,
        });
    let Some(model) = models.next() else { return };
    let places = spot.file.places.as_ref();
    if let sophia_language::syntax::TypeExpression::Named(name) = &model.result
        && let Some(of) = places.and_then(|places| places.declared.get(&name.text))
    {
        for field in fields(of) {
            items.push(Rank::Required, member(field.name.as_ref(), &field.of));
        }
    }
    let item = Item::new("result", Kind::Variable).detail("the whole reply");
    items.push(Rank::Required, item);
}

/// The functions that need no declaration.
pub(super) fn functions(items: &mut Items<'_>) {
    let project = items.spot.project;
    if project.is_some_and(|project| !project.manifest.people.is_empty()) {
        let item = Item::new("people", Kind::Variable).detail("a person of the manifest");
        items.push(Rank::Far, item.snippet("people[$0]"));
    }
    for function in sophia_compiler::found::built_ins() {
        let takes = function.takes.as_ref().map(|(takes, _)| takes.join(", "));
        let empty = function
            .takes
            .as_ref()
            .is_some_and(|(takes, _)| takes.is_empty());
        let snippet = if empty {
            function.name.to_owned()
        } else {
            format!("{}($0)", function.name)
        };
        let data = items.data_of(&json!({ "function": function.name }));
        let item = Item::new(function.name, Kind::Function).detail(takes.unwrap_or_default());
        items.push(Rank::Far, item.snippet(snippet).data(data));
    }
}

/// The fields of a model's reply, in its `otherwise { }` or `returns { }`. Says whether the place is one.
pub(super) fn fields_of_reply(items: &mut Items<'_>, offset: usize) -> bool {
    let spot = items.spot.clone();
    let Some(parsed) = spot.parsed() else {
        return false;
    };
    let model = parsed.file.items.iter().find_map(|item| match item {
        Declared::Model(model) if model.span.touches(offset) => Some(model),
        _ => None,
    });
    let Some(model) = model else { return false };
    let in_reply = model.clauses.iter().any(|clause| {
        matches!(
            clause,
            Clause::Otherwise { .. } | Clause::Example { .. } | Clause::Error(_)
        ) && clause.span().touches(offset)
    });
    let name = match &model.result {
        sophia_language::syntax::TypeExpression::Named(name) => &name.text,
        _ => return false,
    };
    let places = spot.file.places.as_ref();
    let Some(of) = places.and_then(|places| places.declared.get(name)) else {
        return false;
    };
    if !in_reply {
        return false;
    }
    let written = spot.file.text.at(model.span);
    for field in fields(of) {
        let given = written.matches(&format!("{}:", field.name)).count();
        let rank = if given == 0 {
            Rank::Required
        } else {
            Rank::Wanted
        };
        items.push(
            rank,
            member(field.name.as_ref(), &field.of).snippet(format!("{}: $0", field.name)),
        );
    }
    true
}

/// A field of a record.
pub(super) fn member(name: &str, of: &Type) -> Item {
    Item::new(name, Kind::Field).detail(of.to_string())
}
