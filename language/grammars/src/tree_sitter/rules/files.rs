//! A whole file: its header, its declarations and its statements.

use super::{Rules, comma, name};
use crate::tree_sitter::rule::{Rule, alias};
use crate::tree_sitter::rule::{
    choice, field, one_of, pattern, repeat, separated, seq, strength, symbol,
};
use crate::words;

pub(super) fn rules() -> Rules {
    vec![
        (
            "source_file",
            seq![
                choice![symbol("playbook_header"), symbol("module_header")],
                repeat(seq![
                    symbol("_line_end"),
                    choice![symbol("_declaration"), symbol("_statement")],
                ]),
            ],
        ),
        ("playbook_header", seq!["playbook", field("name", name())]),
        (
            "module_header",
            seq!["module", field("name", symbol("path"))],
        ),
        ("path", separated(name(), ".")),
        (
            // Words that can begin a value and are names where nothing of theirs follows.
            "_name",
            choice![name(), alias(one_of(words::ALSO_NAMES), "identifier")],
        ),
        ("identifier", pattern(words::NAME)),
        ("label", pattern(words::LABEL)),
        ("comment", Rule::Token(Box::new(pattern(words::COMMENT)))),
        (
            "documentation",
            Rule::Token(Box::new(strength(1, pattern(words::DOCUMENTATION)))),
        ),
        ("_comma", comma()),
    ]
}
