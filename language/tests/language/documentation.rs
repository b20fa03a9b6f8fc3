//! What `##` says, and of what it says it.

use sophia_language::syntax::{Item, Statement};

use crate::common::read;

/// The documentation of the `let`s that stand in no block.
fn said(text: &str) -> Vec<Option<String>> {
    let parsed = read(text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let lets = parsed.file.items.iter().filter_map(|item| match item {
        Item::Statement(Statement::Let(written)) => Some(&written.documentation),
        _ => None,
    });
    lets.map(|documentation| (!documentation.text.is_empty()).then(|| documentation.text.clone()))
        .collect()
}

#[test]
fn it_belongs_to_what_stands_below_it_in_the_same_block() {
    let text = "playbook example\n\n## The first.\nlet a = 1\n\nif a > 1 {\n  ## Inside.\n  let b = 2\n  ## The last words of a block.\n}\n\nlet c = 3\n";
    assert_eq!(said(text), [Some("The first.".to_owned()), None]);
}
