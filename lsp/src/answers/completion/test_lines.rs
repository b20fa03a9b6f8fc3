//! What the lines of a test can say of the playbook that it tests.
//!
//! Kept true here: nothing is offered that the playbook does not have; what is offered to be given has the shape of the
//! answer.

use std::collections::BTreeSet;

use serde_json::json;
use sophia_compiler::found::{Offered, Tried, offered};
use sophia_language::syntax::{Item as Declared, Test, TestLine};
use sophia_plan::types::Type;

use super::items::{Item, Items, Rank};
use super::people;
use super::shape::value;
use super::values::{declared, functions, made};
use crate::answers::meaning::{Meaning, granted};
use crate::names::{Binder, Index, Kind as What};
use crate::project::Spot;
use crate::protocol::CompletionItemKind as Kind;

/// What a call of a tool is, and whether it stands behind `do` somewhere.
struct Called {
    tool: String,
    call: String,
    offered: Offered,
}

/// What may stand behind `given`.
pub(super) fn given(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let known = already_given(&spot, offset);
    let tried = tried(&spot);
    for (name, of) in &tried.given {
        if known.contains(&**name) {
            continue;
        }
        let made = spot.file.index().and_then(|index| index.declared(name));
        let item = Item::new(&**name, Kind::Interface).detail(of.to_string());
        let item = item.snippet(format!("{name} = {}", value(of)));
        let item = match made {
            Some(binder) => item.data(items.data_of_made(binder)),
            None => item,
        };
        items.push(Rank::Wanted, item);
    }
    for called in calls(&spot) {
        answer_of(items, &called, "", &known);
    }
    people::given(items, &tried, "ask ", &known);
    for (connection, table, column) in columns(&spot) {
        let label = format!("{connection}.{table}.{column}");
        if !known.contains(&label) {
            let snippet = format!("{label} = [$0]");
            let item = Item::new(label, Kind::Field).snippet(snippet);
            items.push(Rank::Near, item.detail("the values of the column"));
        }
    }
    if reads_files(&spot) {
        let snippet = "file \"${1:inbox/a.csv}\" = \"\"\"\n  $0\n  \"\"\"";
        let item = Item::new("file", Kind::File).detail("a file that is there");
        items.push(Rank::Near, item.snippet(snippet));
    }
    if !known.contains("now") {
        let item = Item::new("now", Kind::Variable).detail("when the run begins");
        items.push(
            Rank::Near,
            item.snippet(format!("now = {}", value(&Type::Timestamp))),
        );
    }
}

/// What may stand behind a tool and its dot in `given` and `expect`: the calls that the playbook makes. Says whether a
/// tool or a connection stands there.
pub(super) fn of_tool(items: &mut Items<'_>, dot: usize, offset: usize, given: bool) -> bool {
    let spot = items.spot.clone();
    let index = spot.file.index();
    let base = index.and_then(|index| index.declared(before_dot(&spot, dot)));
    let Some(base) = base.filter(|base| base.kind == What::Grant) else {
        return false;
    };
    let base = base.name.as_str();
    let known = already_given(&spot, offset);
    let prefix = format!("{base}.");
    for called in calls(&spot).iter().filter(|called| called.tool == base) {
        if given {
            answer_of(items, called, &prefix, &known);
        } else {
            counted(items, &format!("{base}.{}", called.call), &prefix);
        }
    }
    for (connection, table) in recorded(&spot) {
        if connection == base && !given {
            counted(items, &format!("{base}.{table}"), &prefix);
        }
    }
    true
}

/// The word before a dot.
fn before_dot<'s>(spot: &Spot<'s>, dot: usize) -> &'s str {
    let before = spot.file.text.as_str().get(..dot).unwrap_or_default();
    let start = before.rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    before
        .get(start.map_or(0, |at| at + 1)..)
        .unwrap_or_default()
}

/// A call of a tool with the shape of its answer; `prefix` is written already.
fn answer_of(items: &mut Items<'_>, called: &Called, prefix: &str, known: &BTreeSet<String>) {
    let path = format!("{}.{}", called.tool, called.call);
    if known.contains(&path) {
        return;
    }
    let label = path.strip_prefix(prefix).unwrap_or(&path);
    let snippet = format!("{label} = {}", value(&called.offered.result));
    let data = items.data_of(&json!({ "tool": called.tool, "call": called.call }));
    let item = Item::new(label, Kind::Method).detail(called.offered.result.to_string());
    // What changes the world is answered by the stand-in where nothing is given.
    let rank = if called.offered.effect {
        Rank::Near
    } else {
        Rank::Wanted
    };
    items.push(rank, item.snippet(snippet).data(data));
}

/// What may stand behind what is given.
pub(super) fn answer(items: &mut Items<'_>, from: usize) {
    let spot = items.spot.clone();
    let tried = tried(&spot);
    let before = spot.file.text.as_str().get(..from).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let path = line.trim_start().strip_prefix("given").unwrap_or_default();
    let path = path.trim();
    let mut declared = tried.given.iter();
    let of = declared.find(|(name, _)| **name == *path);
    let of = of.map(|(_, of)| of.clone()).or_else(|| {
        let mut calls = calls(&spot).into_iter();
        let found = calls.find(|called| format!("{}.{}", called.tool, called.call) == path)?;
        Some(found.offered.result)
    });
    if of.is_none() && people::answers(items, &tried, path) {
        fails(items);
        return;
    }
    let shape = of.as_ref().map_or_else(|| "$0".to_owned(), value);
    let detail = of.map_or_else(String::new, |of| of.to_string());
    let item = Item::new("=", Kind::Operator).detail(detail);
    items.push(Rank::Required, item.snippet(format!("= {shape}")));
    fails(items);
}

/// What is given may also be a failure.
fn fails(items: &mut Items<'_>) {
    let item = Item::new("fails", Kind::Keyword).detail("it fails, always or some times");
    items.push(Rank::Wanted, item.snippet("fails \"${1:why}\" ${2:1} time"));
}

/// What may stand behind `expect`.
pub(super) fn expected(items: &mut Items<'_>) {
    let spot = items.spot.clone();
    let tried = tried(&spot);
    let (effects, reads): (Vec<_>, Vec<_>) = calls(&spot)
        .into_iter()
        .partition(|called| called.offered.effect);
    for called in &effects {
        counted(items, &format!("{}.{}", called.tool, called.call), "");
    }
    for (connection, table) in recorded(&spot) {
        counted(items, &format!("{connection}.{table}"), "");
    }
    for binder in declared(items, &[What::Command]) {
        counted(items, &binder.name, "");
    }
    waits(items, &tried, true);
    let item = Item::new("fails", Kind::Keyword).detail("the run fails with this message");
    items.push(Rank::Wanted, item.snippet("fails \"${1:why}\""));
    conditions(items, &tried, true);
    for called in &reads {
        let path = format!("{}.{}", called.tool, called.call);
        let item = Item::new(format!("{path} called once"), Kind::Method);
        items.push(Rank::Far, item);
    }
    functions(items);
}

/// What a condition in a test can look at.
pub(super) fn seen(items: &mut Items<'_>) {
    let tried = tried(&items.spot);
    conditions(items, &tried, false);
    functions(items);
}

/// What statements made, the result, and the inputs. Where a condition begins, the result is written with its shape.
fn conditions(items: &mut Items<'_>, tried: &Tried, begins: bool) {
    for (name, of) in &tried.seen {
        let item = Item::new(&**name, Kind::Variable).detail(of.to_string());
        let item = match &**name {
            "result" if begins => item.snippet(format!("result = {}", value(of))),
            _ => item,
        };
        items.push(Rank::Wanted, item);
    }
    for binder in declared(items, &[What::Input]) {
        let item = made(items, &binder, Kind::Variable);
        items.push(Rank::Wanted, item);
    }
}

/// How often something was called.
fn counted(items: &mut Items<'_>, path: &str, prefix: &str) {
    let written = path.strip_prefix(prefix).unwrap_or(path);
    let once = Item::new(format!("{written} called once"), Kind::Method);
    items.push(
        Rank::Required,
        once.snippet(format!("{written} called once with {{ $0 }}")),
    );
    let never = Item::new(format!("{written} never called"), Kind::Method);
    items.push(Rank::Wanted, never);
}

/// What may stand behind a path in `expect`.
pub(super) fn count(items: &mut Items<'_>) {
    for (label, snippet) in [
        ("called once", "called once"),
        ("called once with", "called once with { $0 }"),
        ("never called", "never called"),
        ("called", "called ${1:2} times"),
        ("before", "before $0"),
    ] {
        let item = Item::new(label, Kind::Keyword).snippet(snippet);
        items.push(Rank::Required, item);
    }
}

/// What the run can wait for.
pub(super) fn waited_for(items: &mut Items<'_>) {
    let tried = tried(&items.spot);
    waits(items, &tried, false);
}

fn waits(items: &mut Items<'_>, tried: &Tried, with_words: bool) {
    let before = if with_words { "waits for " } else { "" };
    for (whom, _) in &tried.asked {
        let label = format!("{before}\"{whom}\"");
        items.push(Rank::Wanted, Item::new(label, Kind::Event));
    }
    for (event, _) in &tried.awaited {
        // `expect waits for` takes the name of an event of a tool.
        if event.contains('.') {
            let label = format!("{before}{event}");
            items.push(Rank::Wanted, Item::new(label, Kind::Event));
        }
    }
}

/// What may stand behind `then`.
pub(super) fn happenings(items: &mut Items<'_>) {
    let tried = tried(&items.spot);
    people::happenings(items, &tried);
    for (event, of) in &tried.awaited {
        let item = Item::new(format!("{event} arrives"), Kind::Event).detail(of.to_string());
        let snippet = match of {
            Type::Unknown | Type::None => format!("{event} arrives"),
            of => format!("{event} arrives {}", value(of)),
        };
        items.push(Rank::Required, item.snippet(snippet));
    }
    let item = Item::new("3 days pass", Kind::Keyword).detail("the clock goes on");
    items.push(Rank::Wanted, item.snippet("${1:3 days} pass"));
}

/// What may follow `run`.
pub(super) fn after_run(items: &mut Items<'_>) {
    let item = Item::new("with", Kind::Keyword).detail("sets inputs");
    items.push(Rank::Wanted, item.snippet("with { $0 }"));
}

pub(super) fn tried(spot: &Spot<'_>) -> Tried {
    let places = spot.file.places.as_ref();
    places.map_or_else(Tried::default, |places| places.tried.clone())
}

/// The test around a place.
fn test_at<'v>(spot: &Spot<'v>, offset: usize) -> Option<&'v Test> {
    spot.parsed()?
        .file
        .items
        .iter()
        .find_map(|item| match item {
            Declared::Test(test) if test.span.touches(offset) => Some(test),
            _ => None,
        })
}

/// What the test around a place gives, as it is written; of the line that is being written, nothing.
pub(super) fn already_given(spot: &Spot<'_>, offset: usize) -> BTreeSet<String> {
    let lines = test_at(spot, offset).map(|test| test.lines.as_slice());
    let given = lines.into_iter().flatten().filter_map(|line| match line {
        TestLine::Given(given) if !given.span.touches(offset) => Some(given.span),
        _ => None,
    });
    let subject = |span| {
        let written = spot.file.text.at(span).strip_prefix("given")?;
        let until = written.find('=').or_else(|| written.find(" fails "))?;
        Some(written.get(..until)?.trim().to_owned())
    };
    given.filter_map(subject).collect()
}

/// The calls of tools that the playbook makes, also through the actions of modules; each once, in their order.
fn calls(spot: &Spot<'_>) -> Vec<Called> {
    let (Some(project), Some(index)) = (spot.project, spot.file.index()) else {
        return Vec::new();
    };
    let mut found: Vec<Called> = Vec::new();
    let mut note = |tool: &str, call: &str| {
        let is_known = |known: &Called| known.tool == tool && known.call == call;
        if found.iter().any(is_known) {
            return;
        }
        if let Some(offered) = offered(&project.manifest, &project.catalogue, tool, call) {
            found.push(Called {
                tool: tool.to_owned(),
                call: call.to_owned(),
                offered,
            });
        }
    };
    for (base, name) in members(index) {
        match granted(project, &base.written) {
            Some(Meaning::Tool(tool)) => note(&tool, name),
            Some(Meaning::Made { file, .. }) => {
                let Some(other) = file.index() else { continue };
                let Some(action) = other.declared(name) else {
                    continue;
                };
                let own = other.members.iter().filter(|member| {
                    action.whole.start <= member.span.start && member.span.end <= action.whole.end
                });
                for member in own {
                    let base = member.base.and_then(|base| other.binder(base));
                    let tool = base.and_then(|base| granted(project, &base.written));
                    if let Some(Meaning::Tool(tool)) = tool
                        && index.declared(&tool).is_some()
                    {
                        note(&tool, &member.name);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The names behind the dots of what is granted.
fn members(index: &Index) -> impl Iterator<Item = (&Binder, &str)> {
    let members = index.members.iter();
    members.filter_map(|member| {
        let base = index.binder(member.base?)?;
        (base.kind == What::Grant).then_some((base, member.name.as_str()))
    })
}

/// The tables that rows are recorded into.
fn recorded(spot: &Spot<'_>) -> BTreeSet<(String, String)> {
    let Some(index) = spot.file.index() else {
        return BTreeSet::new();
    };
    let text = spot.file.text.as_str();
    let members = index.members.iter().filter(|member| {
        let before = text.get(..member.of.start as usize).unwrap_or_default();
        before.trim_end().ends_with("into")
    });
    let tables = members.filter_map(|member| {
        let base = index.binder(member.base?)?;
        Some((base.written.clone(), member.name.clone()))
    });
    tables.collect()
}

/// The columns whose values are asked for by their path.
fn columns(spot: &Spot<'_>) -> BTreeSet<(String, String, String)> {
    let Some(index) = spot.file.index() else {
        return BTreeSet::new();
    };
    let columns = index.members.iter().filter_map(|member| {
        let base = member.base.and_then(|base| index.binder(base));
        let meaning = super::super::meaning::of_member(spot, base, member.of, &member.name)?;
        match meaning {
            Meaning::Column {
                connection,
                table,
                column,
            } if member.base.is_none() => Some((connection, table, column)),
            _ => None,
        }
    });
    columns.collect()
}

/// Whether the playbook reads files that come in.
fn reads_files(spot: &Spot<'_>) -> bool {
    let text = spot.file.text.as_str();
    text.contains("read csv ") || text.contains("trigger on file")
}
