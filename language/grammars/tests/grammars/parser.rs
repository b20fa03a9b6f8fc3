//! The committed tree-sitter parser.

use tree_sitter::{Language, Parser, Tree};

/// The one place that calls C: a grammar is a function of no arguments that gives its tables.
mod grammar {
    #![allow(
        unsafe_code,
        reason = "the generated parser is C, and there is no safe way to name its entry"
    )]

    use tree_sitter_language::LanguageFn;

    unsafe extern "C" {
        fn tree_sitter_sophia() -> *const ();
    }

    /// The entry of the compiled parser.
    // The function has the signature that every generated grammar has, and is safe to call.
    pub(super) const SOPHIA: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_sophia) };
}

/// The language as tree-sitter sees it.
pub fn language() -> Language {
    // Pulls in the library that the C is part of.
    let _ = sophia_grammars::artefacts::root();
    Language::new(grammar::SOPHIA)
}

/// Reads a text.
pub fn read(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    parser.parse(text, None).unwrap()
}
