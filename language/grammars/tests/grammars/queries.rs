//! The queries fit the grammar, and find what they are for.

use std::fs;

use tree_sitter::{Query, QueryCursor, StreamingIterator};

use crate::{corpus, parser};

fn query(file: &str) -> Query {
    let path = sophia_grammars::artefacts::root()
        .join("tree-sitter/queries")
        .join(file);
    let text = fs::read_to_string(&path).unwrap();
    Query::new(&parser::language(), &text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The texts that a capture takes in a playbook.
fn captured(query: &Query, capture: &str, text: &str) -> Vec<String> {
    let tree = parser::read(text);
    let index = query.capture_index_for_name(capture).unwrap();
    let mut cursor = QueryCursor::new();
    let mut found = Vec::new();
    let mut matches = cursor.matches(query, tree.root_node(), text.as_bytes());
    while let Some(one) = matches.next() {
        found.extend(
            one.captures()
                .iter()
                .filter(|capture| capture.index == index)
                .map(|capture| text[capture.node.byte_range()].to_owned()),
        );
    }
    found
}

fn playbook(name: &str) -> String {
    corpus::playbooks()
        .into_iter()
        .find(|playbook| playbook.name.ends_with(name))
        .unwrap()
        .text
}

#[test]
fn every_query_fits_the_grammar() {
    for file in [
        "highlights.scm",
        "injections.scm",
        "folds.scm",
        "locals.scm",
    ] {
        assert!(query(file).pattern_count() > 0, "{file}");
    }
}

#[test]
fn sql_and_prompts_are_found_whole() {
    let text = playbook("churn_watch.sophia");
    let found = captured(&query("injections.scm"), "injection.content", &text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].trim_start().starts_with("select customer_id") && found[0].contains("'No'"));
    assert!(found[1].contains("churn = 'Yes' as churned"));
    assert!(found[2].trim_start().starts_with("You advise") && found[2].contains("{risk}"));
}

#[test]
fn effects_have_a_colour_of_their_own() {
    let text = playbook("deal_desk.sophia");
    let found = captured(&query("highlights.scm"), "keyword.operator.effect", &text);
    assert_eq!(found.iter().filter(|word| *word == "do").count(), 3);
    assert_eq!(found.iter().filter(|word| *word == "ask").count(), 1);
}
