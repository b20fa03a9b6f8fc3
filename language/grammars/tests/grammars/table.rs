//! The table of words and the rules do not drift apart.

use std::collections::BTreeSet;

use sophia_grammars::tree_sitter::grammar;
use sophia_grammars::words::{BRACKETS, OPERATORS, PUNCTUATION, QUOTES, WORDS};

#[test]
fn the_rules_use_the_words_of_the_table_and_no_others() {
    let used: BTreeSet<String> = grammar::texts().into_iter().collect();
    let known: BTreeSet<String> = WORDS
        .iter()
        .flat_map(|(_, words)| words.iter())
        .chain(OPERATORS)
        .chain(PUNCTUATION)
        .chain(QUOTES)
        .chain(BRACKETS.iter().flat_map(|(open, close)| [open, close]))
        .map(ToString::to_string)
        .collect();
    let unknown: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(
        unknown.is_empty(),
        "in the rules, not in the table: {unknown:?}"
    );
    assert!(
        unused.is_empty(),
        "in the table, not in the rules: {unused:?}"
    );
}

#[test]
fn a_word_has_one_role() {
    let mut seen = BTreeSet::new();
    for (role, words) in WORDS {
        for word in *words {
            assert!(
                seen.insert(word),
                "`{word}` stands twice, the second time as {role:?}"
            );
        }
    }
}
