//! What can be called, what its arguments are, and what stands behind a dot.

use serde_json::json;
use sophia_compiler::found::{Offered, offered};
use sophia_diagnostics::Span;
use sophia_language::syntax::{Item as Declared, Parameter};
use sophia_plan::types::Type;

use super::items::{Item, Items, Rank};
use super::values::{grants, made, member};
use crate::answers::meaning::{Meaning, fields, granted};
use crate::answers::shaped;
use crate::names::{Binder, Kind as What};
use crate::project::{File, Project, Spot};
use crate::protocol::CompletionItemKind as Kind;

/// What stands behind a dot.
pub(super) fn members(items: &mut Items<'_>, dot: usize, effect: bool) {
    let spot = items.spot.clone();
    let Some(index) = spot.file.index() else {
        return;
    };
    let base = index
        .use_at(dot)
        .filter(|used| used.span.end as usize == dot);
    let binder = base.and_then(|used| index.binder(used.binder?));
    if let Some(binder) = binder.filter(|binder| binder.kind == What::Grant) {
        let Some(project) = spot.project else { return };
        match granted(project, &binder.written) {
            Some(Meaning::Tool(tool)) => calls_of(items, project, &tool, effect, false),
            Some(Meaning::Connection(connection)) => {
                let pinned = project.catalogue.connections.get(&connection);
                for name in pinned.into_iter().flat_map(|pinned| pinned.tables.keys()) {
                    let data = items.data_of(&json!({ "connection": connection, "table": name }));
                    items.push(
                        Rank::Wanted,
                        Item::new(name.as_str(), Kind::Class).data(data),
                    );
                }
            }
            Some(Meaning::Made { file, binder }) => {
                shared(items, &file, effect);
                if !effect {
                    shaped_functions(items, &binder.written);
                }
            }
            _ => {}
        }
        return;
    }
    if super::heard::columns(items, dot) {
        return;
    }
    let Some(of) = before_dot(&spot, dot) else {
        return;
    };
    for field in fields(&of) {
        items.push(Rank::Wanted, member(&field.name, &field.of));
    }
    if matches!(binder, Some(binder) if binder.kind == What::Metric) {
        items.push(Rank::Wanted, Item::new("latest", Kind::Field));
    }
}

/// What the value before a dot is.
fn before_dot(spot: &Spot<'_>, dot: usize) -> Option<Type> {
    let places = spot.file.places.as_ref()?;
    let ending = places
        .types
        .iter()
        .filter(|(span, _)| span.end as usize == dot);
    let nearest = ending.min_by_key(|(span, _)| span.end - span.start);
    if let Some((_, of)) = nearest {
        return Some(of.clone());
    }
    let index = spot.file.index()?;
    let used = index.use_at(dot)?;
    match used.binder {
        Some(binder) => spot.file.type_of_name(index.binder(binder)?),
        None if used.name == "row" => places.row_at(dot).cloned(),
        None => None,
    }
}

/// What a module lends.
fn shared(items: &mut Items<'_>, file: &File, effect: bool) {
    let Some(index) = file.index() else { return };
    for binder in &index.binders {
        let wanted = match binder.kind {
            What::Action | What::Command => effect,
            What::Function | What::Query | What::Model | What::Type => !effect,
            _ => false,
        };
        if !wanted || !binder.declared {
            continue;
        }
        let kind = if binder.kind == What::Type {
            Kind::Struct
        } else {
            Kind::Function
        };
        let detail = head(file, binder);
        let mut item = Item::new(binder.name.as_str(), kind).detail(detail);
        if let Some(parameters) = parameters(file, binder) {
            item = item.snippet(snippet(&binder.name, &required(parameters)));
        }
        items.push(Rank::Wanted, item);
    }
}

/// What a module of the standard library lends that no text declares.
fn shaped_functions(items: &mut Items<'_>, module: &str) {
    for function in shaped::FUNCTIONS
        .iter()
        .filter(|known| known.module == module)
    {
        let item = Item::new(function.name, Kind::Function).detail(function.called());
        let item = item.snippet(format!("{}($0)", function.name));
        items.push(Rank::Wanted, item.words(Some(function.gives)));
    }
}

/// The first line of a declaration.
pub(crate) fn head(file: &File, binder: &Binder) -> String {
    let written = file.text.at(binder.whole);
    let first = written.lines().next().unwrap_or_default();
    let first = match binder.kind {
        What::Function => first.split(" = ").next().unwrap_or(first),
        _ => first,
    };
    first
        .trim_end()
        .trim_end_matches(['{', '='])
        .trim_end()
        .to_owned()
}

/// The calls of a tool: effects behind `do`, reads elsewhere.
fn calls_of(items: &mut Items<'_>, project: &Project, tool: &str, effect: bool, with_tool: bool) {
    let Some(pinned) = project.catalogue.tools.get(tool) else {
        return;
    };
    for call in pinned.calls.keys() {
        let Some(found) = offered(&project.manifest, &project.catalogue, tool, call) else {
            continue;
        };
        if found.effect != effect {
            continue;
        }
        let name = if with_tool {
            format!("{tool}.{call}")
        } else {
            call.clone()
        };
        let data = items.data_of(&json!({ "tool": tool, "call": call }));
        let item = Item::new(name.as_str(), Kind::Method);
        let item = item
            .detail(takes(&found))
            .snippet(snippet(&name, &required_of(&found)));
        items.push(Rank::Wanted, item.data(data));
    }
}

fn takes(offered: &Offered) -> String {
    let arguments: Vec<String> = (offered.arguments.iter())
        .map(|argument| {
            format!(
                "{}{}: {}",
                argument.name,
                if argument.required { "" } else { "?" },
                argument.of
            )
        })
        .collect();
    format!("({}) -> {}", arguments.join(", "), offered.result)
}

fn required_of(offered: &Offered) -> Vec<String> {
    let required = offered
        .arguments
        .iter()
        .filter(|argument| argument.required);
    required.map(|argument| argument.name.to_string()).collect()
}

fn required(parameters: &[Parameter]) -> Vec<String> {
    parameters
        .iter()
        .map(|parameter| parameter.name.text.clone())
        .collect()
}

/// A call with its required arguments by name.
fn snippet(name: &str, arguments: &[String]) -> String {
    let arguments: Vec<String> = (arguments.iter().enumerate())
        .map(|(place, argument)| format!("{argument}: ${}", place + 1))
        .collect();
    if arguments.is_empty() {
        return format!("{name}($0)");
    }
    format!("{name}({})$0", arguments.join(", "))
}

/// How a name that must be called is written; `None` for a plain value.
pub(super) fn call_snippet(spot: &Spot<'_>, binder: &Binder) -> Option<String> {
    let parameters = parameters(spot.file, binder);
    match (binder.kind, parameters) {
        (What::Query, Some([])) => None,
        (What::Query | What::Model | What::Function, Some(parameters)) => {
            let names = required(parameters);
            let stops: Vec<String> = (names.iter().enumerate())
                .map(|(place, name)| format!("${{{}:{name}}}", place + 1))
                .collect();
            Some(format!("{}({})$0", binder.name, stops.join(", ")))
        }
        (What::Predictor, _) => Some(format!("{}($0)", binder.name)),
        _ => None,
    }
}

/// The parameters of a declaration, as written.
pub(crate) fn parameters<'f>(file: &'f File, binder: &Binder) -> Option<&'f [Parameter]> {
    let items = &file.parsed.as_ref()?.file.items;
    items.iter().find_map(|item| {
        let (name, parameters): (Span, &[Parameter]) = match item {
            Declared::Query(it) => (it.name.span, &it.parameters),
            Declared::Command(it) => (it.name.span, &it.parameters),
            Declared::Model(it) => (it.name.span, &it.parameters),
            Declared::Function(it) => (it.name.span, &it.parameters),
            Declared::Action(it) => (it.name.span, &it.parameters),
            _ => return None,
        };
        (name == binder.span).then_some(parameters)
    })
}

/// What may follow `do`: the effects of granted tools, actions, commands.
pub(super) fn effects(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let binders = spot
        .file
        .index()
        .into_iter()
        .flat_map(|index| &index.binders);
    // An action does not call itself.
    let binders = binders.filter(|binder| {
        matches!(binder.kind, What::Action | What::Command) && !binder.whole.touches(offset)
    });
    for binder in binders {
        let names = parameters(spot.file, binder)
            .map(required)
            .unwrap_or_default();
        let item = made(items, binder, Kind::Method).snippet(snippet(&binder.name, &names));
        items.push(Rank::Wanted, item);
    }
    let Some(project) = spot.project else { return };
    for grant in grants(items) {
        match granted(project, &grant.written) {
            Some(Meaning::Tool(tool)) => calls_of(items, project, &tool, true, true),
            Some(Meaning::Made { binder, .. }) if binder.kind == What::Module => {
                items.push(Rank::Near, Item::new(grant.name.as_str(), Kind::Module));
            }
            _ => {}
        }
    }
}

/// The effects that a policy may name: a whole tool, a call of it, what is recorded into a connection.
pub(super) fn ruled(items: &mut Items<'_>, dot: Option<usize>, offset: usize) {
    if let Some(dot) = dot {
        members(items, dot, true);
    } else {
        places(items);
        effects(items, offset);
    }
    items.name_only();
}

/// Where data can flow: a tool, a connection, a model.
pub(super) fn reached(items: &mut Items<'_>) {
    places(items);
    super::values::models(items);
}

/// The granted tools and connections.
fn places(items: &mut Items<'_>) {
    let Some(project) = items.spot.project else {
        return;
    };
    for grant in grants(items) {
        let kind = match granted(project, &grant.written) {
            Some(Meaning::Tool(_)) => Kind::Interface,
            Some(Meaning::Connection(_)) => Kind::Class,
            _ => continue,
        };
        items.push(Rank::Required, Item::new(grant.written, kind));
    }
}

/// The arguments of the call around a place that are not given yet, required ones first.
pub(super) fn arguments(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let Some(wanted) = super::super::signature::called(&spot, offset) else {
        return;
    };
    // What a built-in function takes has no name.
    let named = (wanted.parameters.iter()).filter(|parameter| !parameter.name.is_empty());
    for parameter in named.filter(|parameter| !wanted.given.contains(&parameter.name)) {
        let rank = if parameter.required {
            Rank::Required
        } else {
            Rank::Wanted
        };
        let item = Item::new(format!("{}:", parameter.name), Kind::Property);
        let item = item
            .detail(parameter.of.as_str())
            .snippet(format!("{}: $0", parameter.name));
        items.push(rank, item);
    }
}
