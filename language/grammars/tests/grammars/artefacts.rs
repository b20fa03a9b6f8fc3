//! What is committed is what the table gives.

use sophia_grammars::artefacts::{described, differing, parser_fits, root};

const AGAIN: &str = "`cargo run --release -p sophia-grammars -- write` generates it again";

#[test]
fn the_committed_files_are_the_generated_ones() {
    let differing = differing(&root(), &described());
    assert!(differing.is_empty(), "{AGAIN}: {differing:?}");
}

/// Making the parser takes half a minute; its digests say as much. `sophia-grammars check` makes it.
#[test]
fn the_committed_parser_was_made_from_the_committed_grammar() {
    assert!(parser_fits(&root()).unwrap(), "{AGAIN}");
}
