//! What is committed is what the table gives.

use sophia_grammars::artefacts::{differing, generate, root};

#[test]
fn the_committed_grammars_are_the_generated_ones() {
    let differing = differing(&root(), &generate().unwrap());
    assert!(
        differing.is_empty(),
        "`cargo run --release -p sophia-grammars -- write` generates them again: {differing:?}"
    );
}
