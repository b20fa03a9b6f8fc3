//! What each key and each text of the manifest and the lock names.

use sophia_compiler::project::Manifest;
use sophia_diagnostics::Span;

use super::Named;
use super::thing::{Section, Thing};
use super::written::Written;

/// The tables of a tool whose keys are its calls.
const BY_CALL: [&str; 4] = ["rename", "returns", "steers", "content"];
/// The lists of a tool that hold its calls.
const CALLS: [&str; 3] = ["reads", "effects", "idempotent"];

/// What a key or a text of the manifest names.
pub(super) fn of_manifest(written: &Written, manifest: &Manifest, found: &mut Vec<Named>) {
    let path: Vec<&str> = written.path.iter().map(String::as_str).collect();
    // What an environment says otherwise is written as it is outside of it.
    let (path, in_environment) = match path.as_slice() {
        ["env", _, rest @ ..] if !rest.is_empty() => (rest, true),
        path => (path, false),
    };
    match &written.text {
        None => key(written, path, in_environment, manifest, found),
        Some(text) => self::text(written, path, text, manifest, found),
    }
}

fn key(
    written: &Written,
    path: &[&str],
    in_environment: bool,
    manifest: &Manifest,
    found: &mut Vec<Named>,
) {
    let mut add = |thing: Thing, is_maker: bool| {
        found.push(Named {
            thing,
            span: written.span,
            is_maker: is_maker && !in_environment,
        });
    };
    let owned = |word: &str| word.to_owned();
    match path {
        ["env", name] => add(Thing::entry(Section::Environments, name), true),
        ["tools", tool, by, call] if BY_CALL.contains(by) => add(
            Thing::Call {
                tool: owned(tool),
                call: owned(call),
            },
            false,
        ),
        ["webhooks", source] => add(Thing::entry(Section::Tools, source), false),
        ["webhooks", source, event] => add(
            Thing::Delivery {
                source: owned(source),
                event: owned(event),
            },
            true,
        ),
        ["units" | "labels", words] => of_path(words, written.span, manifest, found),
        ["clearance", group] if *group != "people" => {
            add(Thing::entry(Section::Groups, group), false);
        }
        ["limits", "playbooks", playbook] => add(Thing::Playbook(owned(playbook)), false),
        ["limits", "playbooks", playbook, "at_once_per", input] => add(
            Thing::Input {
                playbook: owned(playbook),
                input: owned(input),
            },
            false,
        ),
        [table, name] => {
            if let Some(section) = Section::of_table(table) {
                add(Thing::entry(section, name), true);
            }
        }
        _ => {}
    }
}

fn text(written: &Written, path: &[&str], text: &str, manifest: &Manifest, found: &mut Vec<Named>) {
    let mut add = |thing: Thing| {
        found.push(Named {
            thing,
            span: written.span,
            is_maker: false,
        });
    };
    match path {
        ["labels" | "clearance", _] | [_, _, "clearance"] => label(text, written.span, found),
        ["columns", "required"] => of_path(text, written.span, manifest, found),
        ["knowledge", _, "embed"] => add(Thing::entry(Section::Models, text)),
        ["knowledge", _, "store"] if Section::Connections.has(manifest, text) => {
            add(Thing::entry(Section::Connections, text));
        }
        ["knowledge", _, "from", "connection"] => add(Thing::entry(Section::Connections, text)),
        ["tools", tool, list] if CALLS.contains(list) => add(Thing::Call {
            tool: (*tool).to_owned(),
            call: text.to_owned(),
        }),
        ["tools", _, "secrets", _] | [.., "secret"] => add(Thing::Secret(text.to_owned())),
        ["policies", "modules"] => add(Thing::Module(text.to_owned())),
        _ => {}
    }
}

/// What a key or a text of the lock names.
pub(super) fn of_lock(written: &Written, _: &Manifest, found: &mut Vec<Named>) {
    let path: Vec<&str> = written.path.iter().map(String::as_str).collect();
    let mut add = |thing: Thing, is_maker: bool| {
        found.push(Named {
            thing,
            span: written.span,
            is_maker,
        });
    };
    let owned = |word: &str| word.to_owned();
    match (path.as_slice(), &written.text) {
        ([table @ ("connections" | "tools" | "models"), name], None) => {
            if let Some(section) = Section::of_table(table) {
                add(Thing::entry(section, name), false);
            }
        }
        (["connections", connection, "tables", table], None) => add(
            Thing::Table {
                connection: owned(connection),
                table: owned(table),
            },
            true,
        ),
        (
            [
                "connections",
                connection,
                "tables",
                table,
                "columns",
                "name",
            ],
            Some(column),
        ) => add(
            Thing::Column {
                connection: owned(connection),
                table: owned(table),
                column: column.clone(),
            },
            true,
        ),
        (["tools", tool, "calls", call], None) => add(
            Thing::Call {
                tool: owned(tool),
                call: owned(call),
            },
            true,
        ),
        (
            ["connections", _, "tables", _, "columns", "labels"]
            | ["tools", _, "calls", _, "labels", _],
            Some(text),
        ) => label(text, written.span, found),
        _ => {}
    }
}

/// A label, with or without its `@`. A level and `trusted` are words of the language.
fn label(text: &str, span: Span, found: &mut Vec<Named>) {
    let word = text.trim_start_matches('@');
    if matches!(
        word,
        "public" | "internal" | "confidential" | "restricted" | "trusted"
    ) {
        return;
    }
    found.push(Named {
        thing: Thing::Label(word.to_owned()),
        span: Span::new(
            span.start as usize + text.len() - word.len(),
            span.end as usize,
        ),
        is_maker: false,
    });
}

/// The words of `warehouse.payments.amount`, `slack.post_message.channel` and `deal_hygiene.deal_id`.
fn of_path(words: &str, span: Span, manifest: &Manifest, found: &mut Vec<Named>) {
    let mut at = span.start as usize;
    let mut before: Vec<&str> = Vec::new();
    for word in words.split('.') {
        if let Some(thing) = of_step(&before, word, manifest) {
            found.push(Named {
                thing,
                span: Span::new(at, at + word.len()),
                is_maker: false,
            });
        }
        at += word.len() + 1;
        before.push(word);
    }
}

/// What a word of a path names behind those before it.
fn of_step(before: &[&str], word: &str, manifest: &Manifest) -> Option<Thing> {
    let first = before.first().copied().unwrap_or(word);
    let is_source =
        |name: &str| (manifest.webhooks.keys()).any(|key| key.split('.').next() == Some(name));
    let owned = |word: &str| word.to_owned();
    if manifest.connections.contains_key(first) {
        return match before {
            [] => Some(Thing::entry(Section::Connections, word)),
            [connection] => Some(Thing::Table {
                connection: owned(connection),
                table: owned(word),
            }),
            [connection, table] => Some(Thing::Column {
                connection: owned(connection),
                table: owned(table),
                column: owned(word),
            }),
            _ => None,
        };
    }
    if manifest.tools.contains_key(first) || is_source(first) {
        return match before {
            [] => Some(Thing::entry(Section::Tools, word)),
            [source] if manifest.webhooks.contains_key(&format!("{source}.{word}")) => {
                Some(Thing::Delivery {
                    source: owned(source),
                    event: owned(word),
                })
            }
            [tool] => Some(Thing::Call {
                tool: owned(tool),
                call: owned(word),
            }),
            _ => None,
        };
    }
    match before {
        [] => Some(Thing::Playbook(owned(word))),
        [playbook] => Some(Thing::Input {
            playbook: owned(playbook),
            input: owned(word),
        }),
        _ => None,
    }
}
