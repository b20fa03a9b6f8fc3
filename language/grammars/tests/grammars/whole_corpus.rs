//! Every playbook reads without an error.

use tree_sitter::Node;

use crate::{corpus, parser};

fn problems(node: Node<'_>, text: &str, into: &mut Vec<String>) {
    if node.is_error() || node.is_missing() {
        let place = node.start_position();
        let shown = text[node.byte_range()].chars().take(60).collect::<String>();
        into.push(format!(
            "{}:{} {} `{shown}`",
            place.row + 1,
            place.column + 1,
            node.to_sexp().chars().take(80).collect::<String>(),
        ));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        problems(child, text, into);
    }
}

#[test]
fn no_playbook_has_an_error() {
    let mut found = Vec::new();
    for playbook in corpus::playbooks() {
        let tree = parser::read(&playbook.text);
        let mut here = Vec::new();
        problems(tree.root_node(), &playbook.text, &mut here);
        found.extend(
            here.into_iter()
                .map(|problem| format!("{}:{problem}", playbook.name)),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
