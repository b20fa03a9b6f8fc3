//! `grammar.json`: the rules and what the generator must know beside them.

use serde_json::{Map, Value, json};

use super::rule::Rule;
use super::rules;

/// Tokens that the scanner makes, in the order that `scanner.c` counts them.
const EXTERNALS: &[&str] = &[
    "_line_end",
    "_modifier_end",
    "_then_end",
    "_text_piece",
    "_block_piece",
    "_sql_piece",
    "_hole_start",
    "_block_start",
    "_recovering",
];

/// Rules between which a parser looks further ahead than one token.
const CONFLICTS: &[&[&str]] = &[];

/// The text of `grammar.json`.
#[must_use]
pub fn json() -> String {
    let mut by_name = Map::new();
    for (name, rule) in rules::all() {
        by_name.insert(name.to_owned(), rule.json());
    }
    let symbols = |names: &[&str]| {
        names
            .iter()
            .map(|name| json!({ "type": "SYMBOL", "name": name }))
            .collect::<Vec<Value>>()
    };
    let mut extras = vec![json!({
        "type": "PATTERN",
        "value": "[ \\t\\r\\f\\n\\u{feff}\\u{a0}]",
    })];
    extras.extend(symbols(&["comment", "documentation"]));
    let grammar = json!({
        "name": "sophia",
        "word": "identifier",
        "rules": by_name,
        "extras": extras,
        "conflicts": CONFLICTS,
        "precedences": [],
        "externals": symbols(EXTERNALS),
        "inline": rules::INLINE,
        "supertypes": [],
    });
    let mut text = serde_json::to_string_pretty(&grammar).unwrap_or_default();
    text.push('\n');
    text
}

/// Every word and sign that the rules use.
#[must_use]
pub fn texts() -> Vec<String> {
    of_rules(|_| true)
}

/// The words and signs that a tree shows beside its nodes: all but those that are a node alone.
pub(super) fn shown() -> Vec<String> {
    of_rules(|rule| !matches!(rule, Rule::Text(_)))
}

fn of_rules(counts: impl Fn(&Rule) -> bool) -> Vec<String> {
    let mut texts = Vec::new();
    for (_, rule) in rules::all().into_iter().filter(|(_, rule)| counts(rule)) {
        rule.texts(&mut |text| texts.push(text.to_owned()));
    }
    texts.sort();
    texts.dedup();
    texts
}
